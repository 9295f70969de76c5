"""YAML in which every key and value knows its line and column, so that a recipe's mistakes can be pointed at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from duv_studio.engine.regular_file import NoSuchFile, read_regular
from duv_studio.engine.yaml_text import MERGE, POWERS, YamlLoader, children, key_name, shown, written
from duv_studio.errors import DuvError

Loc = tuple[str | int, ...]  # path to a value: keys, and indices of lists
LARGEST = 2**20  # bytes of a recipe


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
        """A line for every mistake, in the form by which editors find the place."""
        return [f"{self.file}:{p.line}:{p.column}: {p.sentence}" for p in self.problems]


class RecipeDumper(yaml.SafeDumper):
    """SafeDumper that quotes texts which YamlLoader would take for numbers."""


RecipeDumper.add_implicit_resolver(*POWERS)


@dataclass(frozen=True)
class Document:
    """The values of a YAML text, and the nodes that say where each was written."""

    values: dict[str, Any]
    root: MappingNode | None  # None where the text holds nothing but comments
    duplicates: tuple[Problem, ...] = ()  # keys that are there twice

    def node(self, loc: Loc) -> Node | None:
        """The deepest node on the path `loc` that there is."""
        node: Node | None = self.root
        for step in loc:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return node

    def problem(self, loc: Loc, sentence: str) -> Problem:
        """A mistake in the value at `loc`, or in what should have held it."""
        return _problem_at(self.node(loc), sentence)

    def key_problem(self, loc: Loc, sentence: str) -> Problem:
        """A mistake in the last key of `loc`."""
        parent = self.node(loc[:-1])
        pairs = parent.value if isinstance(parent, MappingNode) else []
        return _problem_at(next((key for key, _ in pairs if key_name(key) == str(loc[-1])), parent), sentence)

    def written(self, loc: Loc) -> str:
        """The value at `loc` as it was written, cut where it is long."""
        return written(self.node(loc))


def parse_document(text: str, path: Path) -> Document:
    """The YAML of a recipe that was read from `path`, or will be saved there; RecipeError where it is none."""
    try:
        loader = YamlLoader(text)
        root = loader.get_single_node()
        if root is None:
            return Document({}, None)
        if not isinstance(root, MappingNode):
            found = _problem_at(root, 'There are no keys here; a recipe is made of lines "key: value".')
            raise RecipeError([found], path)
        duplicates = tuple(_duplicates(root))
        return Document(without_keys(loader.construct_document(root), _is_note), root, duplicates)
    except ReaderError as e:
        sentence = f"The character U+{e.character:04X} must not be in a recipe."
        raise RecipeError([Problem(*_place_behind(text[: e.position]), sentence)], path) from e
    except yaml.MarkedYAMLError as e:
        raise RecipeError([_syntax_problem(e)], path) from e


def without_keys(values: Mapping[str, Any], is_out: Callable[[Loc], bool]) -> dict[str, Any]:
    """The values, and those of their sections, without the keys of which `is_out` says so."""
    return {
        name: {inner: v for inner, v in value.items() if not is_out((name, inner))}
        if isinstance(value, dict)
        else value
        for name, value in values.items()
        if not is_out((name,))
    }


def _is_note(loc: Loc) -> bool:
    """Whether a key belongs to the file's author, for anchors and notes."""
    return str(loc[-1]).startswith("x-")


def read_text(path: Path) -> str:
    """The text of a file without its byte order mark; DuvError if it cannot be read, RecipeError if it is no UTF-8."""
    try:
        data = read_regular(path, LARGEST, "recipe")
    except NoSuchFile as e:
        raise DuvError("cannot be read: there is no such file", hint="check the name", file=path) from e
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        before = data[: e.start].decode("utf-8", errors="replace")
        sentence = f"Byte {data[e.start]:#04x} is not UTF-8; save the recipe as UTF-8 text."
        raise RecipeError([Problem(*_place_behind(before), sentence)], path) from e


def place(mark: yaml.Mark) -> tuple[int, int]:
    """Line and column of a mark, from 1."""
    return _place_behind(str(mark.buffer)[: mark.index])


def _place_behind(before: str) -> tuple[int, int]:
    """Line and column behind a text. Lines are counted as editors do, not by the odder line breaks of YAML."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n")
    return lines.count("\n") + 1, len(lines) - lines.rfind("\n")


def _problem_at(node: Node | None, sentence: str) -> Problem:
    return Problem(*(place(node.start_mark) if node else (1, 1)), sentence)


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(x for x in (error.context, error.problem) if x)
    if error.problem and "'\\t'" in error.problem:
        what = "a tab stands where only spaces may"
    return Problem(*(place(mark) if mark else (1, 1)), f"This is not valid YAML: {what}.")


def _duplicates(root: Node) -> Iterator[Problem]:
    """Keys that a mapping holds twice, of which YAML takes the last one silently."""
    pending, seen = [root], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        pending += children(node)
        first: dict[str, Node] = {}
        for key, _ in node.value if isinstance(node, MappingNode) else ():
            if first.setdefault(key_name(key), key) is not key and key.tag != MERGE:
                name, (line, _) = shown(key_name(key)), place(first[key_name(key)].start_mark)
                yield _problem_at(key, f'"{name}" is here for the second time; it was first in line {line}.')


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, MappingNode):
        return next((value for key, value in reversed(node.value) if key_name(key) == str(step)), None)
    return None
