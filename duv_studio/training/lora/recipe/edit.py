"""Edits one key of a recipe's text: no other line changes, and what is written is read again to be sure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.lora.recipe.writer import comment
from duv_studio.training.lora.recipe.yaml_spans import (
    Edit,
    Entry,
    alias_span,
    applied,
    end_of,
    entries,
    entry,
    flow_list,
    is_flow,
    line_end,
    line_removed,
    line_start,
    replacement,
    root_of,
    scalar,
    span,
    values_of,
)

_STEP = "  "
_DASH = re.compile(r"[ ]*-[ ]+$")


def written_value(values: Any, path: str) -> Any:
    """What was written at "section.key"; KeyError where nothing was."""
    for step in path.split("."):
        if not isinstance(values, dict):
            raise KeyError(path)
        values = values[step]
    return values


def edited(text: str, path: str, value: Any, *, as_written: str = "") -> str:
    """Write a value at "section.key"; no other line changes. `as_written` is how its author would write it.

    DuvError where the text is no YAML, or where the value cannot be written without changing another.
    """
    wanted = list(value) if isinstance(value, tuple) else value
    before = _values(text)
    try:
        if _same(written_value(before, path), wanted) and not as_written:
            return text
    except KeyError:
        pass
    after = applied(text, _edits(text, path.split("."), wanted, as_written))
    return _sure(after, before, path, wanted)


def without(text: str, path: str) -> str:
    """Take the key "section.key" away; DuvError as for `edited`."""
    before = _values(text)
    try:
        written_value(before, path)
    except KeyError:
        return text
    mapping, found = _found(parsed(text), path.split("."))
    if mapping is None or found is None:
        raise _cannot(path)
    return _sure(applied(text, _removal(text, mapping, found, path)), before, path, None, gone=True)


def source(text: str, path: str) -> str:
    """How the author wrote a value that is no list; "" where there is none."""
    try:
        _, found = _found(parsed(text), path.split("."))
    except (DuvError, yaml.YAMLError):
        return ""
    plain = found is not None and not found.is_alias and isinstance(found.value, ScalarNode)
    start, end = span(found.value) if plain and found is not None else (0, 0)
    raw = text[start:end]
    return "" if raw[:1] in ("&", "!", "|", ">") or "\n" in raw else raw


def _values(text: str) -> dict[str, Any]:
    try:
        values = values_of(text)
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise DuvError("the text is no valid YAML", hint="mend it first") from e
    if values is not None and not isinstance(values, dict):
        raise DuvError("the text holds no keys", hint="mend it first")
    return values or {}


def parsed(text: str) -> Node | None:
    """The whole text as nodes; None where it holds comments only. DuvError where it is no YAML."""
    try:
        return root_of(text)
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise DuvError("the text is no valid YAML", hint="mend it first") from e


def _found(root: Node | None, steps: list[str]) -> tuple[MappingNode | None, Entry | None]:
    """The mapping that holds the last key, and the key; None where it is missing or written elsewhere."""
    node = root
    for step in steps[:-1]:
        found = entry(node, step) if isinstance(node, MappingNode) else None
        node = None if found is None or found.is_alias else found.value
    if not isinstance(node, MappingNode):
        return None, None
    return node, entry(node, steps[-1])


def _edits(text: str, steps: list[str], value: Any, as_written: str) -> list[Edit]:
    root = parsed(text)
    mapping, found = _found(root, steps)
    if found is not None and mapping is not None:
        return _replaced(text, mapping, found, value, as_written)
    *section, name = steps
    if root is None:
        return [_first_line(text, section, name, value)]
    if not isinstance(root, MappingNode):
        raise _cannot(".".join(steps))
    if mapping is not None and not (section and not mapping.value and not is_flow(mapping)):
        return key_added(text, mapping, name, value, _order(section), _top(text, root, section))
    held = entry(root, section[0])
    if held is None:
        return section_added(text, root, section[0], name, value, _order([]))
    if held.is_alias or not is_empty(held) or is_flow(root):
        raise _cannot(".".join(steps))
    return section_filled(text, held, name, value)


def _first_line(text: str, section: list[str], name: str, value: Any) -> Edit:
    head = f"{section[0]}:\n" if section else ""
    lines = head + key_lines(name, value, "  " if section else "") + "\n"
    return len(text), len(text), ("" if not text or text.endswith("\n") else "\n") + lines


def _top(text: str, root: MappingNode, section: list[str]) -> int:
    found = entry(root, section[0]) if section else None
    return 0 if found is None else line_end(text, found.key.end_mark.index)


def _order(section: list[str]) -> list[str]:
    """Names of the keys of a section, or of the whole recipe, in the schema's order."""
    paths = [f.path.split(".") for f in recipe_schema()]
    return list(dict.fromkeys(p[len(section)] for p in paths if p[: len(section)] == section and len(p) > len(section)))


def _replaced(text: str, mapping: MappingNode, found: Entry, value: Any, as_written: str) -> list[Edit]:
    if found.is_alias:
        place = alias_span(text, found)
        if place is None:
            raise _cannot(found.name)
        return [(*place, flow_list(value) if isinstance(value, list) else scalar(value, flow=is_flow(mapping)))]
    start, end = span(found.value)
    if text[start : start + 1] == "&":  # others use it by this name
        raise _cannot(found.name)
    if isinstance(found.value, SequenceNode):
        return _list_replaced(text, mapping, found, found.value, value)
    if isinstance(value, list):
        return _made_list(text, mapping, found, value)
    quote = found.value.style if isinstance(found.value, ScalarNode) else None
    new = as_written or scalar(value, quote=quote, flow=is_flow(mapping))
    if start == end:
        return replacement(text, start, end, new if text[start - 1 : start] == " " else f" {new}")
    return replacement(text, start, end, new + _line_breaks(text[start:end]))


def _line_breaks(raw: str) -> str:
    """Those that a text in several lines ends with."""
    return raw[len(raw.rstrip("\n")) :]


def _list_replaced(text: str, mapping: MappingNode, found: Entry, node: SequenceNode, value: Any) -> list[Edit]:
    start, end = span(node)
    if isinstance(value, list) and value and node.value:
        old = [item.value if isinstance(item, ScalarNode) else "" for item in node.value]
        edits = list_edits(text, node, old, value)
        if edits is not None:
            return edits
    if is_flow(node):
        if value and isinstance(value, list) and not is_flow(mapping):
            return _made_list(text, mapping, found, value)
        return replacement(
            text, start, end, flow_list(value) if isinstance(value, list) else scalar(value, flow=is_flow(mapping))
        )
    removed = [line_removed(text, *span(item)) for item in node.value]
    colon = found.key.end_mark.index + 1
    if isinstance(value, list) and value:
        at = line_end(text, colon)
        return [*removed, (at, at, "".join(f"\n{_indent(found)}- {scalar(item)}" for item in value))]
    return [*removed, *replacement(text, colon, colon, f" {'[]' if isinstance(value, list) else scalar(value)}")]


def _indent(found: Entry) -> str:
    return " " * (found.key.start_mark.column + 2)


def _made_list(text: str, mapping: MappingNode, found: Entry, value: list[Any]) -> list[Edit]:
    """A list where a single value was: in brackets, or line by line below the key."""
    start, end = span(found.value)
    if is_flow(mapping) or not value:
        return replacement(text, start, end, ("" if text[start - 1 : start] == " " else " ") + flow_list(value))
    lines = "".join(f"\n{_indent(found)}- {scalar(item)}" for item in value)
    colon = found.key.end_mark.index + 1
    if text[start:end].endswith("\n"):
        return [(colon, end, lines + _line_breaks(text[start:end]))]
    at = line_end(text, end)
    return [(colon, end, ""), (at, at, lines)] if end > colon else [(at, at, lines)]


def _removal(text: str, mapping: MappingNode, found: Entry, path: str) -> Iterable[Edit]:
    start = found.key.start_mark.index
    if is_flow(mapping):
        parts = entries(mapping)
        starts, ends = [e.key.start_mark.index for e in parts], [end_of(text, e) for e in parts]
        place = next(k for k, e in enumerate(parts) if e is found or e == found)
        if len(parts) == 1:
            return [(starts[0], ends[0], "")]
        return list(flow_removed(text, starts, ends, place, place + 1))
    end = end_of(text, found)
    known = next((f for f in recipe_schema() if f.path == path), None)
    if known is not None and known.default is None and text[end : line_end(text, end)] == f"  # {comment(known)}":
        return [(start, end, f"# {found.name}: null")]  # as a recipe is written that does not say it
    return [line_removed(text, start, end)]


def _same(a: Any, b: Any) -> bool:
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _sure(after: str, before: dict[str, Any], path: str, wanted: Any, *, gone: bool = False) -> str:
    """The text after an edit, once it is certain that it says the new value and nothing else that is new."""
    expected = copy.deepcopy(before)
    *section, name = path.split(".")
    inner = expected
    for step in section:
        inner[step] = inner[step] if isinstance(inner.get(step), dict) else {}
        inner = inner[step]
    if gone:
        del inner[name]
    else:
        inner[name] = wanted
    try:
        values = values_of(after) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise _cannot(path) from e
    if _filled(values) != _filled(expected) or (not gone and not _same(written_value(values, path), wanted)):
        raise _cannot(path)
    return after


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Empty sections and null ones are the same."""
    return {key: None if value == {} else value for key, value in values.items()}


def _cannot(path: str) -> DuvError:
    return DuvError(f"{path} is written in a way that only its author can change", hint="edit the YAML text")


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
