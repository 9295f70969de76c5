"""Recipes: any text is answered with problems or a recipe, and an edit changes one value and no comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

import yaml

from duv_studio import paths
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.edit import edited, source, without
from duv_studio.training.lora.recipe.load import load_recipe
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.lora.recipe.text import check_text, path_at, path_of, place_of
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.words import WORDS
from tests.recipe_samples import GUIDE, LEAST, NESTED, ODD, UNUSUAL

_PATHS = sorted(f.path for f in recipe_schema())
_EDITS: tuple[tuple[str, Any], ...] = (
    ("title", "a"),
    ("lora.r", 4),
    ("lora.alpha", 3.5),
    ("trainer.lr", 1e-4),
    ("features.inputs", ["pitch", "beat_pos"]),
    ("manifest", ["x.jsonl"]),
    ("base_frozen", False),
    ("filters.min_duration_sec", None),
)
_COMMENT = re.compile(r"(?:^|\s)#[^\n]*")
_WORST_ALIASES = 20  # in a text that is loaded by a library that lets them multiply


class RecipeHunt(Hunt):
    """What the window asks of a text while it is edited, and what a training asks of a file."""

    name = "recipes"
    suffixes = (".yaml", ".yml")
    seconds: ClassVar[float] = 8.0
    mutators: ClassVar[Sequence[Mutator]] = WORDS

    def seeds(self, seed: int) -> list[bytes]:
        presets = [path.read_bytes() for path in sorted(paths.resource("configs").rglob("*.yaml"))]
        texts = [GUIDE, UNUSUAL, *(LEAST + text for text in (*NESTED.values(), *ODD.values()))]
        return [*presets, *(text.encode("utf-8", "surrogatepass") for text in texts)]

    def pieces(self, data: bytes) -> list[bytes]:
        return [word.encode("latin-1") for word in re.findall(r"\w+|.|\n", data.decode("latin-1"))]

    def check(self, data: bytes, dice: Random) -> None:
        text = data.decode("utf-8", "replace")
        found = check_text(text)
        if not found.problems and found.recipe is None:
            raise Broken("a text has problems or is a recipe")
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for problem in found.problems[:20]:
            inside = 1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            if not inside or not problem.sentence.isprintable():
                raise Broken(f"a problem is a sentence at a place: {problem}")
            if path_of(text, problem) not in ("", *_PATHS):
                raise Broken("a problem is about a key that there is")
            path_at(text, problem.line, problem.column)
        for path, value in dice.sample(_EDITS, 1):
            place_of(text, path), source(text, path)
            _check_edit(text, path, value)
        self._check_file(data)

    def _check_file(self, data: bytes) -> None:
        file = self.folder / "guitar_any.yaml"
        file.write_bytes(data)
        load_recipe(file)


def _check_edit(text: str, path: str, value: Any) -> None:
    for edit in (lambda: edited(text, path, value), lambda: without(text, path)):
        try:
            after = edit()
        except DuvError:
            continue  # what only its author can change
        _check_values(text, after, path)
        _check_comments(text, after)


def _check_values(text: str, after: str, path: str) -> None:
    """Read by the library alone, all values but one are what they were."""
    if text.count("*") > _WORST_ALIASES:
        return
    try:
        old, new = yaml.safe_load(text), yaml.safe_load(after)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError):
        return  # the program reads some texts that the library does not
    for values in (old, new):
        _take(values, path.split("."))
    if _filled(old) != _filled(new):
        raise Broken(f"an edit changes one value: {path}")


def _take(values: Any, path: list[str]) -> None:
    for step in path[:-1]:
        values = values.get(step) if isinstance(values, dict) else None
    if isinstance(values, dict):
        values.pop(path[-1], None)


def _filled(value: Any) -> str:
    """Empty sections mean the same as none; numbers that are not equal to themselves are the same all the same."""
    if isinstance(value, dict):
        value = {key: inner for key, inner in value.items() if inner not in (None, {})}
    return repr(value or {})


def _check_comments(text: str, after: str) -> None:
    """A line that stays as it is keeps its comment; no comment of a line of its own goes."""
    own = [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]
    left = [line.strip() for line in after.splitlines()]
    lost = [line for line in own if own.count(line) > left.count(line)]
    if lost and "|" not in text and ">" not in text and "'" not in text and '"' not in text:
        raise Broken(f"an edit keeps comments: {lost[0][:80]}")
