"""Statistics and exports, read-only."""
