"""The schema of recipes as the table of docs/recipe.md."""

from __future__ import annotations

from typing import Any

from duv_studio.training.lora.recipe import recipe_schema
from duv_studio.training.lora.recipe_fields import SchemaField


def schema_table() -> str:
    """Markdown: a row for every key."""
    rows = [f"| {' | '.join(_cells(field))} |" for field in recipe_schema()]
    return (
        "\n".join(["| key | type | default | unit | range | what it is |", "|---|---|---|---|---|---|", *rows]) + "\n"
    )


def _cells(field: SchemaField) -> list[str]:
    default = "required" if field.required else _shown(field.default)
    return [f"`{field.path}`", field.type, default, field.unit, field.range.strip(",() "), field.help]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    if isinstance(value, bool) or value is None:
        return f"`{ {True: 'true', False: 'false', None: 'null'}[value] }`".replace(" ", "")
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""
