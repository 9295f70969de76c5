"""Writes a recipe as YAML, each key with its help beside it, and the schema as a table for the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from duv_studio.engine.atomic import write_atomically
from duv_studio.training.lora.recipe.schema import LoraRecipe, recipe_schema
from duv_studio.training.schema.document import RecipeDumper
from duv_studio.training.schema.fields import SchemaField

_LINE = 120
_STEP = "  "


def dump_recipe(recipe: LoraRecipe, path: str | Path, heading: str = "") -> None:
    """Write a recipe that `load_recipe` reads as the same; its first line is the comment `heading`."""
    write_atomically(Path(path), recipe_text(recipe, heading).encode())


def recipe_text(recipe: LoraRecipe, heading: str = "") -> str:
    """The YAML of a recipe: every key in the order of the schema; those that say nothing stand as comments."""
    fields = {f.path: f for f in recipe_schema()}
    lines = [f"# {heading}", ""] if heading else []
    for name in type(recipe).model_fields:
        value = getattr(recipe, name)
        if isinstance(value, BaseModel):
            lines += ["", f"{name}:", *_section(value, name, fields), ""]
        else:
            lines += _key(name, value, fields[name], "")
    text = "\n".join(lines).strip("\n") + "\n"
    return re.sub("\n{3,}", "\n\n", text)


def _section(section: BaseModel, name: str, fields: dict[str, SchemaField]) -> Iterator[str]:
    for key in type(section).model_fields:
        yield from _key(key, getattr(section, key), fields[f"{name}.{key}"], "  ")


def _key(name: str, value: Any, field: SchemaField, indent: str) -> Iterator[str]:
    if value is None and field.default is None:
        yield from _line(f"{indent}# {name}: null", field, indent)
    elif isinstance(value, tuple) and (len(value) > 1 or name != "manifest"):
        yield from _line(f"{indent}{name}:", field, indent)
        yield from (f"{indent}  - {scalar(item)}" for item in value)
    else:
        yield from _line(f"{indent}{name}: {scalar(value[0] if isinstance(value, tuple) else value)}", field, indent)


def _line(text: str, field: SchemaField, indent: str) -> Iterator[str]:
    whole = f"{text}  # {comment(field)}"
    yield from [whole] if len(whole) <= _LINE else [f"{indent}# {comment(field)}", text]


def comment(field: SchemaField) -> str:
    """Help, unit and range in one line."""
    known = ", ".join(x for x in (field.unit, field.range.strip(",() ")) if x)
    return f"{field.help} ({known})" if known and field.type != "list" else field.help


def key_lines(section: Sequence[str], name: str, value: Any, indent: str = "") -> str:
    """A key below the header of its section, if it has one; a list has a line for every item. No last line break."""
    if section:
        return f"{indent}{section[0]}:\n{key_lines((), name, value, indent + _STEP)}"
    if isinstance(value, list) and value:
        return "\n".join([f"{indent}{name}:", *(f"{indent}{_STEP}- {scalar(item)}" for item in value)])
    return f"{indent}{name}: {flow_list(value) if isinstance(value, list) else scalar(value)}"


def flow_list(values: Sequence[Any]) -> str:
    """A list in brackets."""
    return f"[{', '.join(scalar(v, flow=True) for v in values)}]"


def scalar(value: Any, *, quote: str | None = None, flow: bool = False) -> str:
    """A value as YAML writes it in one line; `quote` is put around texts, `flow` quotes what brackets would cut."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    is_text = isinstance(value, str)
    printable = not is_text or value.isprintable()  # line breaks would be folded
    style = '"' if not printable else quote if is_text and quote in ("'", '"') else None
    held = [value] if flow else value
    options: dict[str, Any] = {"default_style": style, "default_flow_style": True, "allow_unicode": printable}
    text: str = yaml.dump(held, Dumper=RecipeDumper, width=10**9, **options)
    text = text.removesuffix("\n").removesuffix("\n...")
    return text[1:-1] if flow else text


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
