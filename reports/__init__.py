"""Statistics and exports. This room only reads; nothing here changes a row."""
