"""YAML whose every key and value knows its line and column, so that a recipe's mistakes can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from duv_studio.errors import DuvError

Loc = tuple[str | int, ...]  # the way to a value: keys and places in lists
_MERGE, _DATE = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:timestamp"
_POWER = re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$")


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake of a recipe; lines and columns count from 1."""

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.sentence}"


class RecipeError(DuvError):
    """All mistakes of a recipe at once, a line for each."""

    def __init__(self, problems: Sequence[Problem], file: Path) -> None:
        self.problems = tuple(sorted(problems))
        found = "\n".join(map(str, self.problems))
        super().__init__(found if len(self.problems) == 1 else f"{len(self.problems)} mistakes:\n{found}", file=file)

    @property
    def lines(self) -> list[str]:
        """A line for every mistake, in the form that editors find the place by."""
        return [f"{self.file}:{p.line}:{p.column}: {p.sentence}" for p in self.problems]


class RecipeLoader(yaml.SafeLoader):
    """SafeLoader whose keys are text, whose dates are, too, and to which 1e-3 is a number; YAML 1.1 wants 1.0e-3."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[str, Any]:  # type: ignore[override]
        """The values by the keys as they were written."""
        self.flatten_mapping(node)
        return {_name(key): self.construct_object(value, deep=deep) for key, value in node.value}


class RecipeDumper(yaml.SafeDumper):
    """SafeDumper that puts quotes around texts which the loader would take for numbers."""


for _kind in (RecipeLoader, RecipeDumper):
    _kind.add_implicit_resolver("tag:yaml.org,2002:float", _POWER, list("-+0123456789"))


@dataclass(frozen=True)
class Document:
    """The values of a YAML file, and the nodes that say where each was written."""

    values: dict[str, Any]
    root: MappingNode
    doubles: tuple[Problem, ...]  # keys that are there twice

    def node(self, loc: Loc) -> tuple[Node, Loc]:
        """The node that lies farthest on the way `loc`, and the part of the way that leads to it."""
        node: Node = self.root
        for depth, step in enumerate(loc):
            inner = _child(node, step)
            if inner is None:
                return node, loc[:depth]
            node = inner
        return node, loc

    def problem(self, loc: Loc, sentence: str) -> Problem:
        """A mistake in the value at `loc`, or in what should have held it."""
        return problem_at(self.node(loc)[0], sentence)

    def key_problem(self, loc: Loc, sentence: str) -> Problem:
        """A mistake in the last key of `loc`."""
        parent, _ = self.node(loc[:-1])
        pairs = parent.value if isinstance(parent, MappingNode) else []
        return problem_at(next((key for key, _ in pairs if _name(key) == str(loc[-1])), parent), sentence)

    def written(self, loc: Loc) -> str:
        """The value at `loc` as its author wrote it, cut where it is long."""
        node, _ = self.node(loc)
        if isinstance(node, ScalarNode):
            text = " ".join(str(node.value).split())
            text = text if len(text) <= 60 else f"{text[:57]}..."
            return f'"{text}"' if node.style or not text else text
        return "a list" if isinstance(node, SequenceNode) else "keys and values"


def read_document(path: Path) -> Document:
    """The YAML file; DuvError when it cannot be read, RecipeError with every place where it is no proper YAML."""
    return parse_document(read_text(path), path)


def parse_document(text: str, path: Path) -> Document:
    """The same of a text that was read from `path`, or will be written there."""
    wrong = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if wrong is not None:
        sentence = f"The character U+{ord(wrong[0]):04X} must not be in a recipe."
        raise RecipeError([_in_text(text[: wrong.start()], sentence)], path)
    loader = RecipeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None or (isinstance(root, ScalarNode) and root.value == ""):
            raise DuvError("is empty", file=path, hint="a recipe needs at least the key manifest")
        if not isinstance(root, MappingNode):
            raise RecipeError(
                [problem_at(root, 'There are no keys here; a recipe is made of lines "key: value".')], path
            )
        doubles = tuple(_doubles(root, set()))
        values: dict[str, Any] = loader.construct_document(root)
    except yaml.MarkedYAMLError as e:
        raise RecipeError([_syntax(e)], path) from e
    except (yaml.YAMLError, ValueError, RecursionError) as e:  # a wrong !!int, or nesting without end
        raise DuvError(f"is not valid YAML: {e}", file=path) from e
    finally:
        loader.dispose()
    return Document(values, root, doubles)


def problem_at(node: Node, sentence: str) -> Problem:
    """A mistake in what a node holds."""
    return Problem(node.start_mark.line + 1, node.start_mark.column + 1, sentence)


def read_text(path: Path) -> str:
    """What a recipe's file holds, without a byte order mark; DuvError, RecipeError where it is no UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise DuvError(f"cannot be read: {e.strerror}", file=path) from e
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        before = data[: e.start].decode("utf-8", errors="replace")
        sentence = f"Byte {data[e.start]:#04x} is not UTF-8; save the recipe as UTF-8 text."
        raise RecipeError([_in_text(before, sentence)], path) from e


def _in_text(before: str, sentence: str) -> Problem:
    lines = before.split("\n")
    return Problem(len(lines), len(lines[-1]) + 1, sentence)


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(x for x in (error.context, error.problem) if x)
    if error.problem and "'\\t'" in error.problem:
        what = "a tab stands where only spaces may"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Problem(line, column, f"This is not valid YAML: {what}.")


def _doubles(node: Node, seen: set[int]) -> Iterator[Problem]:
    """Keys that a mapping holds twice: of those YAML takes the last without a word."""
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _doubles(item, seen)
    if isinstance(node, MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            name = _name(key)
            if name in first and key.tag != _MERGE:
                yield problem_at(key, f'"{name}" is here for the second time; it was first in line {first[name]}.')
            first.setdefault(name, key.start_mark.line + 1)
            yield from _doubles(value, seen)


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, MappingNode):
        return next((value for key, value in reversed(node.value) if _name(key) == str(step)), None)
    return None


def _name(key: Node) -> str:
    return str(key.value) if isinstance(key, ScalarNode) else "?"
