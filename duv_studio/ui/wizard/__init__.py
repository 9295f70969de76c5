"""The training wizard: its pages and their widgets."""
