"""Edits one key of a recipe's text: no other line changes, and the result is read again to make sure.

A round trip through a YAML library would not do: it re-indents, joins lines and drops comments inside brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.lora.recipe.writer import comment, flow_list, key_lines, scalar
from duv_studio.training.lora.recipe.yaml_spans import (
    Pair,
    end_of,
    find,
    is_flow,
    line_end,
    line_start,
    pairs_of,
    tree_of,
    values_of,
)
from duv_studio.training.schema.document import RecipeDumper

Edit = tuple[int, int, str]  # from, to, what replaces the text there
_NULL = ("", "null", "~", "Null", "NULL")
_COLUMN = re.compile(r"( {3,})#")  # a comment so far away that its author has aligned it with others


def written_value(values: Any, path: str) -> Any:
    """The value at "section.key" of nested mappings; KeyError where there is none."""
    for step in path.split("."):
        if not isinstance(values, dict):
            raise KeyError(path)
        values = values[step]
    return values


def same_value(a: Any, b: Any) -> bool:
    """Whether two values mean the same: 16 is 16.0, but 1 is not true.

    Aliases can make a list exponentially larger than its text, so lists are compared as text that has aliases again.
    """
    if isinstance(a, list | dict) and isinstance(b, list | dict):
        return bool(yaml.dump(a, Dumper=RecipeDumper) == yaml.dump(b, Dumper=RecipeDumper))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def edited(text: str, path: str, value: Any, *, as_written: str = "") -> str:
    """The text with a value at "section.key", a list as list or tuple; `as_written` is how its author spells a scalar.

    DuvError where the text is no YAML, or where the value cannot be written without changing another.
    """
    wanted = list(value) if isinstance(value, tuple) else value
    before = _values(text)
    try:
        if same_value(written_value(before, path), wanted) and not as_written:
            return text
    except KeyError:
        pass
    whole = text if text.endswith("\n") or not text else f"{text}\n"
    after = _applied(whole, _edits(whole, path.split("."), wanted, as_written))
    return _verified(after if whole == text else after.removesuffix("\n"), before, path, wanted)


def without(text: str, path: str) -> str:
    """The text without the key "section.key"; DuvError as for `edited`."""
    before = _values(text)
    try:
        written_value(before, path)
    except KeyError:
        return text
    mapping, pair = _find(tree_of(text), path.split("."))
    if pair is None:
        raise _refusal(path)
    whole = text if text.endswith("\n") else f"{text}\n"
    after = _applied(whole, _removal(whole, mapping, pair, path))
    return _verified(after if whole == text else after.removesuffix("\n"), before, path)


def source(text: str, path: str) -> str:
    """How the author spells a scalar; "" where there is none."""
    try:
        _, pair = _find(tree_of(text), path.split("."))
    except yaml.YAMLError:
        return ""
    if pair is None or not isinstance(pair[1], ScalarNode):
        return ""
    raw = text[pair[1].start_mark.index : pair[1].end_mark.index]
    return "" if raw[:1] in ("&", "*", "!", "|", ">") or "\n" in raw else raw


def _values(text: str) -> dict[str, Any]:
    try:
        values = values_of(text)
    except yaml.YAMLError as e:
        raise DuvError("the text is no valid YAML", hint="correct it first") from e
    if values is not None and not isinstance(values, dict):
        raise DuvError("the text holds no keys", hint="correct it first")
    return values or {}


def _verified(after: str, before: dict[str, Any], path: str, *wanted: Any) -> str:
    """The text `after` an edit, if it holds the wanted value, or none, and otherwise the values of `before`."""
    try:
        values = _values(after)
    except DuvError as e:
        raise _refusal(path) from e
    *section, name = path.split(".")
    inner = expected = dict(before)
    for step in section:
        inner[step] = dict(inner[step]) if isinstance(inner.get(step), dict) else {}
        inner = inner[step]
    inner.pop(name, None)
    if wanted:
        inner[name] = written_value(values, path)
    if (wanted and not same_value(inner[name], wanted[0])) or not same_value(_filled(values), _filled(expected)):
        raise _refusal(path)
    return after


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Empty sections mean the same as null."""
    return {key: None if value == {} else value for key, value in values.items()}


def _refusal(path: str) -> DuvError:
    return DuvError(f"{path} is written in a way that only its author can change", hint="edit the YAML text")


def _applied(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits, whose places are those of the text before."""
    for start, end, new in sorted(edits, key=lambda e: e[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _find(root: Node | None, steps: Sequence[str]) -> tuple[Node | None, Pair | None]:
    """What should hold the last key, None where it is missing; and the key with its value, None likewise."""
    for step in steps[:-1]:
        pair = find(root, step)
        root = pair[1] if pair else None
    return root, find(root, steps[-1])


def _edits(text: str, steps: list[str], value: Any, as_written: str) -> list[Edit]:
    """The text ends with a line break, or is empty."""
    root = tree_of(text)
    mapping, pair = _find(root, steps)
    if mapping is not None and pair is not None:
        return _replaced(text, is_flow(mapping), pair, value, as_written)
    *section, name = steps
    if root is None:
        lines = key_lines(section, name, value)
        return [(len(text), len(text), f"{lines}\n")]
    if section and mapping is None:
        if is_flow(root):
            return [_added_in_braces(text, root, f"{section[0]}: {{{name}: {_inline(value, flow=True)}}}")]
        lines = key_lines(section, name, value, _indent(root, name))
        return [_added_by_rank(text, root, section[0], lines, _order([]), is_section=True)]
    header = find(root, section[0]) if section else None
    return _added(text, root, header, name, value, _order(section))


def _order(section: list[str]) -> list[str]:
    """Names of the keys of a section, or of the whole recipe, in the schema's order."""
    paths = [f.path.split(".") for f in recipe_schema()]
    return list(dict.fromkeys(p[len(section)] for p in paths if p[: len(section)] == section and len(p) > len(section)))


# ---- a value that is there ------------------------------------------------------------------------------------------


def _replaced(text: str, in_flow: bool, pair: Pair, value: Any, as_written: str) -> list[Edit]:
    key, node = pair
    items = value if isinstance(value, list) else []
    colon, start, end = key.end_mark.index + 1, node.start_mark.index, node.end_mark.index
    if isinstance(node, SequenceNode) and node.value and (items or not is_flow(node)):
        edits = list((_flow_items if is_flow(node) else _block_items)(text, node.value, items))
        return edits if items else [*edits, *_respelled(text, colon, colon, f" {_inline(value)}")]
    breaks = text[start:end][len(text[start:end].rstrip("\n")) :]  # that a block of text ends with
    if items and not in_flow:
        lines = "".join(f"\n{' ' * (key.start_mark.column + 2)}- {scalar(item)}" for item in items)
        at = end if breaks else line_end(text, end)
        return [(colon, end, ""), (at, at, lines + breaks)]
    quote = node.style if isinstance(node, ScalarNode) else None
    new = as_written or _inline(value, quote=quote, flow=in_flow)
    space = " " if text[start - 1] == ":" else ""
    return _respelled(text, start, end, space + new + breaks)


def _inline(value: Any, *, quote: str | None = None, flow: bool = False) -> str:
    return flow_list(value) if isinstance(value, list) else scalar(value, quote=quote, flow=flow)


def _respelled(text: str, start: int, end: int, new: str) -> list[Edit]:
    """Write something else; a comment behind it stays in its column where there is room."""
    column = _COLUMN.match(text, end)
    if column is None or "\n" in text[start:end]:
        return [(start, end, new)]
    room = max(len(column[1]) - (len(new) - (end - start)), 2)
    return [(start, column.end(1), new + " " * room)]


def _changes(old: Sequence[Node], new: Sequence[Any]) -> Iterator[tuple[int, int, str | None, Sequence[Any]]]:
    """Items from..to that give way to others, which are quoted like the one before them."""
    names = [item.value if isinstance(item, ScalarNode) else "" for item in old]
    matcher = SequenceMatcher(None, names, [str(x) for x in new], autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what != "equal":
            beside = old[max(i1 - 1, 0)]
            yield i1, i2, beside.style if isinstance(beside, ScalarNode) else None, new[j1:j2]


def _block_items(text: str, old: Sequence[Node], new: Sequence[Any]) -> Iterator[Edit]:
    """Items that stay keep their lines and comments."""
    first = line_start(text, old[0].start_mark.index)
    dash = text[first : old[0].start_mark.index]
    for i1, i2, quote, values in _changes(old, new):
        for item in old[i1:i2]:
            yield line_start(text, item.start_mark.index), line_end(text, end_of(text, item)) + 1, ""
        at = line_end(text, end_of(text, old[i1 - 1])) + 1 if i1 else first
        yield at, at, "".join(f"{dash}{scalar(value, quote=quote)}\n" for value in values)


def _flow_items(text: str, old: Sequence[Node], new: Sequence[Any]) -> Iterator[Edit]:
    starts, ends = [x.start_mark.index for x in old], [x.end_mark.index for x in old]
    for i1, i2, quote, values in _changes(old, new):
        words = [scalar(value, quote=quote, flow=True) for value in values]
        if i1 == 0 and i2 == len(old):
            yield starts[0], ends[-1], ", ".join(words)
        else:
            yield from _removed_in_brackets(text, starts, ends, i1, i2)
            at = ends[i1 - 1] if i1 else starts[0]
            yield at, at, "".join(f", {word}" if i1 else f"{word}, " for word in words)


def _removed_in_brackets(text: str, starts: Sequence[int], ends: Sequence[int], i1: int, i2: int) -> Iterator[Edit]:
    """Take parts i1..i2 out of brackets that keep others, with the commas between them, but not with a comment."""
    if i1 == i2:
        return
    if i2 < len(starts):
        yield starts[i1], starts[i2], ""
    else:
        yield starts[i1] if "#" in text[ends[i1 - 1] : starts[i1]] else ends[i1 - 1], ends[-1], ""


def _removal(text: str, mapping: Node | None, pair: Pair, path: str) -> list[Edit]:
    key, node = pair
    start, end = key.start_mark.index, end_of(text, node)
    if mapping is not None and is_flow(mapping):
        pairs = pairs_of(mapping)
        starts, ends = [k.start_mark.index for k, _ in pairs], [end_of(text, v) for _, v in pairs]
        place = starts.index(start)
        return (
            [(start, end, "")] if len(pairs) == 1 else list(_removed_in_brackets(text, starts, ends, place, place + 1))
        )
    field = next((f for f in recipe_schema() if f.path == path), None)
    if field is not None and field.default is None and text[end : line_end(text, end)] == f"  # {comment(field)}":
        return [(start, end, f"# {key.value}: null")]  # as the writer leaves out a key
    return [(line_start(text, start), line_end(text, end) + 1, "")]


# ---- a key that is not there yet -------------------------------------------------------------------------------------


def _added(text: str, root: Node, header: Pair | None, name: str, value: Any, order: Sequence[str]) -> list[Edit]:
    """Add a key to the recipe, or to the section of this header, which may hold nothing or null."""
    mapping = header[1] if header else root
    if is_flow(mapping):
        return [_added_in_braces(text, mapping, f"{name}: {_inline(value, flow=True)}")]
    edits: list[Edit] = []
    start = line_end(text, header[0].end_mark.index) if header else 0
    if isinstance(mapping, MappingNode):
        indent = _indent(mapping, name)
    elif header and not is_flow(root) and mapping.value in _NULL:
        indent = " " * (header[0].start_mark.column + 2)
        edits = [(header[0].end_mark.index + 1, mapping.end_mark.index, "")]
    else:
        raise _refusal(name)
    place = _placeholder(text, start, _next_key(text, root, start), f"{indent}# ?{re.escape(name)}")
    if place is not None and not isinstance(value, list):
        return [*edits, (*place, f"{indent}{name}: {scalar(value)}")]
    lines = key_lines([], name, value, indent)
    if edits:
        return [*edits, (start + 1, start + 1, f"{lines}\n")]
    return [_added_by_rank(text, mapping, name, lines, order)]


def _indent(mapping: Node, name: str) -> str:
    """The spaces before the keys of a mapping in lines."""
    pairs = pairs_of(mapping)
    if not pairs:
        raise _refusal(name)
    return " " * pairs[0][0].start_mark.column


def _next_key(text: str, root: Node, start: int) -> int:
    return next(
        (key.start_mark.index for key, _ in pairs_of(root) if start and key.start_mark.index > start), len(text)
    )


def _placeholder(text: str, start: int, end: int, key: str) -> tuple[int, int] | None:
    """Where a comment such as "# name: null" holds the place of a key; the help behind it stays."""
    match = re.compile(rf"^{key}: *(?:null|~)?(?= *$|  +#)", re.MULTILINE).search(text, start, end)
    return match.span() if match else None


def _added_in_braces(text: str, mapping: Node, pair: str) -> Edit:
    pairs = pairs_of(mapping)
    at = end_of(text, pairs[-1][1]) if pairs else mapping.start_mark.index + 1
    return at, at, f", {pair}" if pairs else pair


def _added_by_rank(
    text: str, mapping: Node, name: str, lines: str, order: Sequence[str], *, is_section: bool = False
) -> Edit:
    """Put lines behind the keys that come before them in the schema; sections have empty lines around them."""
    rank = {key: place for place, key in enumerate(order)}
    mine = rank.get(name, len(order))
    before = [pair for pair in pairs_of(mapping) if rank.get(pair[0].value, len(order)) < mine]
    if not before:
        at = line_start(text, pairs_of(mapping)[0][0].start_mark.index)
        while text[line_start(text, at - 1) : at].lstrip().startswith("#"):
            at = line_start(text, at - 1)
        return at, at, lines + ("\n\n" if is_section else "\n")
    _, last = before[-1]
    apart = "\n" if is_section or isinstance(last, MappingNode) else ""
    at = min(line_end(text, end_of(text, last)) + 1, len(text))
    follows = text[at : line_end(text, at)].strip()
    return at, at, f"{apart}{lines}\n{apart if follows else ''}"
