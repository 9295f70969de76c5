"""Reads recipes, and writes every mistake of one as a sentence: the key, what was written there, and what may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.document import Document, Loc, Problem, RecipeError, read_document
from duv_studio.training.lora.recipe.fields import SchemaField, section_of
from duv_studio.training.lora.recipe.rules import contradictions
from duv_studio.training.lora.recipe.schema import LoraRecipe, recipe_schema, told_family

PRESETS = "*_Lora.yaml"


def preset_names() -> list[str]:
    """The recipes that ship; `load_recipe` takes their bare names."""
    return sorted(p.name for p in resource("configs").glob(PRESETS))


def recipe_file(path: str | Path) -> Path:
    """The file itself, or else the recipe of that bare name that ships."""
    wanted = Path(path)
    if not wanted.is_file() and wanted.name in preset_names() and len(wanted.parts) == 1:
        return resource("configs", wanted.name)
    if not wanted.exists():
        raise DuvError("there is no such recipe", hint=f"those that ship are {', '.join(preset_names())}", file=wanted)
    return wanted


def load_recipe(path: str | Path) -> LoraRecipe:
    """Read a recipe, or the one that ships when `path` is its bare name; DuvError, RecipeError with all mistakes."""
    file = recipe_file(path)
    return checked(read_document(file), file)


def checked(document: Document, file: Path) -> LoraRecipe:
    """The recipe that a document holds; RecipeError with all mistakes."""
    values = _completed(document.values, file)
    try:
        recipe = LoraRecipe.model_validate(values)
    except ValidationError as e:
        raise RecipeError(problems_of(document, values, e), file) from e
    if document.doubles:
        raise RecipeError(document.doubles, file)
    return recipe


def _completed(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Empty sections stand for their defaults; a missing folder of results for the guide's."""
    sections = {name for name, field in LoraRecipe.model_fields.items() if isinstance(field.default, BaseModel)}
    values = {k: v for k, v in raw.items() if not (k in sections and v is None)}
    family = told_family(values, path)
    if family is not None:
        values.setdefault("output_dir", f"checkpoints/duv_{family}_lora")
    return values


def problems_of(document: Document, values: Mapping[str, Any], error: ValidationError) -> list[Problem]:
    """Every mistake, whether YAML hides it, the schema found it, or a look at several keys together."""
    fields = {f.path: f for f in recipe_schema()}
    single = {_problem(document, e, fields) for e in error.errors() if e["loc"] and not _follows(e)}
    together = {document.problem(loc, sentence) for loc, sentence in contradictions(values)}
    return sorted({*document.doubles, *single, *together})


def _follows(error: Mapping[str, Any]) -> bool:
    """Whether a list is called short only because its items were wrong, each of which is said."""
    return error["type"] == "too_short" and len(error["input"]) > 0


def _problem(document: Document, error: Mapping[str, Any], fields: Mapping[str, SchemaField]) -> Problem:
    loc: Loc = error["loc"]
    if error["type"] in ("extra_forbidden", "invalid_key"):
        return document.key_problem(loc, unknown_key(loc, fields))
    name = dotted(loc)
    field = fields.get(dotted(tuple(x for x in loc if isinstance(x, str))))
    if error["type"] == "missing":
        return document.problem(loc, f"{name} is missing; it must be {field.allowed if field else ''}.")
    shown = document.written(loc)
    if "known" in error.get("ctx", {}):
        return document.problem(loc, f"{name} is {shown}; {_one_of(str(error['input']), error['ctx']['known'])}.")
    if field is None:  # a section
        keys = ", ".join(_keys_below(loc))
        return document.problem(loc, f"{name} is {shown}; it must hold keys and values ({keys}).")
    if isinstance(loc[-1], int):
        return document.problem(loc, f"{name} is {shown}; it must be text.")
    shown = "empty" if error["type"] in ("empty", "too_short") else shown
    return document.problem(loc, f"{name} is {shown}; it must be {field.allowed}.")


def _one_of(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    meant = f'did you mean "{near[0]}"? ' if near else ""
    return f"{meant}It must be one of {', '.join(known)}" if meant else f"it must be one of {', '.join(known)}"


def unknown_key(loc: Loc, fields: Mapping[str, SchemaField]) -> str:
    """The sentence for a key that the schema lacks; names the nearest one, or the section that it belongs to."""
    name, section = str(loc[-1]), dotted(loc[:-1])
    place = f" in {section}" if section else ""
    near = get_close_matches(name, _keys_below(loc[:-1]), n=1)
    elsewhere = [path for path in fields if path.split(".")[-1] == name]
    if elsewhere:
        return f'There is no key "{name}"{place or " here"}; did you mean "{elsewhere[0]}"?'
    if not near:
        near = get_close_matches(name, [path.split(".")[-1] for path in fields], n=1)
        near = [path for path in fields if near and path.split(".")[-1] == near[0]]
    if near:
        return f'There is no key "{name}"{place}; did you mean "{near[0]}"?'
    return f'There is no key "{name}"{place}; the keys are {", ".join(_keys_below(loc[:-1]))}.'


def _keys_below(loc: Loc) -> Iterator[str] | list[str]:
    model: type[BaseModel] = LoraRecipe
    for step in loc:
        inner = section_of(model.model_fields[str(step)]) if str(step) in model.model_fields else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def dotted(loc: Loc) -> str:
    """The way to a value as people write it: features.inputs[3]."""
    text = ""
    for step in loc:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
