"""The grid and the ruler's labels: every bar line in view, numbers with room between them, changes of meter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.ui.canvas.meter_grid import bar_labels, grid_lines
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport
from tests.ui.canvas.songs import PPQ, song_of

BAR = 4 * PPQ


def scene_at(bars: int, px_per_bar: float, signatures: list[tuple[int, int, int]] | None = None) -> Scene:
    song = song_of([(0, bars * BAR, 60, 64)], signatures=signatures or [])
    view = Viewport(1000, 200).showing(bars * BAR, PPQ, 50, 70)
    return replace(
        Scene().with_song(song), viewport=view.zoomed(view.ticks_per_px * px_per_bar / BAR, 0.0).at(left=0.0)
    )


def ticks(scene: Scene, color: str) -> list[float]:
    return sorted(t for line in grid_lines(scene) if line.color == color for t in line.ticks.tolist())


def test_bar_lines_stand_on_the_bars_in_view() -> None:
    scene = scene_at(100, 50.0)
    inside = [t for t in ticks(scene, "grid_bar") if scene.viewport.left <= t <= scene.viewport.right]
    assert inside == [i * BAR for i in range(21)]


def test_beats_fade_in_with_zoom() -> None:
    def strength(px_per_bar: float, color: str) -> float:
        return max(
            (line.strength for line in grid_lines(scene_at(200, px_per_bar)) if line.color == color), default=0.0
        )

    beats = [strength(px, "grid_beat") for px in (20, 40, 60, 120)]
    assert beats[0] == 0.0
    assert beats == sorted(beats)
    assert beats[-1] == 1.0
    assert strength(60, "grid_sub") < strength(200, "grid_sub") <= strength(2000, "grid_sub") == 1.0


def test_subdivisions_lie_between_the_beats() -> None:
    scene = scene_at(10, 800.0)
    beats, subs = set(ticks(scene, "grid_beat")), ticks(scene, "grid_sub")
    assert not beats & set(subs)
    assert {PPQ / 2, PPQ / 4, PPQ * 3 / 4} <= set(subs)


@pytest.mark.parametrize("px_per_bar", [3.0, 11.0, 30.0, 90.0])
def test_labels_have_room(px_per_bar: float) -> None:
    scene = scene_at(400, px_per_bar)
    x = scene.viewport.x([label.tick for label in bar_labels(scene)])
    assert np.all(np.diff(x) >= 50)
    assert bar_labels(scene)[0].number == 1


def test_changes_of_meter_are_labelled_whatever_the_zoom() -> None:
    scene = scene_at(400, 4.0, [(0, 4, 4), (3 * BAR, 6, 8)])
    labels = {label.tick: label for label in bar_labels(scene)}
    assert labels[0].signature == "4/4"
    assert (labels[3 * BAR].number, labels[3 * BAR].signature) == (4, "6/8")


def test_millions_of_bars_draw_nothing_rather_than_wait() -> None:
    song = song_of([(0, 2**27, 60, 64)])
    scene = Scene(viewport=Viewport(800, 100)).with_song(song)
    tiny = replace(scene, viewport=replace(scene.viewport, ticks_per_px=2**20))
    assert grid_lines(tiny) == ()
    assert bar_labels(tiny) == []


def test_no_song_no_lines() -> None:
    assert grid_lines(Scene()) == ()
    assert bar_labels(Scene()) == []
