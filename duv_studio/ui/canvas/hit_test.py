"""Which note lies under the mouse, by the same geometry that drew it."""

from __future__ import annotations

import numpy as np

from duv_studio.ui.canvas.lane_painter import notes_in_lane
from duv_studio.ui.canvas.lane_scale import bands
from duv_studio.ui.canvas.note_table import IntArray
from duv_studio.ui.canvas.scene import Scene

_REACH_PX = 2.0  # a short note is caught this far from its edges
_LANE_REACH_PX = 6.0


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
