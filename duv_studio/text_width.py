"""How many columns of a terminal a text takes, and texts that fit into so many, or hold nothing that it obeys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

COLUMNS = 100  # what is printed fits into
_MARKS = 100  # characters without a width that a line may hold beside the others


def width(text: str) -> int:
    """Columns of `text`: Chinese, Japanese and Korean characters take two, marks over others none."""
    return len(text) if text.isascii() else sum(_of(character) for character in text)


def _of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1


def shortened(text: str, most: int = COLUMNS) -> str:
    """The text, or its beginning and its end with an ellipsis between where it takes more than `most` columns."""
    if width(text) <= most:
        return text
    head, tail = _beginning(text, most // 2), _beginning(text[::-1], most - most // 2 - 1)[::-1]
    return f"{head}…{tail}"


def padded(text: str, columns: int, right: bool = False) -> str:
    """The text with spaces after it, or before it, to so many columns."""
    space = " " * max(columns - width(text), 0)
    return space + text if right else text + space


def escaped(text: str) -> str:
    """The text with an escape, such as \\x1b, for each character that cannot be printed, half of one included."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def folded(line: str, indent: int, most: int = COLUMNS) -> list[str]:
    """The line, broken at spaces where it takes more than `most` columns; what follows is indented.

    A word that is longer is broken, too, but not a path.
    """
    if width(line) <= most:
        return [line]
    lines, begun = [line[: len(line) - len(line.lstrip())]], False
    for word in (piece for whole in _words(line) for piece in _pieces(whole, most - indent)):
        if begun and width(lines[-1]) + width(word) > most:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent)
            word = word.lstrip()
        lines[-1] += word
        begun = True
    return lines


def _pieces(word: str, most: int) -> Iterable[str]:
    """The word, in pieces where it takes more than a line of its own."""
    if "/" in word or "\\" in word:
        yield word
        return
    begin = 0
    while begin < len(word):
        piece = _beginning(word[begin : begin + most + _MARKS], most) or word[begin]
        yield piece
        begin += len(piece)


def _words(line: str) -> Iterable[str]:
    """The words, each with the spaces before it, but for those that the line begins with."""
    spaces = ""
    for part in line.lstrip().split(" "):
        if part:
            yield spaces + part
            spaces = ""
        spaces += " "


def _beginning(text: str, most: int) -> str:
    columns = 0
    for place, character in enumerate(text):
        columns += _of(character)
        if columns > most:
            return text[:place]
    return text
