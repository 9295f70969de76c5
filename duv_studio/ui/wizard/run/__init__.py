"""The page of a running training with its plots."""
