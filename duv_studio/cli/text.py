"""Text from files made safe to print."""

from __future__ import annotations


def printable(name: str) -> str:
    """A name from a file without the control characters that could move a terminal's cursor or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name).strip()
