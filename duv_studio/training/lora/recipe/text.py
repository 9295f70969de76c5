"""A recipe's text under the eyes of its author: all its problems at once, and where its keys stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.document import Problem, RecipeError, parse_document
from duv_studio.training.lora.recipe.edit import edited, parsed, source, without, written_value
from duv_studio.training.lora.recipe.load import checked
from duv_studio.training.lora.recipe.schema import LoraRecipe, recipe_schema, told_family
from duv_studio.training.lora.recipe.yaml_spans import Entry, end_of, entries, entry, is_flow, line_end, line_start

__all__ = ["Checked", "check_text", "edited", "path_at", "path_of", "place_of", "source", "without", "written_value"]

UNNAMED = Path("recipe.yaml")  # for a text that has not been saved
NOT_TOLD = "It does not say whose playing it is; add for example instrument: guitar."


@dataclass(frozen=True)
class Checked:
    """What a text holds. `recipe` and `family` are None while there are problems."""

    recipe: LoraRecipe | None
    family: Family | None
    problems: tuple[Problem, ...]
    values: dict[str, Any] = field(default_factory=dict)  # as they were written, wrong ones too
    is_yaml: bool = True  # otherwise there are no values


def check_text(text: str, path: Path | None = None) -> Checked:
    """All problems of a text at once; `path` is where it came from, whose name may tell the instrument."""
    file = path or UNNAMED
    try:
        document = parse_document(text, file)
    except RecipeError as e:
        return Checked(None, None, e.problems, is_yaml=False)
    except DuvError as e:
        empty = not text.strip() or parsed(text) is None
        return Checked(
            None,
            None,
            (Problem(1, 1, f"The recipe {e.message}; {e.hint}." if e.hint else str(e.message)),),
            is_yaml=empty,
        )
    try:
        recipe = checked(document, file)
    except RecipeError as e:
        return Checked(None, None, e.problems, document.values)
    family = told_family(document.values, file)
    if family is None:
        return Checked(None, None, (Problem(1, 1, NOT_TOLD),), document.values)
    return Checked(recipe, family, (), document.values)


def _problem(error: DuvError) -> Problem:
    return Problem(1, 1, f"The recipe {error.message}{f'; {error.hint}' if error.hint else ''}.")


def _says_nothing(text: str) -> bool:
    try:
        return parsed(text) is None
    except DuvError:
        return False


def path_of(text: str, problem: Problem) -> str:
    """The key of the schema that a problem speaks of, or whose value it lies in; "" where there is none."""
    known = {f.path for f in recipe_schema()}
    said = re.match(r"[\w.]*\w", problem.sentence)
    if said and said[0] in known:
        return said[0]
    found = path_at(text, problem.line, problem.column)
    return found if found in known else ""


def path_at(text: str, line: int, column: int) -> str:
    """The key in or beside whose value a place lies, lines and columns from 1; "" where there is none."""
    try:
        node: Node | None = parsed(text)
    except DuvError:
        return ""
    index = _index(text, line, column)
    steps: list[str] = []
    while isinstance(node, MappingNode):
        at = next((e for e in entries(node) if _covers(text, e, index)), None)
        if at is None:
            break
        steps.append(at.name)
        node = None if at.is_alias else at.value
    return ".".join(steps)


def place_of(text: str, path: str) -> tuple[int, int] | None:
    """Line and column, from 1, of the key "section.key", or else of its section; None where neither is there."""
    try:
        node: Node | None = parsed(text)
    except DuvError:
        return None
    place = None
    for step in path.split("."):
        found = entry(node, step) if isinstance(node, MappingNode) else None
        if found is None:
            break
        place = found.key.start_mark.line + 1, found.key.start_mark.column + 1
        node = found.value
    return place


def _index(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = line_end(text, at) + 1
    return min(at + column - 1, len(text))


def _covers(text: str, found: Entry, index: int) -> bool:
    """Whether a place lies in the lines of an entry."""
    start = found.key.start_mark.index
    if is_flow(found.value) or "\n" in text[start : end_of(text, found)]:
        return line_start(text, start) <= index <= line_end(text, end_of(text, found))
    return start <= index <= line_end(text, end_of(text, found))
