"""The page that edits the recipe, as a form and as YAML."""
