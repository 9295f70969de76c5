"""A small padlock in every locked note that has room for one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from duv_studio.ui.note_labels import LOCK_ROOM_PX, ink_on
from duv_studio.ui.scene import Scene, ViewMode
from duv_studio.ui.style.theme import Theme

_KEY_PX = 9.0  # keys must be this high
_SIZE_PX = 9.0
_MOST = 400


def paint_locks(painter: QPainter, scene: Scene, theme: Theme, dpr: float) -> None:
    """Draw a padlock at the right end of every locked note in view; a crowd of them only has its thick ends."""
    if scene.table is None or scene.playing is None or scene.viewport.key_px < _KEY_PX:
        return
    notes = scene.notes_in_view(scene.index)
    notes = notes[scene.table.locked[notes]]
    table, view = scene.table, scene.viewport
    left, right = view.x(table.onset[notes]), view.x(table.onset[notes] + scene.playing.duration[notes])
    chosen = (right - left >= LOCK_ROOM_PX) & (right <= view.width)
    if not 0 < np.count_nonzero(chosen) <= _MOST:
        return
    size = min(_SIZE_PX, view.key_px - 2)
    tops = view.key_y(table.pitch[notes[chosen]]) + (view.key_px - 1 - size) / 2
    is_front = scene.is_front(notes[chosen])
    for x, y, velocity, front in zip(
        right[chosen] - size - 5, tops, scene.playing.velocity[notes[chosen]].tolist(), is_front.tolist(), strict=True
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
