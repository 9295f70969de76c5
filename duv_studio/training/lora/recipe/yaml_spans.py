"""Where the keys and values of a YAML text begin and end."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from duv_studio.engine.yaml_text import YamlLoader

Pair = tuple[ScalarNode, Node]  # a key and its value


class _TreeLoader(YamlLoader):
    """Composes a true tree: an alias is the scalar *name where it stands, not the node that it repeats."""

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        is_alias = isinstance(event, yaml.AliasEvent)
        return ScalarNode("", f"*{event.anchor}", event.start_mark, event.end_mark) if is_alias else node


@lru_cache(maxsize=4)
def tree_of(text: str) -> Node | None:
    """The nodes of a text, not to be changed; None where it holds comments only. YAMLError when it is no YAML."""
    return _TreeLoader(text).get_single_node()


@lru_cache(maxsize=4)  # an edit compares the values before and after it, and the next one starts from the latter
def values_of(text: str) -> Any:
    """The values of a text, not to be changed. YAMLError when it is no YAML."""
    return yaml.load(text, Loader=YamlLoader)


def pairs_of(node: Node | None) -> list[Pair]:
    """The keys of a mapping that are texts, with their values, in the order of the file."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return [(key, value) for key, value in pairs if isinstance(key, ScalarNode)]


def find(node: Node | None, name: str) -> Pair | None:
    """The pair of a mapping that has this key: of two of the same name the last, which is the one that counts."""
    return next((pair for pair in reversed(pairs_of(node)) if pair[0].value == name), None)


def is_flow(node: Node) -> bool:
    """Whether a list or mapping is written in brackets."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def end_of(text: str, node: Node) -> int:
    """Index behind a node's last character; PyYAML also counts the comments and empty lines behind a block to it."""
    while isinstance(node, CollectionNode) and node.value and not is_flow(node):
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def line_start(text: str, index: int) -> int:
    """Index of the first character of the line."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Index of the line break that ends the line, or behind the text."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found
