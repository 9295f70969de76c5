"""Adds a key to a YAML text: where the schema has it, or where a comment holds its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from yaml.nodes import MappingNode, ScalarNode

from duv_studio.training.lora.yaml_spans import (
    Edit,
    Entry,
    end_of,
    entries,
    flow_list,
    is_flow,
    line_end,
    line_start,
    scalar,
    span,
)

_STEP = "  "


def key_lines(name: str, value: Any, indent: str) -> str:
    """A key with its value, a list with a line for every item; without the last line break."""
    if isinstance(value, list) and value:
        return "\n".join([f"{indent}{name}:", *(f"{indent}{_STEP}- {scalar(item)}" for item in value)])
    return f"{indent}{name}: {_in_line(value)}"


def _in_line(value: Any, *, flow: bool = False) -> str:
    return flow_list(value) if isinstance(value, list) else scalar(value, flow=flow)


def key_added(text: str, mapping: MappingNode, name: str, value: Any, order: Sequence[str], top: int) -> list[Edit]:
    """Add a key to a mapping whose keys are sorted as `order`; `top` is the index from which on it may stand."""
    if is_flow(mapping):
        return [_in_braces(text, mapping, f"{name}: {_in_line(value, flow=True)}")]
    indent = " " * entries(mapping)[0].key.start_mark.column
    kept = _kept_place(text, top, mapping.end_mark.index, name, indent)
    if kept is not None and not isinstance(value, list):
        return [(*kept, f"{indent}{name}: {scalar(value)}")]
    return [_at_its_place(text, mapping, key_lines(name, value, indent), name, order)]


def section_added(
    text: str, root: MappingNode, section: str, name: str, value: Any, order: Sequence[str]
) -> list[Edit]:
    """Add a section with one key."""
    if is_flow(root):
        return [_in_braces(text, root, f"{section}: {{{name}: {_in_line(value, flow=True)}}}")]
    indent = " " * entries(root)[0].key.start_mark.column
    lines = f"{indent}{section}:\n{key_lines(name, value, indent + _STEP)}"
    return [_at_its_place(text, root, lines, section, order, apart=True)]


def section_filled(text: str, section: Entry, name: str, value: Any) -> list[Edit]:
    """Add the first key to a section that holds nothing, or null."""
    start, end = span(section.value)
    indent = " " * section.key.start_mark.column + _STEP
    at = line_end(text, max(end, section.key.end_mark.index + 1))
    kept = _kept_place(text, at, _end_of_deeper(text, at, indent), name, indent)
    emptied: list[Edit] = []
    if end > start:
        emptied = [(start - len(text[:start]) + len(text[:start].rstrip(" ")), end, "")]
    if kept is not None and not isinstance(value, list):
        return [*emptied, (*kept, f"{indent}{name}: {scalar(value)}")]
    return [*emptied, (at, at, "\n" + key_lines(name, value, indent))]


def _end_of_deeper(text: str, at: int, indent: str) -> int:
    """Index behind the lines from `at` on that are indented so far, and empty ones."""
    while at < len(text):
        end = line_end(text, at + 1)
        line = text[at + 1 : end]
        if line.strip() and not line.startswith(indent):
            break
        at = end
    return at


def _in_braces(text: str, mapping: MappingNode, pair: str) -> Edit:
    found = entries(mapping)
    if not found:
        at = mapping.start_mark.index + 1
        return at, at, pair
    at = max(end_of(text, e) for e in found)
    return at, at, f", {pair}"


def _kept_place(text: str, start: int, end: int, name: str, indent: str) -> tuple[int, int] | None:
    """Where a comment such as "# name: null" holds the place of a key; the help behind it stays."""
    place = re.compile(rf"^{indent}# ?{re.escape(name)}: *(?:null|~)?(?= *$|  +#)", re.MULTILINE)
    match = place.search(text, start, min(len(text), line_end(text, end)))
    return match.span() if match else None


def _at_its_place(
    text: str, mapping: MappingNode, lines: str, name: str, order: Sequence[str], *, apart: bool = False
) -> Edit:
    """Behind the keys that come before it in the schema; `apart`: with empty lines around it."""
    rank = {key: place for place, key in enumerate(order)}
    mine = rank.get(name, len(order))
    before = [e for e in entries(mapping) if rank.get(e.name, len(order)) < mine]
    if not before:
        at = _above_comments(text, entries(mapping)[0])
        return at, at, lines + ("\n\n" if apart else "\n")
    last = max(before, key=lambda e: e.key.start_mark.index)
    apart = apart or isinstance(last.value, MappingNode)
    at = line_end(text, end_of(text, last))
    follows = text[at + 1 : line_end(text, at + 1)].strip()
    return at, at, ("\n\n" if apart else "\n") + lines + ("\n" if apart and follows else "")


def _above_comments(text: str, first: Entry) -> int:
    """Index of the line of a key, or of the comments directly above it."""
    at = line_start(text, first.key.start_mark.index)
    while at and text[line_start(text, at - 1) : at].lstrip().startswith("#"):
        at = line_start(text, at - 1)
    return at


def is_empty(entry: Entry) -> bool:
    """Whether a section holds nothing, or null."""
    return isinstance(entry.value, ScalarNode) and entry.value.value in ("", "null", "~", "Null", "NULL")
