"""Text from files made safe to print."""

from __future__ import annotations


def printable(name: str) -> str:
    """A name from a file without the control characters that could move a terminal's cursor or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name).strip()


def count(number: int, noun: str) -> str:
    """A number and its noun: 1 track, 2 tracks."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
