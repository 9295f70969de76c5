"""Notes to pixels without an object per note: one strip of pixels per key, from running sums, then copied to all rows.

A strip is one row of pixels of a key. All notes of a key look alike at the same height within their row, so an image of
the whole roll needs few strips per key (edge, body); the rest is one `take`. Time is O(notes + keys x width), however
long the notes are and however many lie on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas.note_style import BACK, FRONT, NoteStyle
from duv_studio.ui.canvas.note_table import BoolArray, NoteTable, PlayedNotes
from duv_studio.ui.canvas.viewport import Viewport, device, snapped
from duv_studio.ui.style.colormap import Argb

OUTLINE_FROM_PX = 6  # narrower notes get no outline and no border
_FRAMED_FROM_PX = 4
_LOCK_WIDTH, _FRAME_WIDTH = (
    3,
    2,
)  # thickness in hairlines of the ends of locked notes, and of the sides of selected ones
_ONE = 1 << 32  # running sums hold the number of notes above this bit and the sum of their palette indices below


class PixelBuffer:
    """One premultiplied image that is drawn again and again; numpy writes `pixels` (rows, columns) uint32 in place.

    Image and array live and die together: a QImage over freed memory is the classic crash of numpy painting.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.image = QImage(max(columns, 1), max(rows, 1), QImage.Format.Format_ARGB32_Premultiplied)
        self.image.fill(0)
        self.pixels = np.frombuffer(self.image.bits(), dtype=np.uint32).reshape(self.image.height(), self.image.width())

    def fits(self, columns: int, rows: int) -> bool:
        return (max(columns, 1), max(rows, 1)) == (self.image.width(), self.image.height())


@dataclass(frozen=True)
class Area:
    """The device pixels of a note area. Arrays have one column more than is seen: the place where notes end."""

    columns: int
    rows: int
    low: int  # lowest key of which a part is seen
    keys: int
    dpr: float

    @staticmethod
    def of(viewport: Viewport, dpr: float) -> Area:
        low, high = viewport.keys_shown
        columns, rows = (max(1, device(length, dpr)) for length in (viewport.width, viewport.height))
        return Area(columns, rows, low, max(0, high - low + 1), dpr)

    @property
    def stride(self) -> int:
        return self.columns + 1

    @property
    def line(self) -> int:
        """Thickness of a hairline in device pixels."""
        return max(1, round(self.dpr))


@dataclass(frozen=True)
class Spans:
    """m notes as runs of cells in a flat (keys, stride) array; every array is (m,)."""

    start: IntArray  # first cell
    stop: IntArray  # cell after the last
    tone: IntArray  # 0..TONES - 1
    front: BoolArray
    opens: BoolArray  # the note's own start is seen, and it is wide enough for a border
    closes: BoolArray

    @staticmethod
    def of(
        area: Area,
        viewport: Viewport,
        table: NoteTable,
        playing: PlayedNotes,
        notes: IntArray,
        tone: IntArray,
        front: BoolArray,
    ) -> Spans:
        """The notes called `notes` (m,) as `playing` has them; `tone` and `front` are (m,)."""
        onset = table.onset[notes]
        raw_start = snapped(viewport.x(onset), area.dpr)
        raw_stop = snapped(viewport.x(onset + playing.duration[notes]), area.dpr)
        wide = raw_stop - raw_start >= OUTLINE_FROM_PX * area.line
        raw_stop = np.maximum(raw_stop - area.line * wide, raw_start + area.line)  # a gap keeps repeated notes apart
        seen = (raw_stop > 0) & (raw_start < area.columns)
        first_cell = (table.pitch[notes] - area.low) * area.stride
        return Spans(
            start=(first_cell + np.maximum(raw_start, 0))[seen],
            stop=(first_cell + np.minimum(raw_stop, area.columns))[seen],
            tone=tone[seen],
            front=front[seen],
            opens=(wide & (raw_start >= 0))[seen],
            closes=(wide & (raw_stop <= area.columns))[seen],
        )

    def only(self, chosen: BoolArray) -> Spans:
        """The spans of the chosen notes, (m,) bool."""
        start, stop, tone = (part[chosen] for part in (self.start, self.stop, self.tone))
        front, opens, closes = (part[chosen] for part in (self.front, self.opens, self.closes))
        return Spans(start, stop, tone, front, opens, closes)


def sounding(area: Area, spans: Spans, index: IntArray) -> IntArray:
    """The palette index of every cell of a flat (keys x stride) array; where notes overlap, the mean of theirs.

    `index` (m,) is the palette index of each note. Exact: the sums are whole numbers far below 2 ** 53.
    """
    size = area.keys * area.stride
    if len(index) == 0:
        return np.zeros(size, dtype=np.int64)
    # A note adds at its start and takes away at its end; the running sum is what sounds in between.
    weight = (index + _ONE).astype(np.float64)
    change = np.bincount(np.concatenate([spans.start, spans.stop]), np.concatenate([weight, -weight]), size)
    cells = change.astype(np.int64)
    np.cumsum(cells, out=cells)  # over integers: several times faster than over floats
    crowded = np.flatnonzero(cells >= 2 * _ONE)
    count, total = np.divmod(cells[crowded], _ONE)
    cells &= _ONE - 1
    cells[crowded] = (total + count // 2) // count
    return cells


def palette_cells(area: Area, spans: Spans) -> IntArray:
    """The palette index of every cell, flat (keys x stride): notes in front hide those behind."""
    if spans.front.all():
        return sounding(area, spans, spans.tone + FRONT)
    behind, front = spans.only(~spans.front), spans.only(spans.front)
    cells = sounding(area, behind, behind.tone + BACK)
    return np.maximum(cells, sounding(area, front, front.tone + FRONT), out=cells)


def strips(area: Area, spans: Spans, style: NoteStyle) -> Argb:
    """The strips of all keys, (bodies + 1, keys x stride): one for each body band, and the upper and lower edge."""
    cells = palette_cells(area, spans)
    # One strip more than is asked for, with nothing in it, for the rows between notes: see `to_image`.
    lines = np.zeros(((len(style.bodies) + 1) * area.keys + 1, area.stride), dtype=np.uint32)
    made = lines[:-1].reshape(len(style.bodies) + 1, -1)
    for body, palette in enumerate(style.bodies):
        np.take(palette, cells, out=made[body], mode="clip")
    np.take(style.rim, cells, out=made[-1], mode="clip")
    owner_front = np.concatenate([spans.front[spans.opens], spans.front[spans.closes]])
    for side in border_cells(area, spans):
        side = side[(cells[side] >= FRONT) == owner_front]  # a border behind must not show through a note in front
        made[:-1, side] = style.rim[cells[side]]
        made[-1, side] = 0  # rounds the corners
    return made


def border_cells(area: Area, spans: Spans) -> list[IntArray]:
    """The cells of the left and right borders, one array of equal order for each pixel of the line's thickness."""
    left, right = spans.start[spans.opens], spans.stop[spans.closes] - 1
    return [np.concatenate([left + step, right - step]) for step in range(area.line)]


@dataclass(frozen=True)
class Outline:
    """Hollow notes as cells to be painted over strips: along the edges of the rows, and at the sides."""

    edges: tuple[IntArray, IntArray]  # of notes in front, of notes behind
    sides: tuple[IntArray, IntArray]

    @staticmethod
    def of(area: Area, spans: Spans) -> Outline:
        edges, sides = [], []
        for front in (True, False):
            chosen = spans.only((spans.front == front) & (spans.stop - spans.start >= OUTLINE_FROM_PX * area.line))
            corners = np.concatenate(border_cells(area, chosen)) if len(chosen.start) else np.zeros(0, np.int64)
            covered = sounding(area, chosen, np.ones(len(chosen.start), dtype=np.int64))
            covered[corners] = 0
            edges.append(np.flatnonzero(covered))
            sides.append(corners)
        return Outline((edges[0], edges[1]), (sides[0], sides[1]))

    def paint(self, made: Argb, colors: tuple[int, int], low: bool) -> None:
        """Draw over `strips`; `colors` are the pixels of notes in front and behind.

        Where keys are `low`, only beside the notes: on them a line would leave nothing of their colour.
        """
        free = made[0] == 0 if low else None
        for which in (1, 0):
            edges, sides = self.edges[which], self.sides[which]
            if free is not None:
                edges, sides = edges[free[edges]], sides[free[sides]]
            made[-1, edges] = colors[which]
            made[:-1, sides] = colors[which]


@dataclass(frozen=True)
class LockMarks:
    """Locked notes as cells: thick bars at both ends, and at the beginning alone where there is no room for two."""

    ends: IntArray

    @staticmethod
    def of(area: Area, spans: Spans) -> LockMarks:
        length = spans.stop - spans.start
        width = np.clip(length // 4, area.line, _LOCK_WIDTH * area.line)
        steps = [np.minimum(step, width - 1) for step in range(_LOCK_WIDTH * area.line)]
        wide = length >= OUTLINE_FROM_PX * area.line
        left, right = [spans.start + step for step in steps], [(spans.stop - 1 - step)[wide] for step in steps]
        return LockMarks(np.concatenate([*left, *right]))

    def paint(self, made: Argb, color: int) -> None:
        """Draw over `strips`."""
        made[:, self.ends] = color


@dataclass(frozen=True)
class SelectionFrames:
    """Selected notes as cells: a frame around each, and all of those that are too narrow for one."""

    edges: IntArray
    sides: IntArray

    @staticmethod
    def of(area: Area, spans: Spans) -> SelectionFrames:
        wide = spans.stop - spans.start >= _FRAMED_FROM_PX * area.line
        framed, narrow = spans.only(wide), spans.only(~wide)
        edges, filled = (np.flatnonzero(sounding(area, s, np.ones(len(s.start), np.int64))) for s in (framed, narrow))
        width = np.clip((framed.stop - framed.start) // 6, area.line, _FRAME_WIDTH * area.line)
        steps = [np.minimum(step, width - 1) for step in range(_FRAME_WIDTH * area.line)]
        sides = [cells for step in steps for cells in (framed.start + step, framed.stop - 1 - step)]
        return SelectionFrames(edges, np.concatenate([filled, *sides]))

    def paint(self, made: Argb, color: int) -> None:
        """Draw over `strips`."""
        made[-1, self.edges] = color
        made[:, self.sides] = color


def row_map(viewport: Viewport, area: Area, bodies: int) -> IntArray:
    """(rows,) which strip each row of device pixels shows; `(bodies + 1) * keys` stands for none.

    With several body bands the first is at the top of a note and the last at its bottom.
    """
    key_px = viewport.key_px * area.dpr
    y = np.arange(area.rows)
    key = np.floor(viewport.top - (y + 0.5) / key_px).astype(np.int64)
    first = np.ceil((viewport.top - 1 - key) * key_px - 0.5).astype(np.int64)
    height = np.ceil((viewport.top - key) * key_px - 0.5).astype(np.int64) - first
    height -= np.where(height >= 4 * area.line, area.line, 0)  # a gap keeps neighbouring keys apart
    place = y - first
    edge = (height >= 3 * area.line) & ((place < area.line) | (place >= height - area.line))
    band = np.where(edge, bodies, np.minimum(place * bodies // np.maximum(height, 1), bodies - 1))
    inside = (place < height) & (key >= area.low) & (key < area.low + area.keys)
    return np.where(inside, band * area.keys + key - area.low, (bodies + 1) * area.keys)


def to_image(made: Argb, rows: IntArray, area: Area, buffer: PixelBuffer | None) -> PixelBuffer:
    """Copy each row's strip into an image; `buffer` is used again when it has the size."""
    if buffer is None or not buffer.fits(area.stride, area.rows):
        buffer = PixelBuffer(area.stride, area.rows)
    assert made.base is not None
    lines = made.base.reshape(-1, area.stride)  # with the empty strip at the end
    np.take(lines, rows, axis=0, out=buffer.pixels, mode="clip")
    return buffer
