"""The batch window: folders in, folders out, a row for every file."""
