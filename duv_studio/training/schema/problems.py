"""The mistakes of a recipe as sentences: the key, what was written there, and what may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from duv_studio.engine.yaml_text import shown
from duv_studio.training.schema.document import Document, Loc, Problem
from duv_studio.training.schema.fields import SchemaField, fields_of, section_of

Model = type[BaseModel]


def problems_of(model: Model, document: Document, values: Mapping[str, Any], *, partial: bool = False) -> list[Problem]:
    """Every mistake of a document: duplicate keys, and `values`, read from it and completed, that the schema refuses.

    With `partial`, keys may be missing. Errors of the schema as a whole, without a key, are not among them.
    """
    try:
        model.model_validate(values)
    except ValidationError as e:
        fields = {f.path: f for f in fields_of(model)}
        errors = [x for x in e.errors() if x["loc"] and not _follows(x) and not (partial and x["type"] == "missing")]
        return [*document.duplicates, *dict.fromkeys(_problem(model, document, x, fields) for x in errors)]
    return list(document.duplicates)


def _follows(error: Mapping[str, Any]) -> bool:
    """Whether a list is called short only because its items were wrong, each of which has its own sentence."""
    return error["type"] == "too_short" and len(error["input"]) > 0


def _problem(model: Model, document: Document, error: Mapping[str, Any], fields: Mapping[str, SchemaField]) -> Problem:
    loc: Loc = error["loc"]
    if error["type"] in ("extra_forbidden", "invalid_key"):
        return document.key_problem(loc, _unknown_key(model, loc, fields))
    name, kind = _dotted(loc), error["type"]
    field = next((fields[path] for path in _paths(loc) if path in fields), None)
    if field is None:
        allowed = f"it must hold keys and values ({', '.join(_keys_below(model, loc))})"
    elif "known" in error.get("ctx", {}):
        allowed = _one_of(str(error["input"]), error["ctx"]["known"])
    elif field.path == name:
        allowed = f"it must be {field.allowed}"
    else:  # an item of a list or of a mapping
        allowed = "it must be text" if kind in ("string_type", "empty") else "it must be a number"
    found = "missing" if kind == "missing" else "empty" if kind in ("empty", "too_short") else document.written(loc)
    return document.problem(loc, f"{name} is {found}; {allowed}.")


def _paths(loc: Loc) -> list[str]:
    """The dotted names of a key and of all that it lies in, the longest first."""
    return [_dotted(loc[:end]) for end in range(len(loc), 0, -1)]


def _one_of(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    start = f'did you mean "{near[0]}"? It' if near else "it"
    return f"{start} must be one of {', '.join(known)}"


def _unknown_key(model: Model, loc: Loc, fields: Mapping[str, SchemaField]) -> str:
    """The sentence for a key that the schema lacks; names the nearest one, or the section that it belongs to."""
    name, section = str(loc[-1]), _dotted(loc[:-1])
    place = f" in {section}" if section else ""
    start = f'There is no key "{shown(name)}"'
    keys = _keys_below(model, loc[:-1])
    near = get_close_matches(name, keys, n=1)
    elsewhere = [path for path in fields if path.split(".")[-1] == name]
    if elsewhere:
        return f'{start}{place or " here"}; did you mean "{elsewhere[0]}"?'
    if not near:
        near = get_close_matches(name, [path.split(".")[-1] for path in fields], n=1)
        near = [path for path in fields if near and path.split(".")[-1] == near[0]]
    if near:
        return f'{start}{place}; did you mean "{near[0]}"?'
    return f"{start}{place}; the keys are {', '.join(keys)}."


def _keys_below(model: Model, loc: Loc) -> list[str]:
    for step in loc:
        inner = section_of(model.model_fields[str(step)]) if str(step) in model.model_fields else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _dotted(loc: Loc) -> str:
    """The path to a value as people write it: features.inputs[3], counted from 1."""
    text = ""
    for step in loc:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
