"""Which notes the mouse hits, and which a click, a rectangle or an arrow key selects."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas.lane_painter import bands, notes_in_lane
from duv_studio.ui.canvas.scene import NOTHING, Scene

_REACH_PX = 2.0  # a short note is caught this far from its edges
_LANE_REACH_PX = 6.0


def toggled(picked: IntArray, note: int) -> IntArray:
    """The notes with one more, or without it when it was among them."""
    return np.setxor1d(picked, [note])


def in_roll(scene: Scene, area: QRectF) -> IntArray:
    """Notes of which a part is drawn inside `area` of the roll; of the current track only, when there is one."""
    notes = scene.notes_in_view(scene.index)
    if scene.table is None or scene.index is None:
        return NOTHING
    view = scene.viewport
    top = view.key_y(scene.table.pitch[notes])
    left, right = view.x(scene.table.onset[notes]), view.x(scene.index.end[notes])
    across = (right >= area.left()) & (left <= area.right())
    down = (top + view.key_px > area.top()) & (top < area.bottom())
    return notes[across & down & scene.may_be_picked(notes)]


def in_lane(scene: Scene, area: QRectF, height: float) -> IntArray:
    """Notes whose heads lie inside `area` of a lane of that height."""
    notes = notes_in_lane(scene)
    if scene.table is None:
        return NOTHING
    x = scene.viewport.x(scene.table.onset[notes])
    inside = np.zeros(len(notes), dtype=bool)
    for band in bands(scene, height):
        y = band.scale.y(band.values(scene, notes))
        inside |= (y >= area.top()) & (y <= area.bottom())
    return notes[inside & (x >= area.left()) & (x <= area.right()) & scene.may_be_picked(notes)]


def everything(scene: Scene) -> IntArray:
    """All notes that can be selected."""
    if scene.table is None:
        return NOTHING
    notes = np.arange(len(scene.table))
    return notes[scene.may_be_picked(notes)]


def neighbour(scene: Scene, cursor: int | None, step: int) -> int | None:
    """The note `step` (1 or -1) after the cursor; without one, the first or the last that begins in view."""
    notes = everything(scene)
    if len(notes) == 0 or scene.table is None:
        return None
    if cursor is not None:
        after, before = np.searchsorted(notes, cursor, side="right"), np.searchsorted(notes, cursor) - 1
        return int(notes[min(max(int(after if step > 0 else before), 0), len(notes) - 1)])
    onset = scene.table.onset[notes]
    seen = notes[(onset >= scene.viewport.left) & (onset <= scene.viewport.right)]
    return int((seen if len(seen) else notes)[0 if step > 0 else -1])


def note_in_roll(scene: Scene, x: float, y: float) -> int | None:
    """The table's index of the note drawn at x, y: of the current track first, else the one that began last."""
    view, table, index = scene.viewport, scene.table, scene.index
    key = view.key(y)
    if table is None or index is None or not 0 <= key <= 127:
        return None
    found = index.between(view.tick(x - _REACH_PX), view.tick(x + _REACH_PX))
    found = found[(table.pitch[found] == key) & scene.track_shown[table.track[found]]]
    if len(found) == 0:
        return None
    # Inside beats near, then the current track, then the later onset.
    outside = np.maximum(table.onset[found] - view.tick(x), view.tick(x) - index.end[found]) > 0
    return int(found[np.lexsort((found, scene.is_front(found), ~outside))[-1]])


def note_in_lane(scene: Scene, x: float, y: float, height: float) -> int | None:
    """The table's index of the note whose head is nearest to x, y among those that begin within reach of x."""
    if scene.table is None:
        return None
    notes: IntArray = notes_in_lane(scene)
    away = np.abs(scene.viewport.x(scene.table.onset[notes]) - x)
    notes, away = notes[away <= _LANE_REACH_PX], away[away <= _LANE_REACH_PX]
    band = next((b for b in bands(scene, height) if b.top <= y < b.bottom), None)
    if len(notes) == 0 or band is None:
        return None
    heads = band.scale.y(band.values(scene, notes))
    return int(notes[np.argmin(np.hypot(away, heads - y))])
