"""The page where recordings are chosen and looked through."""
