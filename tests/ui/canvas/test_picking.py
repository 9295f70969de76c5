"""Which notes rectangles and arrow keys select, against a search by force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from duv_studio.ui.canvas import picking
from duv_studio.ui.canvas.lane_painter import bands
from duv_studio.ui.canvas.lane_view import head_center
from duv_studio.ui.canvas.scene import LaneMode, Scene
from tests.ui.canvas.songs import changed, random_song, scene_of, song_of

SONG = song_of([(0, 960, 60, 62), (3840, 960, 64, 90)], [(1920, 480, 48, 40)])


def rectangles() -> list[QRectF]:
    rng = np.random.default_rng(3)
    corners = rng.uniform((-20, -20, 0, 0), (480, 200, 200, 120), (60, 4))
    return [QRectF(x, y, w, h) for x, y, w, h in corners.tolist()]


def drawn(scene: Scene, note: int) -> QRectF:
    assert scene.table is not None
    assert scene.played is not None
    onset, view = scene.table.onset[note], scene.viewport
    left, right = view.x(np.array([onset, onset + scene.played.duration[note]])).tolist()
    return QRectF(left, float(view.key_y(scene.table.pitch[note])), right - left, view.key_px)


@pytest.mark.parametrize("current", [None, 1])
def test_a_rectangle_in_the_roll_takes_every_note_that_it_touches(current: int | None) -> None:
    song = random_song(80, tracks=2)
    scene = replace(scene_of(song), current_track=current).with_performance(changed(song, 5, 0.5))
    assert scene.table is not None
    for area in rectangles():
        expected = []
        for note in range(len(scene.table)):
            place = drawn(scene, note)
            across = place.right() >= area.left() and place.left() <= area.right() and place.right() >= 0
            down = place.bottom() > area.top() and place.top() < area.bottom()
            seen = scene.viewport.keys_shown[0] <= scene.table.pitch[note] <= scene.viewport.keys_shown[1]
            inside = place.left() <= scene.viewport.width
            if across and down and seen and inside and current in (None, scene.table.track[note]):
                expected.append(note)
        assert picking.in_roll(scene, area).tolist() == expected


@pytest.mark.parametrize("mode", list(LaneMode))
def test_a_rectangle_in_the_lane_takes_the_notes_whose_heads_lie_in_it(mode: LaneMode) -> None:
    song = random_song(80, tracks=2)
    scene = replace(scene_of(song), lane_mode=mode).with_performance(changed(song, 5, 0.5))
    assert scene.table is not None
    seen = [n for n in range(len(scene.table)) if -5 <= float(scene.viewport.x(scene.table.onset[n])) <= 485]
    for area in rectangles():
        heads = {n: [head_center(scene, band, n) for band in bands(scene, 150)] for n in seen}
        expected = [n for n, places in heads.items() if any(area.contains(place) for place in places)]
        assert picking.in_lane(scene, area, 150).tolist() == expected


def test_nothing_can_be_selected_of_hidden_tracks_or_without_a_song() -> None:
    everywhere = QRectF(-1e6, -1e6, 2e6, 2e6)
    hidden = scene_of(SONG).with_visible([1])
    assert picking.everything(hidden).tolist() == [1]
    assert picking.in_roll(hidden, everywhere).tolist() in ([], [1])
    for scene in (Scene(), scene_of(SONG).with_visible([])):
        assert not len(picking.everything(scene))
        assert not len(picking.in_roll(scene, everywhere))
        assert not len(picking.in_lane(scene, everywhere, 100))
        assert picking.neighbour(scene, None, 1) is None


def test_arrows_go_from_note_to_note_and_stop_at_the_ends() -> None:
    scene = scene_of(SONG)
    steps = [(None, 1, 0), (0, 1, 1), (1, 1, 2), (2, 1, 2), (2, -1, 1), (0, -1, 0)]
    assert [picking.neighbour(scene, cursor, step) for cursor, step, _ in steps] == [n for *_, n in steps]
    of_one = replace(scene, current_track=0)
    assert picking.neighbour(of_one, 0, 1) == 2
    assert picking.neighbour(of_one, 1, -1) == 0  # from a note of another track
    later = replace(scene, viewport=replace(scene.viewport, left=1500.0))
    assert [picking.neighbour(later, None, step) for step in (1, -1)] == [1, 2]


def test_toggling_adds_and_takes_away() -> None:
    picked = picking.toggled(np.array([2, 5]), 4)
    assert picked.tolist() == [2, 4, 5]
    assert picking.toggled(picked, 2).tolist() == [4, 5]
