"""Contradictions between the keys of a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from duv_studio.engine.model.library import DEFAULT_MODEL
from duv_studio.engine.yaml_text import shown
from duv_studio.training.schema.document import Loc


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Where each contradiction is, and a sentence. `values` may lack keys and hold values of wrong types."""
    lora, filters, features = (_section(values, name) for name in ("lora", "filters", "features"))
    based = values.get("base_checkpoint", DEFAULT_MODEL) is not None
    if lora.get("enable", True) is False and values.get("base_frozen", True) is True and based:
        yield (
            ("lora", "enable"),
            "lora.enable is false while base_frozen is true, so there is nothing to train; set one of them otherwise,"
            " or base_checkpoint: null to train from scratch.",
        )
    least, most = filters.get("min_duration_sec", 3), filters.get("max_duration_sec", 600)
    if all(isinstance(x, int | float) for x in (least, most)) and least >= most:
        where = "min_duration_sec" if "min_duration_sec" in filters else "max_duration_sec"
        yield (
            ("filters", where),
            f"filters.min_duration_sec is {least:g} and filters.max_duration_sec is {most:g}, so no track would be"
            " left; the first must be less.",
        )
    for name in ("inputs", "targets"):
        yield from _duplicates(("features", name), features.get(name))
    yield from _duplicates(("lora", "target_modules"), lora.get("target_modules"))


def _duplicates(loc: Loc, items: object) -> Iterator[tuple[Loc, str]]:
    before: set[str] = set()
    for place, name in enumerate(items if isinstance(items, list | tuple) else ()):
        if isinstance(name, str) and name in before:
            yield (*loc, place), f"{'.'.join(map(str, loc))} names {shown(name)} twice."
        if isinstance(name, str):
            before.add(name)


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
