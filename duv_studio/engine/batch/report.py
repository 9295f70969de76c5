"""The table of a batch: one line per file, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.batch.news import FileResult, Status

COLUMNS = (
    "file",  # its path below the input, with slashes
    "result",  # ok, skipped, failed, or waiting: not done when the batch was stopped
    "why",  # of skipped and failed: the reason; of ok: what could not be read of the file
    "notes",
    "notes_changed",
    "mean_velocity_change",  # mean of |after - before| over all notes, MIDI velocity units
    "mean_duration_change",  # mean of |after / before - 1| over notes that had a length
    "seconds",  # that were spent on it
    "input",  # path
    "output",  # path; empty where there is none
)
_NUMBERS = COLUMNS[3:8]


def write_report(rows: Iterable[FileResult], path: Path) -> None:
    """Write the table, in the order of the rows, whole or not at all; DuvError when it cannot be written."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(map(_cells, rows))
    # With a byte order mark, by which spreadsheets know UTF-8; bytes of names that are no text are escaped.
    write_atomically(path, text.getvalue().encode("utf-8-sig", "backslashreplace"))


def _cells(row: FileResult) -> list[object]:
    played = row.status is Status.OK or row.notes > 0
    numbers = [_rounded(getattr(row, name)) if played else "" for name in _NUMBERS]
    output = "" if row.target is None or row.status is Status.FAILED else row.target
    return [row.name, str(row.status), row.why, *numbers, row.source, output]


def _rounded(number: float) -> float:
    return round(number, 4)
