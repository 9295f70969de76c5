"""The lane: stems and heads against the obvious loops, places of heads and ticks, the axis that fits its values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from duv_studio.engine.midi.song import TrackPerformance
from duv_studio.ui.canvas import lane_raster
from duv_studio.ui.canvas.lane_painter import CHANGE, RATIO, VELOCITY, LanePainter, bands, notes_in_lane
from duv_studio.ui.canvas.lane_raster import STEM, TICK, Marks, Shape
from duv_studio.ui.canvas.scene import LaneMode, Scene, ViewMode
from duv_studio.ui.style.theme import DARK, painting
from tests.ui.canvas.songs import changed, painted, random_song, scene_of, selection_of, song_of

HEIGHT = 150


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> None:
    """Pixmaps need one."""


def random_marks(seed: int, rows: int = 40, columns: int = 60, count: int = 80) -> Marks:
    rng = np.random.default_rng(seed)
    return Marks(rng.integers(-3, columns + 3, count), rng.integers(0, rows, count), rng.integers(1, 131, count))


@pytest.mark.parametrize("base", [0, 12, 39])
@pytest.mark.parametrize("seed", range(3))
def test_stems_equal_a_loop_over_pixels(seed: int, base: int) -> None:
    heads = lane_raster.scatter(random_marks(seed), 40, 60)
    expected = np.zeros_like(heads)
    for x in range(60):
        for y in range(40):
            if y == base:
                continue
            way = range(y, -1, -1) if y < base else range(y, 40)
            ink = next((int(heads[at, x]) for at in way if heads[at, x]), 0)
            expected[y, x] = STEM + ink // 2 if ink else 0
    assert np.array_equal(lane_raster.stems(heads, base, 1), expected)


@pytest.mark.parametrize("radius", [1.0, 2.0, 3.0, 6.0])
def test_discs_equal_a_loop_over_marks(radius: float) -> None:
    heads = lane_raster.scatter(random_marks(5, count=12), 40, 60)
    expected = np.zeros_like(heads)
    reach = int(radius)
    for y, x in zip(*np.nonzero(heads), strict=True):
        for dy in range(-reach, reach + 1):
            width = int(np.sqrt((radius + 0.35) ** 2 - dy * dy))
            for dx in range(-width, width + 1):
                if 0 <= y + dy < 40 and 0 <= x + dx < 60:
                    expected[y + dy, x + dx] = max(expected[y + dy, x + dx], heads[y, x])
    assert np.array_equal(lane_raster.dilated(heads, radius), expected)


def test_heads_lie_over_ticks_and_ticks_over_stems() -> None:
    marks = Marks(np.array([20]), np.array([10]), np.array([50]))
    shape = Shape(1, 1, 2.0, 3)
    pixels = np.zeros((40, 60), dtype=np.uint32)
    palette = np.arange(lane_raster.PALETTE, dtype=np.uint32)
    ticks = lane_raster.tick_cells(Marks(np.array([20]), np.array([25]), np.array([50])), shape, 40, 60)
    lane_raster.plot(pixels, marks, 38, shape, ticks, palette)
    assert pixels[10, 20] == 50
    assert pixels[20, 20] == STEM + 25
    assert pixels[25, 17:24].tolist() == [TICK] * 7
    assert pixels[25, 16] == pixels[39, 20] == pixels[5, 20] == 0


def head_y(scene: Scene, value: float, band: int = 0) -> int:
    return round(float(bands(scene, HEIGHT)[band].scale.y(value)))


def test_a_head_stands_at_its_velocity_with_the_tick_at_the_old_one() -> None:
    song = song_of([(2000, 400, 60, 40)])
    scene = scene_of(song).with_performance(changed(song, 60))
    image = painted(scene, LanePainter(), HEIGHT)
    assert image.pixelColor(200, head_y(scene, 100)) == DARK.velocity_color(100)
    assert image.pixelColor(203, head_y(scene, 40)) == DARK.color("outline")
    stem = image.pixelColor(200, head_y(scene, 70))
    assert stem not in (DARK.velocity_color(100), DARK.color("canvas"))
    assert image.pixelColor(200, head_y(scene, 127)) != DARK.velocity_color(100)


def test_no_ticks_in_the_views_of_one_performance() -> None:
    song = song_of([(2000, 400, 60, 40)])
    for mode, velocity in ((ViewMode.AFTER, 100), (ViewMode.BEFORE, 40)):
        scene = scene_of(song, view_mode=mode).with_performance(changed(song, 60))
        image = painted(scene, LanePainter(), HEIGHT)
        assert image.pixelColor(200, head_y(scene, velocity)) == DARK.velocity_color(velocity)
        outline = DARK.color("outline")
        assert all(image.pixelColor(x, y) != outline for x in range(190, 211) for y in range(HEIGHT))


@pytest.mark.parametrize(("ratio", "octaves"), [(2.0, 1.0), (0.5, -1.0), (1.0, 0.0), (8.0, 1.2)])
def test_duration_lane_shows_the_ratio_in_octaves(ratio: float, octaves: float) -> None:
    song = song_of([(2000, 400, 60, 40)])
    scene = scene_of(song, lane_mode=LaneMode.DURATION).with_performance(changed(song, 0, ratio))
    assert bands(scene, HEIGHT)[0].quantity is RATIO
    image = painted(scene, LanePainter(), HEIGHT)
    tone = int(np.rint(64 + np.clip(octaves, -1, 1) * 64))
    assert image.pixelColor(200, head_y(scene, octaves)) == QColor(*(int(c) for c in DARK.difference_rgb[tone]))


def test_a_note_of_no_length_has_a_finite_ratio() -> None:
    song = song_of([(2000, 0, 60, 40)])
    after = (TrackPerformance(song.tracks[0].notes.velocity, np.array([0])),)
    scene = scene_of(song, lane_mode=LaneMode.DURATION).with_performance(after)
    assert bands(scene, HEIGHT)[0].values(scene, np.array([0])).tolist() == [0.0]


def test_both_lanes_and_the_difference() -> None:
    song = song_of([(2000, 400, 60, 40)])
    scene = scene_of(song, lane_mode=LaneMode.BOTH).with_performance(changed(song, 16))
    upper, lower = bands(scene, HEIGHT)
    assert (upper.quantity, lower.quantity) == (VELOCITY, RATIO)
    assert (upper.top, lower.bottom) == (0, HEIGHT)
    assert upper.bottom == lower.top
    different = replace(scene, view_mode=ViewMode.DIFFERENCE, lane_mode=LaneMode.VELOCITY)
    assert bands(different, HEIGHT)[0].quantity is CHANGE
    image = painted(different, LanePainter(), HEIGHT)
    assert image.pixelColor(200, head_y(different, 16)) == QColor(*(int(c) for c in DARK.difference_rgb[96]))


def test_lane_shows_the_current_track_or_all_that_are_visible() -> None:
    song = song_of([(100, 50, 60, 40)], [(200, 50, 61, 50)], [(300, 50, 62, 60)])
    scene = scene_of(song)
    assert notes_in_lane(scene).tolist() == [0, 1, 2]
    assert notes_in_lane(replace(scene, current_track=1)).tolist() == [1]
    assert notes_in_lane(scene.with_visible([0, 2])).tolist() == [0, 2]
    assert notes_in_lane(replace(scene.with_visible([0, 2]), current_track=1)).tolist() == []


def test_untouched_notes_are_grey() -> None:
    song = song_of([(2000, 400, 60, 90)])
    scene = scene_of(song).with_selection(selection_of(song, excluded=[0]))
    image = painted(scene, LanePainter(), HEIGHT)
    assert image.pixelColor(200, head_y(scene, 90)) == DARK.color("hatch")


def test_caches_never_show_what_was_before() -> None:
    song = random_song(200)
    first = scene_of(song)
    second = first.with_performance(changed(song, 10, 0.7))
    third = second.with_performance(changed(song, -20, 1.3))
    steps = [
        first, second, third,
        replace(third, lane_mode=LaneMode.BOTH),
        replace(third, lane_mode=LaneMode.BOTH, current_track=1),
        replace(third, view_mode=ViewMode.AFTER),
        third.with_selection(selection_of(song, excluded=[2])).with_performance(song.as_written()),
        replace(third, viewport=third.viewport.zoomed(2, 50)),
        scene_of(random_song(20, seed=9)),
    ]  # fmt: skip
    cached = LanePainter()
    for scene in steps:
        assert painted(scene, cached, HEIGHT) == painted(scene, LanePainter(), HEIGHT)
    with painting("light"):
        assert painted(third, cached, HEIGHT) == painted(third, LanePainter(), HEIGHT)


@pytest.mark.parametrize("height", [1, 2, 22, 400])
@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("mode", list(LaneMode))
def test_every_size_can_be_painted(height: int, dpr: float, mode: LaneMode) -> None:
    song = random_song(100)
    scene = scene_of(song, lane_mode=mode).with_performance(changed(song, 30, 3.0))
    assert not painted(scene, LanePainter(), height, dpr).isNull()


# Locked and selected notes


@pytest.mark.parametrize("square", [True, False])
@pytest.mark.parametrize(("line", "room"), [(1, 10), (2, 10), (1, 1)])
def test_rings_equal_a_loop_over_marks(square: bool, line: int, room: int) -> None:
    marks, shape = random_marks(7, count=9), Shape.of(60 // (room * line), 60, line)
    heads = lane_raster.scatter(marks, 40, 60)
    inner = shape.radius + line
    expected = np.zeros((40, 60), dtype=bool)
    covered = np.zeros((40, 60), dtype=bool)
    for y, x in np.argwhere(heads):
        for v in range(40):
            for u in range(60):
                dx, dy = abs(u - x), abs(v - y)

                def within(radius: float, dx: int = dx, dy: int = dy) -> bool:
                    round_ = dy <= int(radius) and dx <= int(np.sqrt((radius + 0.35) ** 2 - dy * dy))
                    return max(dx, dy) <= int(radius) if square else round_

                covered[v, u] |= within(inner)
                expected[v, u] |= within(inner + line)
    cells = lane_raster.ring_cells(marks, shape, 40, 60, square=square)
    assert np.array_equal(np.flatnonzero(expected & ~covered), cells)


def test_locked_and_selected_heads_have_rings_of_different_shape() -> None:
    song = song_of([(1000, 400, 60, 80), (3000, 400, 62, 80)])  # x 100 and 300
    plain = scene_of(song)
    locked, picked = plain.with_locked({song.tracks[0].key: frozenset({0})}), replace(plain, picked=np.array([1]))
    y = round(float(bands(plain, HEIGHT)[0].scale.y(80)))

    def ring(scene: Scene, x: int) -> set[tuple[int, int]]:
        image, before = painted(scene, LanePainter(), HEIGHT), painted(plain, LanePainter(), HEIGHT)
        near = [(u, v) for u in range(x - 9, x + 10) for v in range(y - 9, y + 10)]
        return {(u - x, v - y) for u, v in near if image.pixelColor(u, v) != before.pixelColor(u, v)}

    assert ring(locked, 300) == ring(picked, 100) == set()
    square, round_ = ring(locked, 100), ring(picked, 300)
    corner = max(u for u, _ in square)
    assert (corner, corner) in square
    assert (corner, corner) not in round_
    assert round_


def test_the_lane_notices_locks_and_selections_and_their_end() -> None:
    song, painter = song_of([(1000, 400, 60, 80)]), LanePainter()
    plain = scene_of(song)
    first = painted(plain, painter, HEIGHT)
    for scene in (plain.with_locked({song.tracks[0].key: frozenset({0})}), replace(plain, picked=np.array([0]))):
        assert painted(scene, painter, HEIGHT) != first
        assert painted(plain, painter, HEIGHT) == first
