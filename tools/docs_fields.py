"""An extension of griffe: the comments that say what fields of dataclasses hold become their docstrings in the site."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from griffe import Attribute, Docstring, Extension

TRAILING = re.compile(r"\s# (.*)$")


class FieldComments(Extension):
    """Reads the comment behind a field, or else the lines of comment above it."""

    def on_attribute_instance(self, *, attr: Attribute, **_: Any) -> None:
        """Leave alone what has a docstring, no comment, or no line of its own."""
        if attr.docstring is None and attr.lineno and attr.endlineno:
            lines = attr.lines_collection[attr.filepath]
            behind = TRAILING.search(lines[attr.endlineno - 1])
            above = takewhile(
                lambda line: line.startswith("#"), (line.strip() for line in lines[attr.lineno - 2 :: -1])
            )
            comment = behind[1] if behind else " ".join(line[2:] for line in reversed([*above]))
            attr.docstring = Docstring(comment, lineno=attr.lineno, parent=attr) if comment else None
