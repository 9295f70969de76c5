"""Base models from tables: one row for each note, as CSV."""
