"""A recipe's text while it is edited: all its problems at once, and where its keys stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import Node

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.recipe.load import validated
from duv_studio.training.lora.recipe.schema import LoraRecipe, family_of, recipe_schema
from duv_studio.training.lora.recipe.yaml_spans import (
    Pair,
    end_of,
    find,
    is_flow,
    line_end,
    line_start,
    pairs_of,
    tree_of,
)
from duv_studio.training.schema.document import Problem, RecipeError, parse_document, place

UNNAMED = Path("recipe.yaml")  # for a text that has not been saved
NO_INSTRUMENT = "It does not say whose playing it is; add for example instrument: guitar."


@dataclass(frozen=True)
class CheckedText:
    """What a text holds. `recipe` and `family` are None while there are problems."""

    recipe: LoraRecipe | None
    family: Family | None
    problems: tuple[Problem, ...]
    values: dict[str, Any] = field(default_factory=dict)  # as they were written, wrong ones too
    is_yaml: bool = True  # otherwise there are no values


def check_text(text: str, path: Path | None = None) -> CheckedText:
    """All problems of a text at once; `path` is its file, whose name may name the instrument. Raises nothing."""
    file = path or UNNAMED
    try:
        document = parse_document(text, file)
    except RecipeError as e:
        return CheckedText(None, None, e.problems, is_yaml=False)
    try:
        recipe = validated(document, file)
    except RecipeError as e:
        return CheckedText(None, None, e.problems, document.values)
    family = family_of(document.values, file)
    if family is None:
        return CheckedText(None, None, (Problem(1, 1, NO_INSTRUMENT),), document.values)
    return CheckedText(recipe, family, (), document.values)


def path_of(text: str, problem: Problem) -> str:
    """The key of the schema that a problem names, or in whose value it lies; "" where there is none."""
    known = {f.path for f in recipe_schema()}
    named = re.match(r"[\w.]*\w", problem.sentence)
    if named and named[0] in known:
        return named[0]
    found = path_at(text, problem.line, problem.column)
    return found if found in known else ""


def path_at(text: str, line: int, column: int) -> str:
    """The key in or beside whose value a place lies, lines and columns from 1; "" where there is none."""
    node, index = _tree(text), _index(text, line, column)
    steps: list[str] = []
    while pair := next((pair for pair in pairs_of(node) if _covers(text, pair, index)), None):
        steps.append(str(pair[0].value))
        node = pair[1]
    return ".".join(steps)


def place_of(text: str, path: str) -> tuple[int, int] | None:
    """Line and column, from 1, of the key "section.key", or else of its section; None where neither is there."""
    node, key = _tree(text), None
    for step in path.split("."):
        if pair := find(node, step):
            key, node = pair
        else:
            break
    return place(key.start_mark) if key else None


def _tree(text: str) -> Node | None:
    try:
        return tree_of(text)
    except yaml.YAMLError:
        return None


def _index(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = line_end(text, at) + 1
    return min(at + column - 1, len(text))


def _covers(text: str, pair: Pair, index: int) -> bool:
    """Whether a place lies in the lines of a pair."""
    start, end = pair[0].start_mark.index, end_of(text, pair[1])
    if is_flow(pair[1]) or "\n" in text[start:end]:
        start = line_start(text, start)
    return start <= index <= line_end(text, end)
