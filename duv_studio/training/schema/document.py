"""YAML in which every key and value knows its line and column, so that a recipe's mistakes can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from duv_studio.engine.regular_file import NoSuchFile, read_regular
from duv_studio.errors import DuvError

Loc = tuple[str | int, ...]  # path to a value: keys, and indices of lists
LARGEST = 2**20  # bytes of a recipe
MAX_DEPTH = 100  # levels of nesting, aliases included; Python's stack holds three times as many
_YAML = "tag:yaml.org,2002:"
_MERGE, _DATE = f"{_YAML}merge", f"{_YAML}timestamp"
_NUMBERS, _LONGEST_NUMBER = (f"{_YAML}int", f"{_YAML}float"), 400  # characters
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
        """A line for every mistake, in the form by which editors find the place."""
        return [f"{self.file}:{p.line}:{p.column}: {p.sentence}" for p in self.problems]


class RecipeLoader(yaml.SafeLoader):
    """SafeLoader with text as keys, no dates, and 1e-3 as a number, which YAML 1.1 spells 1.0e-3.

    Whatever the text, it raises no error but ReaderError and MarkedYAMLError, which know the place. PyYAML's own
    constructors raise a dozen others for values that do not fit their tag.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._level = 0
        self._heights: dict[Node, int] = {}  # levels of nesting below a node

    def get_single_node(self) -> Node | None:
        """The whole text as nodes; None where it holds nothing but comments."""
        try:
            root: Node | None = super().get_single_node()
        except (OverflowError, ValueError) as e:  # of "\UFFFFFFFF", "\uD800" and %YAML 99…9.1
            raise ScannerError(None, None, "there is no such number or character", self.get_mark()) from e
        return None if isinstance(root, ScalarNode) and root.value == "" else root

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - PyYAML's own
        """The next opening bracket; the time that the scanner needs for one grows with those that are open."""
        if self.flow_level >= MAX_DEPTH:
            raise _too_deep(self.get_mark())
        super().fetch_flow_collection_start(TokenClass)

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """The next node; ComposerError where it is nested so deeply that Python's stack could not hold it."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self._level += 1
        node: Node | None = super().compose_node(parent, index) if self._level <= MAX_DEPTH else None
        self._level -= 1
        if node is not None and not isinstance(event, yaml.AliasEvent):
            self._heights[node] = 1 + max((self._heights.get(child, 0) for child in _children(node)), default=0)
        if node is None or self._heights.get(node, 0) > MAX_DEPTH:
            raise _too_deep(event.start_mark)
        if isinstance(node, ScalarNode):
            node.value.encode()  # UnicodeEncodeError where an escape is half a character
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        """The value of a node; ConstructorError where it does not fit its tag, or is a number beyond all floats."""
        if isinstance(node, ScalarNode) and node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
            raise _misfit(node)  # to the base of 60, one would be computed for minutes
        try:
            value = super().construct_object(node, deep=deep)
            if isinstance(value, int):
                float(value)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as e:
            raise _misfit(node) from e
        return value

    def construct_mapping(self, node: Node, deep: bool = False) -> dict[str, Any]:  # type: ignore[override]
        """The values by the keys as they were written."""
        if not isinstance(node, MappingNode):
            raise _misfit(node)
        self.flatten_mapping(node)
        return {key_name(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def flatten_mapping(self, node: MappingNode) -> None:
        """Merge in what << names, each key once: merges of merges would double the keys level by level."""
        if any(key.tag == _MERGE for key, _ in node.value):
            super().flatten_mapping(node)
            node.value = list({key_name(key): (key, value) for key, value in node.value}.values())


class RecipeDumper(yaml.SafeDumper):
    """SafeDumper that quotes texts which the loader would take for numbers."""


for _kind in (RecipeLoader, RecipeDumper):
    _kind.add_implicit_resolver(f"{_YAML}float", _POWER, list("-+0123456789"))


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
        return _written(self.node(loc))


def parse_document(text: str, path: Path) -> Document:
    """The YAML of a recipe that was read from `path`, or will be saved there; RecipeError where it is none."""
    try:
        loader = RecipeLoader(text)
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


def shown(text: str) -> str:
    """A text for a sentence: in one line, cut where it is long, with escapes for what cannot be printed."""
    line = " ".join(text.split())
    line = line if len(line) <= 60 else f"{line[:57]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


def key_name(key: Node) -> str:
    """A key as it was written; "?" for a list or a mapping."""
    return str(key.value) if isinstance(key, ScalarNode) else "?"


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


def _too_deep(mark: yaml.Mark) -> ComposerError:
    return ComposerError(None, None, f"there are more than {MAX_DEPTH} levels of nesting", mark)


def _misfit(node: Node) -> ConstructorError:
    what = f"{_written(node)} is no {node.tag.replace(_YAML, '!!')}"
    return ConstructorError(None, None, what, node.start_mark)


def _written(node: Node | None) -> str:
    if isinstance(node, ScalarNode):
        text = shown(str(node.value))
        return f'"{text}"' if node.style or not text else text
    return "a list" if isinstance(node, SequenceNode) else "keys and values"


def _duplicates(root: Node) -> Iterator[Problem]:
    """Keys that a mapping holds twice, of which YAML takes the last one silently."""
    pending, seen = [root], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        pending += _children(node)
        first: dict[str, Node] = {}
        for key, _ in node.value if isinstance(node, MappingNode) else ():
            if first.setdefault(key_name(key), key) is not key and key.tag != _MERGE:
                name, (line, _) = shown(key_name(key)), place(first[key_name(key)].start_mark)
                yield _problem_at(key, f'"{name}" is here for the second time; it was first in line {line}.')


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, MappingNode):
        return next((value for key, value in reversed(node.value) if key_name(key) == str(step)), None)
    return None
