"""Schemas of recipes, their YAML with line and column of every value, and their mistakes as sentences."""
