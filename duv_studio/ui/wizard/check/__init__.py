"""The page that tries the recipe on this computer before a training."""
