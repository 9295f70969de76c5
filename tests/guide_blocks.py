"""The code blocks of a document, and the marks of those that cannot run everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:^<!-- not run: (?P<why>[^\n]*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One block; `why_not` is what its mark says, "" where it must run."""

    kind: str
    text: str
    line: int
    why_not: str


def blocks(path: Path) -> list[Block]:
    """All of a Markdown file, in order."""
    said = path.read_text(encoding="utf-8")
    return [
        Block(m["kind"], m["text"], said.count("\n", 0, m.start("text")), m["why"] or "") for m in _BLOCK.finditer(said)
    ]


def shell_lines(text: str) -> list[str]:
    """The commands of a block: comments are left out, lines that end with a backslash go on."""
    joined = text.replace("\\\n", " ")
    return [line for line in (x.strip() for x in joined.splitlines()) if line and not line.startswith("#")]
