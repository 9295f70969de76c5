"""Pixels of the roll: colours of notes, outlines of the file's, dimming, hatching, differences; and all by force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from duv_studio.engine.midi.song import Song
from duv_studio.ui.canvas import note_raster, note_style
from duv_studio.ui.canvas.note_raster import Area
from duv_studio.ui.canvas.note_style import BACK, FRONT
from duv_studio.ui.canvas.roll_painter import RollPainter, spans_of
from duv_studio.ui.canvas.scene import Scene, ViewMode
from duv_studio.ui.canvas.viewport import Viewport
from duv_studio.ui.style.theme import DARK, LIGHT, painting
from tests.ui.canvas.songs import changed, key_middle, painted, random_song, scene_of, selection_of, song_of


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> None:
    """Pixmaps need one."""


def one_note(velocity: int = 100) -> Song:
    return song_of([(400, 1000, 60, velocity)])  # x 40..140


def pixel(image: QImage, x: int, pitch: int, dy: int = 0) -> QColor:
    return image.pixelColor(x, key_middle(pitch) + dy)


def colors_in(image: QImage, pitch: int) -> set[str]:
    top = (69 - pitch) * 10
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(top, top + 9)}


@pytest.mark.parametrize("look", ["dark", "light"])
@pytest.mark.parametrize("velocity", [1, 64, 127])
def test_a_note_has_the_colour_of_its_velocity(look: str, velocity: int) -> None:
    with painting(look) as theme:
        image = painted(scene_of(one_note(velocity)), RollPainter())
        assert pixel(image, 90, 60) == theme.velocity_color(velocity)
        assert pixel(image, 38, 60) != theme.velocity_color(velocity)
        assert pixel(image, 142, 60) != theme.velocity_color(velocity)
        assert pixel(image, 90, 61) != theme.velocity_color(velocity)


def test_after_is_solid_and_before_an_outline_at_its_old_length() -> None:
    song = one_note()
    scene = scene_of(song).with_performance(changed(song, 20, 0.5))  # now x 40..90
    image = painted(scene, RollPainter())
    assert pixel(image, 60, 60) == DARK.velocity_color(120)
    assert pixel(image, 138, 60) == DARK.color("outline")  # the old end; one pixel is the gap between repeated notes
    assert pixel(image, 115, 60, -4) == DARK.color("outline")
    assert pixel(image, 115, 60) not in (DARK.velocity_color(120), DARK.color("outline"))  # hollow


def test_outline_shows_the_old_end_within_a_longer_note() -> None:
    song = one_note()
    image = painted(scene_of(song).with_performance(changed(song, 0, 2.0)), RollPainter())
    assert pixel(image, 138, 60) == DARK.color("outline")
    assert pixel(image, 160, 60) == DARK.velocity_color(100)


def test_after_alone_has_no_outline() -> None:
    song = one_note()
    scene = scene_of(song, view_mode=ViewMode.AFTER).with_performance(changed(song, 0, 0.5))
    assert DARK.outline.lower() not in colors_in(painted(scene, RollPainter()), 60)


def test_before_is_hollow_in_the_colour_of_the_old_velocity() -> None:
    song = one_note(30)
    scene = scene_of(song, view_mode=ViewMode.BEFORE).with_performance(changed(song, 60, 0.5))
    image = painted(scene, RollPainter())
    assert pixel(image, 138, 60) == DARK.velocity_color(30)
    assert pixel(image, 90, 60) not in (DARK.velocity_color(30), DARK.velocity_color(90))


def test_without_a_performance_the_file_is_solid() -> None:
    for mode in (ViewMode.AFTER, ViewMode.BOTH, ViewMode.DIFFERENCE):
        image = painted(scene_of(one_note(77), view_mode=mode), RollPainter())
        assert pixel(image, 90, 60) == DARK.velocity_color(77)


@pytest.mark.parametrize(("change", "filled", "hollow"), [(40, -2, 2), (-40, 2, -2)])
def test_difference_fills_above_the_middle_for_louder_and_below_for_softer(
    change: int, filled: int, hollow: int
) -> None:
    song = one_note(64)
    scene = scene_of(song, view_mode=ViewMode.DIFFERENCE).with_performance(changed(song, change))
    image = painted(scene, RollPainter())
    strongest = QColor(*(int(c) for c in DARK.difference_rgb[128 if change > 0 else 0]))
    assert pixel(image, 90, 60, filled) == strongest
    assert pixel(image, 90, 60, hollow) != strongest


def test_difference_bar_grows_with_the_change() -> None:
    song = one_note(64)
    heights = []
    for change in (0, 4, 12, 20, 32):
        scene = scene_of(song, view_mode=ViewMode.DIFFERENCE).with_performance(changed(song, change))
        tone = note_style.difference_tones(np.array([change]), note_style.FULL_DIFFERENCE)[0]
        color, image = QColor(*(int(c) for c in DARK.difference_rgb[tone])), painted(scene, RollPainter())
        heights.append(sum(pixel(image, 90, 60, dy) == color for dy in range(-3, 4)))
    assert heights == sorted(heights)
    assert heights[0] == 0
    assert heights[-1] >= 3


def test_hidden_tracks_leave_no_pixel() -> None:
    song = song_of([(400, 1000, 60, 100)], [(400, 1000, 55, 50)])
    empty = painted(scene_of(song).with_visible([]), RollPainter())
    image = painted(scene_of(song).with_visible([1]), RollPainter())
    assert pixel(image, 90, 55) == DARK.velocity_color(50)
    assert colors_in(image, 60) == colors_in(empty, 60)
    assert empty == painted(replace(scene_of(song_of([(0, 0, 0, 1)])), viewport=scene_of(song).viewport), RollPainter())


def test_other_tracks_are_dim_and_the_current_one_hides_them() -> None:
    song = song_of([(400, 1000, 60, 100), (400, 1000, 62, 100)], [(700, 200, 60, 50)])
    image = painted(scene_of(song, current_track=1), RollPainter())
    assert pixel(image, 80, 60) == DARK.velocity_color(50)
    back = pixel(image, 80, 62)
    assert back not in (DARK.velocity_color(100), DARK.color("canvas"))

    def away(color: QColor) -> float:
        ground = DARK.rgb("canvas")
        return sum(abs(a - b) for a, b in zip(color.getRgb()[:3], ground, strict=True))  # type: ignore[index]

    assert away(back) < away(DARK.velocity_color(100)) / 2


def test_untouched_notes_are_hatched() -> None:
    song = song_of([(400, 1000, 60, 100)], [(400, 1000, 55, 100)])
    plain = scene_of(song).with_performance(song.as_written())
    image = painted(plain.with_selection(selection_of(song, excluded=[1])), RollPainter())
    body = {pixel(image, x, 55).name() for x in range(60, 120)}
    assert DARK.velocity_color(100).name() not in body
    assert len(body) > 3  # lines and ground
    assert {pixel(image, x, 60).name() for x in range(60, 120)} == {DARK.velocity_color(100).name()}


def test_theme_change_needs_only_a_repaint() -> None:
    painter, scene = RollPainter(), scene_of(one_note())
    dark = painted(scene, painter)
    with painting("light"):
        light = painted(scene, painter)
        assert pixel(light, 90, 60) == LIGHT.velocity_color(100)
        assert pixel(light, 303, 60) == LIGHT.color("canvas")
    assert painted(scene, painter) == dark


def test_caches_never_show_what_was_before() -> None:
    """Whatever changes between two frames, a painter with caches draws what a new one draws."""
    song = random_song(200)
    steps: list[Scene] = [scene_of(song)]

    def then(scene: Scene) -> None:
        steps.append(scene)

    then(steps[-1].with_performance(changed(song, 10, 0.7)))
    then(steps[-1].with_performance(changed(song, -10, 1.3)))
    then(steps[-1].with_selection(selection_of(song, excluded=[0])).with_performance(song.as_written()))
    then(steps[-1].with_performance(changed(song, 5)))
    then(replace(steps[-1], current_track=1))
    then(replace(steps[-1], view_mode=ViewMode.DIFFERENCE))
    then(steps[-1].with_visible([0, 1]))
    then(replace(steps[-1], viewport=steps[-1].viewport.zoomed(1.5, 30)))
    then(replace(steps[-1], view_mode=ViewMode.BEFORE))
    then(steps[-1].with_performance(None))
    then(scene_of(random_song(50, seed=3)))
    cached = RollPainter()
    for scene in steps:
        assert painted(scene, cached) == painted(scene, RollPainter())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("current", [None, 1])
def test_cells_equal_painting_note_by_note(seed: int, current: int | None) -> None:
    """The running sums against the obvious: a loop over notes and pixels."""
    scene = scene_of(random_song(120, seed=seed), current_track=current)
    area = Area.of(scene.viewport, 1.0)
    spans = spans_of(scene, area, scene.notes_in_view(scene.index))
    size = area.keys * area.stride
    layers = {is_front: [[] for _ in range(size)] for is_front in (False, True)}
    for start, stop, tone, front in zip(spans.start, spans.stop, spans.tone, spans.front, strict=True):
        for cell in range(start, stop):
            layers[bool(front)][cell].append(int(tone))
    expected = np.zeros(size, dtype=np.int64)
    for is_front, first in ((False, BACK), (True, FRONT)):
        for cell, tones in enumerate(layers[is_front]):
            if tones:
                expected[cell] = int(np.floor(np.mean(tones) + first + 0.5))
    assert note_raster.palette_cells(area, spans).tolist() == expected.tolist()
    assert np.count_nonzero(expected) > 1000


def test_spans_stay_inside_their_rows() -> None:
    scene = scene_of(random_song(300, seed=7))
    area = Area.of(scene.viewport, 1.0)
    spans = spans_of(scene, area, scene.notes_in_view(scene.index))
    assert np.all(spans.start < spans.stop)
    assert np.all(spans.start // area.stride == spans.stop // area.stride)
    assert spans.start.min() >= 0
    assert spans.stop.max() < area.keys * area.stride


@pytest.mark.parametrize("dpr", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_every_screen_resolution_shows_the_note_at_the_same_place(dpr: float) -> None:
    image = painted(scene_of(one_note()), RollPainter(), dpr=dpr)
    y = round((key_middle(60) + 0.5) * dpr)
    assert image.pixelColor(round(90 * dpr), y) == DARK.velocity_color(100)
    assert image.pixelColor(round(36 * dpr), y) != DARK.velocity_color(100)
    assert image.pixelColor(round(144 * dpr), y) != DARK.velocity_color(100)


@pytest.mark.parametrize(
    "notes",
    [
        [(0, 0, 60, 1)],
        [(0, 0, 0, 127), (0, 0, 127, 1)],
        [(10, 0, 60, 64)] * 50,
        [(0, 10_000_000, 60, 64), (5, 1, 60, 64)],
    ],
    ids=["one of no length", "ends of the keyboard", "a crowd of no length", "very long"],
)
@pytest.mark.parametrize("mode", list(ViewMode))
def test_odd_songs_can_be_painted(notes: list[tuple[int, int, int, int]], mode: ViewMode) -> None:
    song = song_of(notes)
    for width, height in ((1, 1), (300, 40), (700, 900)):
        scene = Scene(viewport=Viewport(width, height), view_mode=mode).with_song(song)
        for played in (scene, scene.with_performance(changed(song, 9, 0.5))):
            image = painted(played, RollPainter())
            assert image.width() == width


def test_a_note_of_no_length_is_still_seen() -> None:
    image = painted(scene_of(song_of([(400, 0, 60, 100)])), RollPainter())
    assert pixel(image, 40, 60) == DARK.velocity_color(100)


def test_two_hundred_thousand_notes_are_all_drawn_somewhere() -> None:
    song = random_song(70_000, tracks=3)
    scene = Scene(viewport=Viewport(600, 300)).with_song(song).with_performance(changed(song, 3))
    image = painted(scene, RollPainter())
    ground = painted(scene.with_visible([]), RollPainter())
    covered = [x for x in range(600) if any(image.pixel(x, y) != ground.pixel(x, y) for y in range(140, 160))]
    assert len(covered) > 570  # all but the edges


# Locked and selected notes


def locked_scene(song: Song, notes: frozenset[int] = frozenset({0})) -> Scene:
    return scene_of(song).with_locked({song.tracks[0].key: notes})


@pytest.mark.parametrize("mode", list(ViewMode))
@pytest.mark.parametrize("look", ["dark", "light"])
def test_a_locked_note_has_thick_ends(look: str, mode: ViewMode) -> None:
    song = one_note()  # x 40..140, one pixel is the gap between repeated notes
    with painting(look) as theme:
        scene = replace(locked_scene(song), view_mode=mode).with_performance(song.as_written())
        image = painted(scene, RollPainter())
        text = theme.color("text")
        assert [pixel(image, x, 60) == text for x in (39, 40, 42, 43, 90, 135, 136, 138, 139)] == [
            False, True, True, False, False, False, True, True, False,
        ]  # fmt: skip
        assert pixel(image, 90, 60, -4) != text  # no frame


@pytest.mark.parametrize("length", [10, 20, 50, 70])
def test_a_locked_note_of_any_length_is_marked_inside_its_own_cells(length: int) -> None:
    song = song_of([(400, length, 60, 100)])
    plain, marked = painted(scene_of(song), RollPainter()), painted(locked_scene(song), RollPainter())
    y = key_middle(60)
    changed_at = [x for x in range(plain.width()) if plain.pixelColor(x, y) != marked.pixelColor(x, y)]
    note_at = [x for x in range(plain.width()) if plain.pixelColor(x, y) == DARK.velocity_color(100)]
    assert changed_at
    assert min(changed_at) == 40
    assert max(changed_at) < 40 + length // 10 + 1
    assert note_at or length == 10


def test_a_selected_note_has_a_frame_and_a_narrow_one_is_filled() -> None:
    ring = DARK.color("hover_ring")
    song = song_of([(400, 1000, 60, 100), (2000, 30, 62, 100)])
    plain = scene_of(song)
    image = painted(replace(plain, picked=np.array([0, 1])), RollPainter())
    assert pixel(image, 90, 60, -4) == pixel(image, 90, 60, 4) == ring
    assert pixel(image, 40, 60) == pixel(image, 138, 60) == ring
    assert pixel(image, 90, 60) == DARK.velocity_color(100)
    assert pixel(image, 201, 62) == ring
    assert painted(plain, RollPainter()) != image


def test_the_painter_notices_locks_and_selections_and_their_end() -> None:
    song, painter = one_note(), RollPainter()
    plain = scene_of(song)
    first = painted(plain, painter)
    marked = [plain.with_locked({song.tracks[0].key: frozenset({0})}), replace(plain, picked=np.array([0]))]
    for scene in marked:
        assert painted(scene, painter) != first
        assert painted(plain, painter) == first


def test_a_padlock_is_drawn_where_there_is_room(qapp: QApplication) -> None:
    from duv_studio.ui.canvas.roll_painter import paint_locks

    def image_of(duration: int, key_px: float) -> QImage:
        song = song_of([(400, duration, 60, 100)])
        scene = locked_scene(song)
        scene = replace(scene, viewport=replace(scene.viewport, key_px=key_px))
        image = QImage(480, 200, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_locks(painter, scene, DARK, 1.0)
        painter.end()
        return image

    blank = QImage(480, 200, QImage.Format.Format_RGB32)
    blank.fill(0)
    assert image_of(1000, 12.0) != blank
    assert image_of(100, 12.0) == blank
    assert image_of(1000, 6.0) == blank
