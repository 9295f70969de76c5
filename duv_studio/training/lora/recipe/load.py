"""Reads recipes, and makes every mistake of one a sentence: the key, what was written there, and what may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.document import (
    Document,
    Loc,
    Problem,
    RecipeError,
    parse_document,
    read_text,
    shown,
)
from duv_studio.training.lora.recipe.fields import SchemaField, section_of
from duv_studio.training.lora.recipe.rules import contradictions
from duv_studio.training.lora.recipe.schema import LoraRecipe, family_of, recipe_schema

PRESETS = "*_Lora.yaml"


def preset_names() -> list[str]:
    """The file names of the recipes that ship, sorted; `load_recipe` takes them without a folder."""
    return sorted(p.name for p in resource("configs").glob(PRESETS))


def recipe_file(path: str | Path) -> Path:
    """The file itself, or the recipe of that bare name that ships; DuvError where neither exists."""
    wanted = Path(path)
    if not wanted.is_file() and wanted.name in preset_names() and len(wanted.parts) == 1:
        return resource("configs", wanted.name)
    if not wanted.exists():
        raise DuvError("there is no such recipe", hint=f"those that ship are {', '.join(preset_names())}", file=wanted)
    return wanted


def load_recipe(path: str | Path) -> LoraRecipe:
    """Read a recipe, or the one that ships when `path` is its bare name.

    Raises DuvError when it cannot be read, RecipeError with all its mistakes at once.
    """
    file = recipe_file(path)
    return validated(parse_document(read_text(file), file), file)


def validated(document: Document, file: Path) -> LoraRecipe:
    """The recipe that a document holds; RecipeError with all mistakes."""
    if document.root is None:
        raise RecipeError([Problem(1, 1, "The recipe is empty; it needs at least the key manifest.")], file)
    values = _completed(document.values, file)
    try:
        recipe = LoraRecipe.model_validate(values)
    except ValidationError as e:
        raise RecipeError([*_problems(document, values, e)], file) from e
    if document.duplicates:
        raise RecipeError(document.duplicates, file)
    return recipe


def _completed(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Empty sections stand for their defaults; a missing folder of results for the guide's."""
    sections = {name for name, field in LoraRecipe.model_fields.items() if isinstance(field.default, BaseModel)}
    values = {k: v for k, v in raw.items() if not (k in sections and v is None)}
    family = family_of(values, path)
    if family is not None:
        values.setdefault("output_dir", f"checkpoints/duv_{family}_lora")
    return values


def _problems(document: Document, values: Mapping[str, Any], error: ValidationError) -> Iterable[Problem]:
    """Every mistake: duplicate keys, values that the schema refuses, and keys that contradict each other."""
    fields = {f.path: f for f in recipe_schema()}
    single = {_problem(document, e, fields) for e in error.errors() if e["loc"] and not _follows(e)}
    together = {document.problem(loc, sentence) for loc, sentence in contradictions(values)}
    return {*document.duplicates, *single, *together}


def _follows(error: Mapping[str, Any]) -> bool:
    """Whether a list is called short only because its items were wrong, each of which has its own sentence."""
    return error["type"] == "too_short" and len(error["input"]) > 0


def _problem(document: Document, error: Mapping[str, Any], fields: Mapping[str, SchemaField]) -> Problem:
    loc: Loc = error["loc"]
    if error["type"] in ("extra_forbidden", "invalid_key"):
        return document.key_problem(loc, _unknown_key(loc, fields))
    name = _dotted(loc)
    field = fields.get(_dotted(tuple(x for x in loc if isinstance(x, str))))
    if error["type"] == "missing":
        return document.problem(loc, f"{name} is missing; it must be {field.allowed if field else ''}.")
    found = f"{name} is {document.written(loc)}"
    if "known" in error.get("ctx", {}):
        return document.problem(loc, f"{found}; {_one_of(str(error['input']), error['ctx']['known'])}.")
    if field is None:  # a section
        keys = ", ".join(_keys_below(loc))
        return document.problem(loc, f"{found}; it must hold keys and values ({keys}).")
    if isinstance(loc[-1], int):
        return document.problem(loc, f"{found}; it must be text.")
    found = f"{name} is empty" if error["type"] in ("empty", "too_short") else found
    return document.problem(loc, f"{found}; it must be {field.allowed}.")


def _one_of(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    start = f'did you mean "{near[0]}"? It' if near else "it"
    return f"{start} must be one of {', '.join(known)}"


def _unknown_key(loc: Loc, fields: Mapping[str, SchemaField]) -> str:
    """The sentence for a key that the schema lacks; names the nearest one, or the section that it belongs to."""
    name, section = str(loc[-1]), _dotted(loc[:-1])
    place = f" in {section}" if section else ""
    start = f'There is no key "{shown(name)}"'
    near = get_close_matches(name, _keys_below(loc[:-1]), n=1)
    elsewhere = [path for path in fields if path.split(".")[-1] == name]
    if elsewhere:
        return f'{start}{place or " here"}; did you mean "{elsewhere[0]}"?'
    if not near:
        near = get_close_matches(name, [path.split(".")[-1] for path in fields], n=1)
        near = [path for path in fields if near and path.split(".")[-1] == near[0]]
    if near:
        return f'{start}{place}; did you mean "{near[0]}"?'
    return f"{start}{place}; the keys are {', '.join(_keys_below(loc[:-1]))}."


def _keys_below(loc: Loc) -> list[str]:
    model: type[BaseModel] = LoraRecipe
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
