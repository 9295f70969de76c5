"""Edits a list of a YAML text: items that stay keep their lines and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from yaml.nodes import Node, ScalarNode, SequenceNode

from duv_studio.training.lora.yaml_spans import (
    Edit,
    is_flow,
    line_end,
    line_removed,
    line_start,
    scalar,
    span,
)

_DASH = re.compile(r"[ ]*-[ ]+$")


def list_edits(text: str, node: SequenceNode, old: Sequence[Any], new: Sequence[Any]) -> list[Edit] | None:
    """Edits that make `new` of the items `old`, of which neither is empty; None where the list is too unusual."""
    items = node.value
    if len(items) != len(old) or any(not isinstance(x, ScalarNode) for x in items) or _out_of_order(node):
        return None
    if is_flow(node):
        return list(_flow(text, items, old, new))
    if any(_DASH.match(text[line_start(text, x.start_mark.index) : x.start_mark.index]) is None for x in items):
        return None
    return list(_block(text, items, old, new))


def _out_of_order(node: SequenceNode) -> bool:
    """Whether an item is an alias, which was written elsewhere."""
    places = [node.start_mark.index, *(x.start_mark.index for x in node.value)]
    return places != sorted(places)


def _changes(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int, int, Sequence[Any]]]:
    """Items from..to that give way to others."""
    matcher = SequenceMatcher(None, [str(x) for x in old], [str(x) for x in new], autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what != "equal":
            yield i1, i2, new[j1:j2]


def _quote(item: Node) -> str | None:
    return item.style if isinstance(item, ScalarNode) else None


def _block(text: str, items: Sequence[Node], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Edit]:
    first = items[0].start_mark.index
    dash = text[line_start(text, first) : first]
    lines = [f"{dash}{scalar(x, quote=_quote(items[0]))}" for x in new]
    for i1, i2, put in _changes(old, new):
        for item in items[i1:i2]:
            yield line_removed(text, item.start_mark.index, item.end_mark.index)
        added = [f"{dash}{scalar(x, quote=_quote(items[max(i1 - 1, 0)]))}" for x in put]
        if added and i1:
            at = line_end(text, items[i1 - 1].end_mark.index)
            yield at, at, "".join(f"\n{line}" for line in added)
        elif added and i2 == len(items) and _last_without_break(text, items):
            yield from _whole(text, items, lines)
            return
        elif added:
            at = line_start(text, first)
            yield at, at, "".join(f"{line}\n" for line in added)


def _last_without_break(text: str, items: Sequence[Node]) -> bool:
    return line_end(text, items[-1].end_mark.index) == len(text)


def _whole(text: str, items: Sequence[Node], lines: Sequence[str]) -> Iterator[Edit]:
    """All items give way at the end of a text without a last line break."""
    at = line_start(text, items[0].start_mark.index)
    yield max(at - 1, 0), max(at - 1, 0), "".join(f"\n{line}" for line in lines)


def _flow(text: str, items: Sequence[Node], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Edit]:
    starts, ends = zip(*(span(x) for x in items), strict=True)
    for i1, i2, put in _changes(old, new):
        words = [scalar(x, quote=_quote(items[max(i1 - 1, 0)]), flow=True) for x in put]
        if i1 == 0 and i2 == len(items):
            yield starts[0], ends[-1], ", ".join(words)
            return
        yield from flow_removed(text, starts, ends, i1, i2)
        if i1:
            yield ends[i1 - 1], ends[i1 - 1], "".join(f", {word}" for word in words)
        else:
            yield starts[0], starts[0], "".join(f"{word}, " for word in words)


def flow_removed(text: str, starts: Sequence[int], ends: Sequence[int], i1: int, i2: int) -> Iterator[Edit]:
    """Take parts i1..i2 out of brackets that keep others, with the commas between them, but not with a comment."""
    if i1 == i2:
        return
    if i2 < len(starts):
        yield starts[i1], starts[i2], ""
    elif "#" in text[ends[i1 - 1] : starts[i1]]:
        yield starts[i1], ends[-1], ""
    else:
        yield ends[i1 - 1], ends[-1], ""
