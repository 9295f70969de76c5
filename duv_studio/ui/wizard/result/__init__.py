"""The page of the verdict, and of putting the adapter to use."""
