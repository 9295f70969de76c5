"""Where the keys and values of a YAML text begin and end, and edits that leave everything else as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from duv_studio.training.lora.recipe.document import RecipeDumper, RecipeLoader

Edit = tuple[int, int, str]  # from, to, what stands there instead
_ALIAS = re.compile(r":\s+(\*[^\s,\]}]+)")
_COMMENT = re.compile(r"( {3,})#")  # so far away that its author has put it into a column


@dataclass(frozen=True)
class Entry:
    """A key of a mapping with its value."""

    key: ScalarNode
    value: Node

    @property
    def name(self) -> str:
        return str(self.key.value)

    @property
    def is_alias(self) -> bool:
        """Whether the value is only a name here, and was written further up."""
        return bool(self.value.start_mark.index < self.key.end_mark.index)


@lru_cache(maxsize=4)
def root_of(text: str) -> Node | None:
    """The whole text, which callers leave as it is; None where it holds comments only. YAMLError when it is no YAML."""
    loader = RecipeLoader(text)
    try:
        root: Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return None if isinstance(root, ScalarNode) and root.value == "" else root


@lru_cache(maxsize=4)  # each edit needs those before and after, and the next one begins with the latter
def values_of(text: str) -> Any:
    """The values of a YAML text, which callers leave as they are."""
    return yaml.load(text, Loader=RecipeLoader)


def entries(mapping: MappingNode) -> list[Entry]:
    """Keys that are texts, in the order of the file."""
    return [Entry(key, value) for key, value in mapping.value if isinstance(key, ScalarNode)]


def entry(mapping: MappingNode, name: str) -> Entry | None:
    """The key that counts: of two of the same name the last."""
    return next((e for e in reversed(entries(mapping)) if e.name == name), None)


def is_flow(node: Node) -> bool:
    """Whether it is written in brackets."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def span(node: Node) -> tuple[int, int]:
    """First and last index of what a node's author wrote."""
    return node.start_mark.index, node.end_mark.index


def alias_span(text: str, found: Entry) -> tuple[int, int] | None:
    """Where the name stands that is there instead of a value."""
    match = _ALIAS.match(text, found.key.end_mark.index)
    return match.span(1) if match else None


def end_of(text: str, found: Entry) -> int:
    """Index behind the last character of an entry: not behind the comments and empty lines that follow."""
    return (
        found.key.end_mark.index + 1 if found.is_alias else max(found.key.end_mark.index + 1, _end(text, found.value))
    )


def _end(text: str, node: Node) -> int:
    start, end = span(node)
    if isinstance(node, ScalarNode):
        return start + len(text[start:end].rstrip())
    if is_flow(node) or not node.value:
        return end
    if isinstance(node, MappingNode):
        return max(end_of(text, e) for e in entries(node))
    return max(_end(text, item) for item in node.value)


def line_start(text: str, index: int) -> int:
    """Index of the first character of the line."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Index behind the last character of the line, where its line break stands."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def line_removed(text: str, start: int, end: int) -> Edit:
    """Take away the lines from the one of index `start` to the one of index `end`."""
    first, last = line_start(text, start), line_end(text, end)
    if last < len(text):
        return first, last + 1, ""
    return max(first - 1, 0), last, ""


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, whose places are those of the text before."""
    for start, end, new in sorted(edits, key=lambda e: e[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def replacement(text: str, start: int, end: int, new: str) -> list[Edit]:
    """Write something else; a comment behind it stays in its column where there is room."""
    comment = _COMMENT.match(text, end)
    if comment is None or "\n" in text[start:end]:
        return [(start, end, new)]
    room = max(len(comment[1]) - (len(new) - (end - start)), 2)
    return [(start, end, new), (end, end + len(comment[1]), " " * room)]


def scalar(value: Any, *, quote: str | None = None, flow: bool = False) -> str:
    """A value as YAML writes it in one line; `quote` is the mark that its author puts around texts."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    if isinstance(value, float):
        return _number(value)
    style = quote if isinstance(value, str) and quote in ("'", '"') else None
    if isinstance(value, str) and not value.isprintable():  # line breaks would be folded
        style = '"'
    plain = not isinstance(value, str) or value.isprintable()
    held = [value] if flow else value
    options: dict[str, Any] = {"default_style": style, "default_flow_style": True, "allow_unicode": plain}
    text: str = yaml.dump(held, Dumper=RecipeDumper, width=10**9, **options)
    text = text.removesuffix("\n").removesuffix("\n...")
    return text[1:-1] if flow else text


def _number(value: float) -> str:
    text = repr(value)
    return re.sub(r"^(-?\d+)e", r"\1.0e", text)  # YAML 1.1 takes 1e-05 for a text


def flow_list(values: Sequence[Any]) -> str:
    """A list in brackets."""
    return f"[{', '.join(scalar(v, flow=True) for v in values)}]"
