"""The player's recordings as training data: splits, windows, statistics, and whether they are enough."""
