"""YAML that somebody else wrote: read quickly whatever it is, with errors that know their place, and no others."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.scanner import ScannerError

from duv_studio.text_width import escaped

MAX_DEPTH = 100  # levels of nesting, aliases included; Python's stack holds three times as many
_YAML = "tag:yaml.org,2002:"
MERGE, _DATE = f"{_YAML}merge", f"{_YAML}timestamp"
_NUMBERS, _LONGEST_NUMBER = (f"{_YAML}int", f"{_YAML}float"), 400  # characters
# What a resolver must know to take 1e-3 for a number.
POWERS = (f"{_YAML}float", re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789"))


class YamlLoader(yaml.SafeLoader):
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
            self._heights[node] = 1 + max((self._heights.get(child, 0) for child in children(node)), default=0)
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
        if any(key.tag == MERGE for key, _ in node.value):
            super().flatten_mapping(node)
            node.value = list({key_name(key): (key, value) for key, value in node.value}.values())


YamlLoader.add_implicit_resolver(*POWERS)


def key_name(key: Node) -> str:
    """A key as it was written; "?" for a list or a mapping."""
    return str(key.value) if isinstance(key, ScalarNode) else "?"


def written(node: Node | None) -> str:
    """A value as it was written, for a sentence; cut where it is long."""
    if isinstance(node, ScalarNode):
        text = shown(str(node.value))
        return f'"{text}"' if node.style or not text else text
    return "a list" if isinstance(node, SequenceNode) else "keys and values"


def shown(text: str) -> str:
    """A text for a sentence: in one line, cut where it is long, with escapes for what cannot be printed."""
    line = " ".join(text.split())
    line = line if len(line) <= 60 else f"{line[:57]}..."
    return escaped(line)


def children(node: Node) -> list[Node]:
    """The nodes in a list, or the keys and values of a mapping."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _too_deep(mark: yaml.Mark) -> ComposerError:
    return ComposerError(None, None, f"there are more than {MAX_DEPTH} levels of nesting", mark)


def _misfit(node: Node) -> ConstructorError:
    what = f"{written(node)} is no {node.tag.replace(_YAML, '!!')}"
    return ConstructorError(None, None, what, node.start_mark)
