"""Markdown tables that fit a terminal: aligned, and in several blocks where the columns are too many for one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from duv_studio.text_width import COLUMNS, padded, shortened, width
from duv_studio.training.evaluation.confidence import Estimate

_FEWEST = 12  # columns of a terminal that are left to a name, however little room there is


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,), keys: int = 1) -> list[str]:
    """Lines of a table; every block begins with the first `keys` columns again, an empty line divides blocks.

    `left` numbers the columns that are aligned at the left, as texts are; others are numbers.
    """
    cells = [list(row) for row in (head, *rows)]
    widths = _widths(cells, keys)
    blocks = _blocks(widths, keys)
    if len(blocks) > 1 and (lines := _unaligned(cells, left)):
        return lines
    found = ["\n".join(_block(cells, block, widths, left)) for block in blocks]
    return "\n\n".join(found).split("\n")


def number(value: float, form: str) -> str:
    """The number, or a dash where nothing was measured."""
    return format(value, form) if math.isfinite(value) else "–"


def interval(estimate: Estimate, form: str) -> str:
    """The interval of an estimate, or a dash where there is none."""
    if not math.isfinite(estimate.low):
        return "–"
    return f"{estimate.low:{form}} … {estimate.high:{form}}"


def _unaligned(cells: Sequence[Sequence[str]], left: Sequence[int]) -> list[str]:
    """The lines without spaces that align them, none where one of them is too wide even so."""
    rule = "|" + "|".join("---" if k in left else "---:" for k in range(len(cells[0]))) + "|"
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], rule, *lines[1:]] if max(map(width, lines)) <= COLUMNS else []


def _widths(cells: Sequence[Sequence[str]], keys: int) -> list[int]:
    """Columns of a terminal for each column; the keys leave room for the widest of the others."""
    widths = [max(3, *(width(row[k]) for row in cells)) for k in range(len(cells[0]))]
    widths[keys:] = [min(w, COLUMNS - 4 - (_FEWEST + 3) * keys) for w in widths[keys:]]
    room = COLUMNS - 1 - 3 * keys - max((w + 3 for w in widths[keys:]), default=0)
    while sum(widths[:keys]) > room:
        k = max(range(keys), key=lambda k: widths[k])
        widths[k] -= 1
    return widths


def _blocks(widths: Sequence[int], keys: int) -> list[list[int]]:
    """Which columns stand together: as few blocks as can be, each about as wide as the next."""
    most = COLUMNS
    blocks = _filled(widths, keys, most)
    while most > 0 and len(narrower := _filled(widths, keys, most - 1)) == len(blocks):
        most, blocks = most - 1, narrower
    return blocks


def _filled(widths: Sequence[int], keys: int, most: int) -> list[list[int]]:
    first = list(range(keys))
    blocks, room = [list(first)], most - 1 - sum(widths[k] + 3 for k in first)
    left = room
    for k in range(keys, len(widths)):
        if widths[k] + 3 > left and len(blocks[-1]) > keys:
            blocks.append(list(first))
            left = room
        blocks[-1].append(k)
        left -= widths[k] + 3
    return blocks


def _block(
    cells: Sequence[Sequence[str]], block: Sequence[int], widths: Sequence[int], left: Sequence[int]
) -> list[str]:
    rule = "|" + "|".join("-" * (widths[k] + 1) + ("-" if k in left else ":") for k in block) + "|"
    lines = [_line(row, block, widths, left) for row in cells]
    return [lines[0], rule, *lines[1:]]


def _line(row: Sequence[str], block: Sequence[int], widths: Sequence[int], left: Sequence[int]) -> str:
    cells = (padded(shortened(row[k], widths[k]), widths[k], right=k not in left) for k in block)
    return f"| {' | '.join(cells)} |"
