"""Velocities written into the notes, where there is room for them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from duv_studio.ui.scene import Scene, ViewMode
from duv_studio.ui.style.colormap import contrast
from duv_studio.ui.style.theme import Theme

_KEY_PX = 12.0  # keys must be this high
_WIDTH_PX = 24.0  # notes must be this wide
LOCK_ROOM_PX = 18.0  # and this much wider for a padlock
_MOST = 400  # beyond this a frame would take too long, and nobody reads so many numbers
_DARK, _LIGHT = (16, 17, 20), (255, 255, 255)


def paint_labels(painter: QPainter, scene: Scene, theme: Theme, font: QFont) -> None:
    """Write the velocity that is drawn solid into every wide enough note that stands out."""
    if scene.viewport.key_px < _KEY_PX or scene.mode not in (ViewMode.AFTER, ViewMode.BOTH):
        return
    notes = scene.notes_in_view(scene.index)
    notes = notes[~scene.hatched[notes] & scene.is_front(notes)]
    table, playing, view = scene.table, scene.playing, scene.viewport
    if table is None or playing is None:
        return
    left, right = view.x(table.onset[notes]), view.x(table.onset[notes] + playing.duration[notes])
    needed = np.where(table.locked[notes], _WIDTH_PX + LOCK_ROOM_PX, _WIDTH_PX)
    chosen = (right - left >= needed) & (left >= 0)
    if not 0 < np.count_nonzero(chosen) <= _MOST:
        return
    small = QFont(font)
    small.setPixelSize(min(11, int(view.key_px) - 3))
    painter.setFont(small)
    rows = view.key_y(table.pitch[notes[chosen]])
    for x, y, velocity in zip(left[chosen], rows, playing.velocity[notes[chosen]].tolist(), strict=True):
        painter.setPen(ink_on(theme, velocity))
        place = QRectF(QPointF(x + 4, y), QPointF(x + _WIDTH_PX + 4, y + view.key_px - 1))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, str(velocity))


@lru_cache(maxsize=512)
def ink_on(theme: Theme, velocity: int) -> QColor:
    """Black or white, whichever is read better on the colour of a velocity."""
    red, green, blue = theme.velocity_rgb[velocity].tolist()
    ground = (red, green, blue)
    return QColor(*(_DARK if contrast(_DARK, ground) >= contrast(_LIGHT, ground) else _LIGHT))
