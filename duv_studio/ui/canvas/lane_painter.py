"""Paints the velocity and duration lanes: their axes, and stems of the notes from one image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage, QPainter, QPixmap

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas.lane_raster import PAD, PALETTE, STEM, TICK, Marks, Shape, plot, ring_cells, tick_cells
from duv_studio.ui.canvas.meter_grid import paint_grid
from duv_studio.ui.canvas.note_raster import PixelBuffer
from duv_studio.ui.canvas.note_style import FULL_DIFFERENCE, difference_tones
from duv_studio.ui.canvas.scene import LaneMode, Scene, ViewMode, same_locks
from duv_studio.ui.canvas.viewport import Scale, device, snapped
from duv_studio.ui.style.colormap import Argb, argb, mix
from duv_studio.ui.style.theme import Theme, current

FULL_RATIO = 1.0  # octaves of duration (log2) that give the strongest colour
_ORIGIN = QPoint(0, 0)
_PAD_TOP, _PAD_BOTTOM = 14.0, 8.0
_STEM_BLEND = 0.5  # how far the colour of a stem is moved from its head's towards the canvas


class LanePainter:
    """Keeps what did not change since the last frame; one for each place where a lane is painted."""

    def __init__(self) -> None:
        self._ground: QPixmap | None = None
        self._ground_of: tuple[object, ...] = ()
        self._stems: PixelBuffer | None = None
        self._stems_of: tuple[Scene, tuple[object, ...]] | None = None
        self._ticks: list[IntArray] = []  # flat cells, one array per band
        self._ticks_of: tuple[Scene, tuple[object, ...]] | None = None

    def paint(self, painter: QPainter, scene: Scene, height: float, dpr: float, at: QPoint = _ORIGIN) -> None:
        """Draw the lane of a scene, as wide as its viewport, with its upper left corner at `at`."""
        theme = current()
        look = (theme, height, dpr)
        painter.drawPixmap(at, self._ground_pixmap(scene, *look))
        if scene.table is not None and len(scene.table):
            painter.drawImage(QPointF(at.x() - PAD, at.y()), self._stems_image(scene, *look))

    def _ground_pixmap(self, scene: Scene, theme: Theme, height: float, dpr: float) -> QPixmap:
        key = (scene.song, scene.viewport, scene.mode, scene.lane_mode, theme, height, dpr)
        if self._ground is None or self._ground_of[1:] != key[1:] or self._ground_of[0] is not key[0]:
            self._ground = _paint_ground(scene, theme, height, dpr)
        self._ground_of = key
        return self._ground

    def _stems_image(self, scene: Scene, theme: Theme, height: float, dpr: float) -> QImage:
        look = (theme, height, dpr)
        old = self._stems_of
        if self._stems is None or old is None or old[1] != look or not _same(old[0], scene):
            self._stems = self._paint_stems(scene, theme, height, dpr)
            self._stems.image.setDevicePixelRatio(dpr)
        self._stems_of = (scene, look)
        return self._stems.image

    def _paint_stems(self, scene: Scene, theme: Theme, height: float, dpr: float) -> PixelBuffer:
        columns, rows = device(scene.viewport.width + 2 * PAD, dpr), device(height, dpr)
        old = self._stems
        buffer = old if old is not None and old.fits(columns, rows) else PixelBuffer(columns, rows)
        notes = notes_in_lane(scene)
        shape = Shape.of(len(notes), columns, max(1, round(dpr)))
        look = (theme, height, dpr)
        if self._ticks_of is None or self._ticks_of[1] != look or not _same_before(self._ticks_of[0], scene):
            self._ticks = [_ticks(band, scene, notes, shape, columns, dpr) for band in bands(scene, height)]
        self._ticks_of = (scene, look)
        for band, ticks in zip(bands(scene, height), self._ticks, strict=True):
            marks = _marks(band, scene, notes, band.values(scene, notes), dpr)
            base = int(_rows(band, np.array(band.quantity.base), dpr))
            pixels = buffer.pixels[device(band.top, dpr) : device(band.bottom, dpr)]
            plot(pixels, marks, base, shape, ticks, palette(theme, band.quantity))
            _ring(pixels, scene, notes, marks, shape, theme)
        return buffer


def notes_in_lane(scene: Scene) -> IntArray:
    """Indices of the notes that begin in view (of any pitch): those of the current track, or of all shown."""
    if scene.table is None:
        return np.zeros(0, dtype=np.int64)
    view, onset = scene.viewport, scene.table.onset
    room = PAD * view.ticks_per_px
    first = int(np.searchsorted(onset, view.left - room, side="left"))
    stop = int(np.searchsorted(onset, view.right + room, side="right"))
    found = np.arange(first, stop)
    shown = scene.track_shown
    if scene.current_track is not None:
        shown = shown & (np.arange(len(shown)) == scene.current_track)
    return found if shown.all() else found[shown[scene.table.track[found]]]


def _ring(pixels: Argb, scene: Scene, notes: IntArray, marks: Marks, shape: Shape, theme: Theme) -> None:
    """Square rings mark the heads of locked notes, round ones those of selected notes."""
    assert scene.table is not None
    for chosen, color, square in (
        (scene.table.locked[notes], "text", True), (scene.is_picked[notes], "hover_ring", False),
    ):  # fmt: skip
        if chosen.any():
            only = Marks(marks.x[chosen], marks.y[chosen], marks.ink[chosen])
            pixels.reshape(-1)[ring_cells(only, shape, *pixels.shape, square=square)] = theme.pixel(color)


def _same(old: Scene, new: Scene) -> bool:
    return old is new or (old.after is new.after and old.picked is new.picked and _same_before(old, new))


def _same_before(old: Scene, new: Scene) -> bool:
    """Whether nothing changed but how notes are played."""
    return old is new or (
        old.song is new.song
        and old.viewport == new.viewport
        and (old.mode, old.lane_mode) == (new.mode, new.lane_mode)
        and (old.current_track, old.visible) == (new.current_track, new.visible)
        and np.array_equal(old.hatched, new.hatched)
        and same_locks(old, new)
    )


def _paint_ground(scene: Scene, theme: Theme, height: float, dpr: float) -> QPixmap:
    """Scale lines and the time grid, in device pixels."""
    line = max(1, round(dpr))
    ground = QPixmap(max(1, device(scene.viewport.width, dpr)), max(1, device(height, dpr)))
    ground.fill(theme.color("canvas"))
    painter = QPainter(ground)
    for band in bands(scene, height) if scene.song is not None else ():
        paint_grid(painter, scene, theme, dpr, device(band.top, dpr), device(band.bottom, dpr), "canvas")
        for value, _ in band.quantity.marks:
            y = int(snapped(band.scale.y(value), dpr))
            color = theme.color("grid_bar" if value == band.quantity.base else "grid_beat")
            painter.fillRect(0, y, ground.width(), line, color)
        if band.top > 0:
            painter.fillRect(0, device(band.top, dpr), ground.width(), line, theme.color("border"))
    painter.end()
    ground.setDevicePixelRatio(dpr)
    return ground


def _ticks(band: Band, scene: Scene, notes: IntArray, shape: Shape, columns: int, dpr: float) -> IntArray:
    """The cells of the ticks at the file's velocities, in views that show both."""
    if band.quantity is not VELOCITY or scene.after is None or scene.mode is not ViewMode.BOTH:
        return np.zeros(0, dtype=np.int64)
    assert scene.table is not None
    before = scene.table.before.velocity[notes].astype(np.float64)
    rows = device(band.bottom, dpr) - device(band.top, dpr)
    return tick_cells(_marks(band, scene, notes, before, dpr), shape, rows, columns)


def _marks(band: Band, scene: Scene, notes: IntArray, values: NDArray[np.float64], dpr: float) -> Marks:
    assert scene.table is not None
    x = snapped(scene.viewport.x(scene.table.onset[notes]) + PAD, dpr)
    return Marks(x, _rows(band, values, dpr), band.inks(scene, notes, values))


def _rows(band: Band, values: NDArray[np.float64], dpr: float) -> IntArray:
    """Device pixel rows of values, from the upper edge of the band."""
    return snapped(band.scale.y(values) - band.top, dpr)


@dataclass(frozen=True)
class Quantity:
    """An axis from `low` to `high` on which stems begin at `base`; `marks` are values with labels."""

    title: str
    low: float
    high: float
    base: float
    marks: tuple[tuple[float, str], ...]


VELOCITY = Quantity("Velocity", 0, 127, 0, ((127, "127"), (96, "96"), (64, "64"), (32, "32"), (0, "0")))
CHANGE = Quantity("Velocity ±", -48, 48, 0, ((32, "+32"), (0, "±0"), (-32, "−32")))
RATIO = Quantity("Duration", -1.2, 1.2, 0, ((1, "×2"), (0, "×1"), (-1, "×½")))


@dataclass(frozen=True)
class Band:
    """One lane: what it measures, and where it lies (device-independent pixels from the upper edge)."""

    quantity: Quantity
    top: float
    bottom: float

    @property
    def scale(self) -> Scale:
        q, room = self.quantity, self.bottom - self.top
        return Scale(q.low, q.high, self.top + min(_PAD_TOP, room / 4), self.bottom - min(_PAD_BOTTOM, room / 6))

    def values(self, scene: Scene, notes: IntArray) -> NDArray[np.float64]:
        """(m,) what the stems show for these notes."""
        table, playing = scene.table, scene.played
        assert table is not None and playing is not None
        if self.quantity is VELOCITY:
            return playing.velocity[notes].astype(np.float64)
        if self.quantity is CHANGE:
            return (playing.velocity[notes] - table.before.velocity[notes]).astype(np.float64)
        before, after = (np.maximum(p.duration[notes], 1) for p in (table.before, playing))
        return np.asarray(np.log2(after / before))

    def inks(self, scene: Scene, notes: IntArray, values: NDArray[np.float64]) -> IntArray:
        """(m,) inks of the notes' values: 1 for a note that was left alone, else 2 + tone."""
        if self.quantity is VELOCITY:
            made = values.astype(np.int64)
        else:
            made = difference_tones(values, FULL_RATIO if self.quantity is RATIO else FULL_DIFFERENCE)
        return np.where(scene.hatched[notes], 1, made + 2)


def bands(scene: Scene, height: float) -> list[Band]:
    """The lanes from top to bottom."""
    velocity = CHANGE if scene.mode is ViewMode.DIFFERENCE else VELOCITY
    if scene.lane_mode is LaneMode.BOTH:
        middle = round(height * 0.55)
        return [Band(velocity, 0.0, middle), Band(RATIO, middle, height)]
    return [Band(RATIO if scene.lane_mode is LaneMode.DURATION else velocity, 0.0, height)]


@lru_cache(maxsize=16)
def palette(theme: Theme, quantity: Quantity) -> Argb:
    """(PALETTE,) pixels of stems, ticks and heads by ink."""
    tones = theme.velocity_rgb if quantity is VELOCITY else theme.difference_rgb
    untouched = np.array([theme.rgb("hatch")], dtype=np.uint8)
    heads = np.vstack([untouched, tones])
    pixels = np.zeros(PALETTE, dtype=np.uint32)
    pixels[1 : 1 + len(heads)] = argb(heads)
    stems = argb(mix(heads, theme.rgb("canvas"), _STEM_BLEND))
    for ink in range(1, 1 + len(heads)):
        pixels[STEM + ink // 2] = stems[ink - 1]
    pixels[TICK] = theme.pixel("outline")
    return pixels
