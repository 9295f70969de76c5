"""Text from files made safe to print, for people and for programs."""

from __future__ import annotations

import json
import re
from typing import Any

from duv_studio.text_width import folded

_WHOLE = re.compile(r"^\|| --|duv-studio ")  # rows of tables, options, commands


def printable(name: str) -> str:
    """A name from a file without the control characters that could move a terminal's cursor or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name).strip()


def count(number: int, noun: str) -> str:
    """A number and its noun: 1 track, 2 tracks."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(facts: dict[str, Any], encoding: str) -> str:
    """The facts as JSON, with names in plain sight where the output's encoding can hold all of them."""
    # What a stream cannot encode it escapes as \xe9, which JSON does not know; JSON's own escapes are plain ASCII.
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(facts, indent=2)
    return text


def fit_columns(text: str, indent: int = 0) -> str:
    """The text with long lines broken at spaces, what follows indented; tables and what can be copied stay whole."""
    lines = ([line] if _WHOLE.search(line) else folded(line, indent) for line in text.split("\n"))
    return "\n".join(part for of_line in lines for part in of_line)


def advice(name: str, doubt: str, velocity_note: str) -> list[str]:
    """One line for each thing that is unsure about a track of this name, and what to do about it."""
    lines = []
    pattern = re.escape(name.strip()).replace("\\ ", " ") if name.strip() else "RE"
    if doubt:
        lines.append(f"unsure: {printable(doubt)}; say what it is with --family '{printable(pattern)}=FAMILY'")
    if velocity_note:
        setting = f"--set '{printable(pattern)}: velocity=0'"
        lines.append(f"velocity: {printable(velocity_note)}; {setting} leaves it as it is")
    return lines
