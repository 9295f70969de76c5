"""Reads recipes; every mistake of one has a line and a column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.retired_keys import retired_keys, without_retired
from duv_studio.training.lora.recipe.rules import contradictions
from duv_studio.training.lora.recipe.schema import LoraRecipe, family_of
from duv_studio.training.schema.document import Document, Problem, RecipeError, parse_document, read_text
from duv_studio.training.schema.problems import problems_of

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
    values = _completed(without_retired(document.values), file)
    retired = {document.key_problem(loc, sentence) for loc, sentence in retired_keys(document.values)}
    together = {document.problem(loc, sentence) for loc, sentence in contradictions(values)}
    problems = retired.union(together, problems_of(LoraRecipe, document, values))
    if problems:
        raise RecipeError([*problems], file)
    return LoraRecipe.model_validate(values)


def _completed(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Empty sections stand for their defaults; a missing folder of results for the guide's."""
    sections = {name for name, field in LoraRecipe.model_fields.items() if isinstance(field.default, BaseModel)}
    values = {k: v for k, v in raw.items() if not (k in sections and v is None)}
    family = family_of(values, path)
    if family is not None:
        values.setdefault("output_dir", f"checkpoints/duv_{family}_lora")
    return values
