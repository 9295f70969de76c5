"""Recipes of adapters: the schema, the YAML files that hold them, and their texts while people edit them."""
