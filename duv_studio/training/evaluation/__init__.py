"""Comparing models with players and baselines on held-out pieces: metrics, intervals, tables, targets."""
