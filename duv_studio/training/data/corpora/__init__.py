"""The data sets that models learn from, one reader each."""
