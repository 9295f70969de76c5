"""Edits one key of a recipe's text: no other line changes, and what is written is read again to be sure."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe import recipe_schema
from duv_studio.training.lora.recipe_dump import comment
from duv_studio.training.lora.yaml_insert import (
    is_empty,
    key_added,
    key_lines,
    section_added,
    section_filled,
)
from duv_studio.training.lora.yaml_lists import flow_removed, list_edits
from duv_studio.training.lora.yaml_spans import (
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
    replacement,
    root_of,
    scalar,
    span,
    values_of,
)


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
