"""The piano roll and its lanes: what is drawn, and what the mouse hits."""
