"""Played tracks as table rows, one per note, and back."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.engine.regular_file import read_text_lines
from duv_studio.errors import DuvError
from duv_studio.training.config import Curriculum
from duv_studio.training.data.manifest.arrays import NO_DATA
from duv_studio.training.data.manifest.guide_features import guide_features
from duv_studio.training.data.manifest.lines import line_of, track_of
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.style import shipped_scale
from duv_studio.training.data.windows import WindowSource

TRACK_ID = "track_id"
TEXTS, FLAGS = ("file", "instrument", "song", "player", "split", "corpus"), ("pedal", "free")  # the same for all notes
GUIDE = (
    "beat_pos",
    "beat_frac",
    "pitch",
    "velocity",
    *(x for x in INPUTS if x not in ("beat_pos", "beat_frac", "pitch")),
)
OURS = ("onset_beats", "notated_beats", "sustained_beats", "bar", "bar_length", "meter", "bpm")
FEATURES = GUIDE  # whose mean and deviation the statistics tell
_NEEDED = (("pitch",), ("velocity",), ("dur_beats",), ("prev_ioi", "onset_beats"))  # one of each
# Keys of a manifest line that have no column: they can be worked out, or say nothing here.
UNSTORED_KEYS = ("duration_sec", "fingerprint", "section_source")
_FLAG = {"": False, "0": False, "false": False, "1": True, "true": True}
_LONGEST_LINE = 2**20  # characters
_AGAIN = "correct the file, or write it again with duv-studio enrich --csv-train … --csv-valid …"


def columns() -> list[str]:
    """The head of the tables that are written."""
    return [TRACK_ID, *TEXTS, *FLAGS, *GUIDE, *OURS, *(c for name in HINTS for c in hint_cells(name))]


def hint_cells(name: str) -> list[str]:
    """The columns of a hint: section_onehot_1, section_onehot_2 … where it has several."""
    count = HINTS[name].columns
    return [name] if count == 1 else [f"{name}_{k + 1}" for k in range(count)]


def rows_of(track: PlayedTrack, track_id: str, file: str = "") -> list[list[Any]]:
    """A row of `columns()` for each of the n notes; "" where the track tells nothing."""
    line, n = line_of(track, file=file), len(track)
    about = [track_id, *(line[name] for name in TEXTS), *(int(line[name]) for name in FLAGS)]
    told = [_unrolled(line.get(name), n) for name in (*GUIDE, *OURS)]
    for name in HINTS:
        told += _split(_unrolled(line.get(name), n), HINTS[name].columns)
    return [[*about, *("" if cell is None else cell for cell in cells)] for cells in zip(*told, strict=True)]


def feature_rows(track: PlayedTrack) -> FloatArray:
    """The columns FEATURES of a track's n notes, (n, F); NaN where a length is unknown."""
    found = guide_features(track)
    return np.stack([found[name].astype(np.float64) for name in FEATURES], axis=1)


def read_csv(path: Path) -> Iterator[PlayedTrack]:
    """Every track of a table, one in memory at a time; DuvError names the rows, the column and what is wrong.

    The guide's columns are enough. Rows of one `track_id` belong together; without it those of one `file`, and without
    that all of them.
    """
    try:
        yield from _tracks(read_text_lines(path, _LONGEST_LINE, "table", newline=""), path)
    except (UnicodeDecodeError, csv.Error) as e:
        raise DuvError(f"is no CSV table: {e}", file=path, hint=_AGAIN) from e


def _tracks(lines: Iterator[str], path: Path) -> Iterator[PlayedTrack]:
    first = next(lines, "")
    rows = csv.reader(_all(first, lines), delimiter=";" if first.count(";") > first.count(",") else ",")
    head = [name.strip() for name in next(rows, [])]
    _check_head(head, path)
    key = next((head.index(name) for name in (TRACK_ID, "file") if name in head), None)
    numbered = ((number, row) for number, row in enumerate(rows, start=2) if row)
    seen: set[str] = set()
    for name, group in groupby(numbered, lambda x: "" if key is None or key >= len(x[1]) else x[1][key]):
        found = list(group)
        where = f"rows {found[0][0]} to {found[-1][0]}"
        if name in seen:
            raise DuvError(f'{where}: "{name}" was there before; rows of one track must be together', file=path)
        seen.add(name)
        yield _track(head, found, name, path, where)


def _all(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _check_head(head: Sequence[str], path: Path) -> None:
    missing = [" or ".join(names) for names in _NEEDED if not set(names) & set(head)]
    if missing:
        raise DuvError(f"No data loaded: the columns {', '.join(missing)} are missing", file=path, hint=_AGAIN)
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise DuvError(f"the columns {', '.join(twice)} are there twice", file=path)


def _track(
    head: Sequence[str], rows: Sequence[tuple[int, list[str]]], name: str, path: Path, where: str
) -> PlayedTrack:
    for number, row in rows:
        if len(row) != len(head):
            raise DuvError(f"row {number} has {len(row)} cells, the head has {len(head)}", file=path, hint=_AGAIN)
    cells = dict(zip(head, zip(*(row for _, row in rows), strict=True), strict=True))
    line = {key: value for key, value in _line(cells, rows[0][0], path).items() if value is not None}
    line.setdefault("file", f"{path.stem} {name}".strip())  # which names the song
    try:
        return track_of(line, where, family_of_name(path.stem) or Family.PIANO)
    except DuvError as e:
        raise DuvError(f"No data loaded: {e.message.removeprefix(f'{NO_DATA}: ')}", file=path, hint=_AGAIN) from e


def _line(cells: Mapping[str, Sequence[str]], first: int, path: Path) -> dict[str, Any]:
    """What the columns of a track say, as a manifest line says it; columns that no one knows are passed over."""
    line: dict[str, Any] = {name: cells[name][0] or None for name in TEXTS if name in cells}
    for name in FLAGS:
        if name in cells:
            line[name] = _FLAG.get(cells[name][0].strip().lower(), cells[name][0])
    for name in (*GUIDE, *OURS):
        if name in cells and (any(cells[name]) or name == "dur_beats"):  # of drums no one knows lengths
            line[name] = list(cells[name]) if name == "meter" else _numbers(cells[name], name, first, path)
    for name, hint in HINTS.items():
        parts = [cells[c] for c in hint_cells(name) if c in cells and any(cells[c])]
        if len(parts) == hint.columns:
            read = [_numbers(part, name, first, path) for part in parts]
            line[name] = read[0] if hint.columns == 1 else [list(row) for row in zip(*read, strict=True)]
    return line


def _numbers(cells: Sequence[str], name: str, first: int, path: Path) -> list[float | None]:
    try:
        return [float(cell) if cell.strip() else None for cell in cells]
    except ValueError:
        place = next(k for k, cell in enumerate(cells) if cell.strip() and not _is_number(cell))
        raise DuvError(
            f'row {first + place}: {name} is "{cells[place][:40]}"; it must be a number', file=path, hint=_AGAIN
        ) from None


def _is_number(text: str) -> bool:
    return (
        re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*|\s*[-+]?(nan|inf|infinity)\s*", text, re.I)
        is not None
    )


def _unrolled(value: Any, n: int) -> list[Any]:
    """A value of a line for each of n notes: lists, one value for all, and runs."""
    if isinstance(value, dict):
        return [item for item, times in value["runs"] for _ in range(times)]
    return value if isinstance(value, list) else [value] * n


def _split(values: list[Any], width: int) -> list[list[Any]]:
    if width == 1:
        return [values]
    return [[None if row is None else row[k] for row in values] for k in range(width)]


def source_of(tracks: Sequence[PlayedTrack], curriculum: Curriculum, window: int, seed: int) -> WindowSource:
    """Windows whose styles are measured on the scale that ships, so that lively means the same to every model."""
    source = WindowSource(tracks, curriculum, window, seed)
    source.styles = shipped_scale()
    return source
