"""Paints the piano roll: grid and untouched notes from a cached pixmap, played notes, labels and locks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPixmap

from duv_studio.ui.canvas import note_raster, note_style
from duv_studio.ui.canvas.meter_grid import blended, paint_grid
from duv_studio.ui.canvas.note_raster import (
    OUTLINE_FROM_PX,
    Area,
    LockMarks,
    Outline,
    PixelBuffer,
    SelectionFrames,
    Spans,
)
from duv_studio.ui.canvas.scene import Scene, ViewMode, same_locks
from duv_studio.ui.canvas.viewport import device, snapped
from duv_studio.ui.style.colormap import Argb, contrast
from duv_studio.ui.style.theme import Theme, current

_ORIGIN = QPoint(0, 0)
_HATCH_FROM_PX = 6.0
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
_LABEL_KEY_PX, _LABEL_WIDTH_PX = 12.0, 24.0  # keys must be this high and notes this wide for a number
LOCK_ROOM_PX = 18.0  # notes must be this much wider for a padlock
_LOCK_KEY_PX = 9.0  # and keys this high
_LOCK_SIZE_PX = 9.0
_MOST_MARKS = 400  # beyond so many labels or padlocks a frame would take too long, and no one reads them
_DARK, _LIGHT = (16, 17, 20), (255, 255, 255)


class RollPainter:
    """Keeps what did not change since the last frame; one for each place where a roll is painted."""

    def __init__(self) -> None:
        self._ground: QPixmap | None = None
        self._ground_of: tuple[Scene, Theme, float] | None = None
        self._outline: Outline | None = None
        self._outline_of: tuple[Scene, float] | None = None
        self._notes: PixelBuffer | None = None
        self._notes_of: tuple[Scene, Theme, float] | None = None

    def paint(self, painter: QPainter, scene: Scene, dpr: float, at: QPoint = _ORIGIN) -> None:
        """Draw the roll of a scene with its upper left corner at `at`."""
        theme = current()
        painter.drawPixmap(at, self._ground_pixmap(scene, theme, dpr))
        if scene.table is not None and len(scene.table):
            painter.drawImage(at, self._notes_image(scene, theme, dpr))

    def _ground_pixmap(self, scene: Scene, theme: Theme, dpr: float) -> QPixmap:
        old = self._ground_of
        if self._ground is None or old is None or old[1:] != (theme, dpr) or not _same_ground(old[0], scene):
            self._ground = _paint_ground(scene, theme, dpr)
        self._ground_of = (scene, theme, dpr)
        return self._ground

    def _notes_image(self, scene: Scene, theme: Theme, dpr: float) -> QImage:
        key = (scene, theme, dpr)
        if self._notes is None or self._notes_of is None or not _same(self._notes_of, key):
            self._notes = self._paint_notes(scene, theme, dpr)
            self._notes.image.setDevicePixelRatio(dpr)
        self._notes_of = key
        return self._notes.image

    def _paint_notes(self, scene: Scene, theme: Theme, dpr: float) -> PixelBuffer:
        area = Area.of(scene.viewport, dpr)
        notes = scene.notes_in_view(scene.index)
        low = scene.viewport.key_px < note_style.LOW_KEY_PX
        style = note_style.style_of(theme, scene.mode, low)
        made = note_raster.strips(area, spans_of(scene, area, notes[~scene.hatched[notes]]), style)
        if scene.after is not None and scene.mode in (ViewMode.BOTH, ViewMode.DIFFERENCE):
            self._outline_cells(scene, area).paint(made, note_style.outline_pixels(theme, scene.mode), low)
        _paint_marks(made, scene, theme, area, notes)
        rows = note_raster.row_map(scene.viewport, area, len(style.bodies))
        return note_raster.to_image(made, rows, area, self._notes)

    def _outline_cells(self, scene: Scene, area: Area) -> Outline:
        old = self._outline_of
        if self._outline is None or old is None or old[1] != area.dpr or not _same_ground(old[0], scene):
            self._outline = _before_outline(scene, area)
        self._outline_of = (scene, area.dpr)
        return self._outline


def spans_of(scene: Scene, area: Area, notes: np.ndarray) -> Spans:
    """The notes as they are drawn solid."""
    assert scene.table is not None and scene.played is not None
    tone = note_style.tones(scene.table, scene.played, notes, scene.mode)
    return Spans.of(area, scene.viewport, scene.table, scene.played, notes, tone, scene.is_front(notes))


def _paint_marks(made: Argb, scene: Scene, theme: Theme, area: Area, notes: np.ndarray) -> None:
    """Over the strips: the ends of locked notes, and frames around selected ones."""
    assert scene.table is not None
    locked = notes[scene.table.locked[notes]]
    if len(locked):
        LockMarks.of(area, spans_of(scene, area, locked)).paint(made, theme.pixel("text"))
    if len(scene.picked):
        picked = notes[scene.is_picked[notes]]
        SelectionFrames.of(area, spans_of(scene, area, picked)).paint(made, theme.pixel("hover_ring"))


def _before_outline(scene: Scene, area: Area) -> Outline:
    assert scene.table is not None
    notes = scene.notes_in_view(scene.table.before_index)
    table = scene.table
    # Notes that are too narrow for an outline need not be looked at: in a dense file that is most of them.
    wide = table.before.duration[notes] >= (OUTLINE_FROM_PX - 1) * scene.viewport.ticks_per_px
    notes = notes[wide & ~scene.hatched[notes]]
    tone = np.zeros(len(notes), dtype=np.int64)
    front = scene.is_front(notes)
    return Outline.of(area, Spans.of(area, scene.viewport, table, table.before, notes, tone, front))


def _same(old: tuple[Scene, Theme, float], new: tuple[Scene, Theme, float]) -> bool:
    same_notes = old[0].after is new[0].after and old[0].picked is new[0].picked
    return old[1:] == new[1:] and same_notes and _same_ground(old[0], new[0])


def _same_ground(old: Scene, new: Scene) -> bool:
    """Whether nothing changed but how notes are played."""
    return old is new or (
        old.song is new.song
        and old.viewport == new.viewport
        and old.mode is new.mode
        and (old.current_track, old.visible) == (new.current_track, new.visible)
        and np.array_equal(old.hatched, new.hatched)
        and same_locks(old, new)
    )


def _paint_ground(scene: Scene, theme: Theme, dpr: float) -> QPixmap:
    """Key rows, grid and hatched notes; painted in device pixels, so that every line is sharp."""
    area = Area.of(scene.viewport, dpr)
    ground = QPixmap(area.columns, area.rows)
    ground.fill(theme.color("canvas"))
    painter = QPainter(ground)
    _paint_key_rows(painter, scene, theme, area)
    paint_grid(painter, scene, theme, dpr, 0, area.rows, "canvas")
    _paint_outside(painter, scene, theme, area)
    _paint_hatched(painter, scene, theme, area)
    painter.end()
    ground.setDevicePixelRatio(dpr)
    return ground


def _paint_key_rows(painter: QPainter, scene: Scene, theme: Theme, area: Area) -> None:
    black, line = theme.color("canvas_black_key"), theme.color("grid_row")
    faint = blended(theme.color("canvas"), line, min(1.0, scene.viewport.key_px / 12.0))
    for key in range(area.low, area.low + area.keys):
        upper, lower = (device(scene.viewport.key_top(k), area.dpr) for k in (key, key - 1))
        if key % 12 in BLACK_KEYS:
            painter.fillRect(0, upper, area.columns, lower - upper, black)
        if key % 12 == 0:
            painter.fillRect(0, lower - area.line, area.columns, area.line, theme.color("grid_beat"))
        elif key % 12 == 5:
            painter.fillRect(0, lower - area.line, area.columns, area.line, faint)


def _paint_outside(painter: QPainter, scene: Scene, theme: Theme, area: Area) -> None:
    """Shade what lies before the first tick and after the last."""
    if scene.song is None:
        return
    first, last = snapped(scene.viewport.x(np.array([0, scene.viewport.end])), area.dpr).tolist()
    painter.fillRect(0, 0, first, area.rows, theme.color("outside"))
    painter.fillRect(last + area.line, 0, area.columns - last, area.rows, theme.color("outside"))


def _paint_hatched(painter: QPainter, scene: Scene, theme: Theme, area: Area) -> None:
    notes = scene.notes_in_view(scene.index)
    notes = notes[scene.hatched[notes]]
    if len(notes) == 0:
        return
    style = note_style.hatched_style(theme)
    table, playing = scene.table, scene.played
    assert table is not None and playing is not None
    spans = Spans.of(area, scene.viewport, table, playing, notes, playing.velocity[notes], scene.is_front(notes))
    made = note_raster.strips(area, spans, style)
    rows = note_raster.row_map(scene.viewport, area, 1)
    buffer = note_raster.to_image(made, rows, area, None)
    if float(np.median(spans.stop - spans.start)) < device(_HATCH_FROM_PX, area.dpr):
        painter.drawImage(0, 0, buffer.image)  # lines in a crowd of specks would only look like dirt
        return
    over = QPainter(buffer.image)
    over.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceAtop)
    over.fillRect(buffer.image.rect(), hatching(theme, area.dpr))
    over.end()
    painter.drawImage(0, 0, buffer.image)


def hatching(theme: Theme, dpr: float) -> QBrush:
    """Diagonal lines that close up to an endless pattern, in device pixels."""
    size = device(6, dpr)
    tile = QPixmap(size, size)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("hatch"), 1.3 * dpr))
    for shift in (-size, 0, size):
        painter.drawLine(shift, size, shift + size, 0)
    painter.end()
    return QBrush(tile)


def paint_labels(painter: QPainter, scene: Scene, theme: Theme, font: QFont) -> None:
    """Write the velocity that is drawn solid into every wide enough note that stands out."""
    if scene.viewport.key_px < _LABEL_KEY_PX or scene.mode not in (ViewMode.AFTER, ViewMode.BOTH):
        return
    notes = scene.notes_in_view(scene.index)
    notes = notes[~scene.hatched[notes] & scene.is_front(notes)]
    table, playing, view = scene.table, scene.played, scene.viewport
    if table is None or playing is None:
        return
    left, right = view.x(table.onset[notes]), view.x(table.onset[notes] + playing.duration[notes])
    needed = np.where(table.locked[notes], _LABEL_WIDTH_PX + LOCK_ROOM_PX, _LABEL_WIDTH_PX)
    chosen = (right - left >= needed) & (left >= 0)
    if not 0 < np.count_nonzero(chosen) <= _MOST_MARKS:
        return
    small = QFont(font)
    small.setPixelSize(min(11, int(view.key_px) - 3))
    painter.setFont(small)
    rows = view.key_y(table.pitch[notes[chosen]])
    for x, y, velocity in zip(left[chosen], rows, playing.velocity[notes[chosen]].tolist(), strict=True):
        painter.setPen(ink_on(theme, velocity))
        place = QRectF(QPointF(x + 4, y), QPointF(x + _LABEL_WIDTH_PX + 4, y + view.key_px - 1))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, str(velocity))


@lru_cache(maxsize=512)
def ink_on(theme: Theme, velocity: int) -> QColor:
    """Black or white, whichever is read better on the colour of a velocity."""
    red, green, blue = theme.velocity_rgb[velocity].tolist()
    ground = (red, green, blue)
    return QColor(*(_DARK if contrast(_DARK, ground) >= contrast(_LIGHT, ground) else _LIGHT))


def paint_locks(painter: QPainter, scene: Scene, theme: Theme, dpr: float) -> None:
    """Draw a padlock at the right end of every locked note in view; a crowd of them only has its thick ends."""
    if scene.table is None or scene.played is None or scene.viewport.key_px < _LOCK_KEY_PX:
        return
    notes = scene.notes_in_view(scene.index)
    notes = notes[scene.table.locked[notes]]
    table, view = scene.table, scene.viewport
    left, right = view.x(table.onset[notes]), view.x(table.onset[notes] + scene.played.duration[notes])
    chosen = (right - left >= LOCK_ROOM_PX) & (right <= view.width)
    if not 0 < np.count_nonzero(chosen) <= _MOST_MARKS:
        return
    size = min(_LOCK_SIZE_PX, view.key_px - 2)
    tops = view.key_y(table.pitch[notes[chosen]]) + (view.key_px - 1 - size) / 2
    is_front = scene.is_front(notes[chosen])
    for x, y, velocity, front in zip(
        right[chosen] - size - 5, tops, scene.played.velocity[notes[chosen]].tolist(), is_front.tolist(), strict=True
    ):
        is_solid = front and scene.mode in (ViewMode.AFTER, ViewMode.BOTH)
        color = ink_on(theme, velocity) if is_solid else theme.color("text")
        painter.drawPixmap(QPointF(x, y), _padlock(color.name(), size, dpr))


@lru_cache(maxsize=64)
def _padlock(color: str, size: float, dpr: float) -> QPixmap:
    made = QPixmap(round(size * dpr), round(size * dpr))
    made.setDevicePixelRatio(dpr)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0.14 * size, 0.45 * size, 0.72 * size, 0.5 * size), QColor(color))
    painter.setPen(QPen(QColor(color), 0.14 * size))
    painter.drawArc(QRectF(0.28 * size, 0.08 * size, 0.44 * size, 0.66 * size), 0, 180 * 16)
    painter.end()
    return made
