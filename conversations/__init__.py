"""One farmer's conversation; the only room that speaks to farmers."""
