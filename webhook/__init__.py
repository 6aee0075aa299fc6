"""The farmers' door, and the only room that knows WeChat."""
