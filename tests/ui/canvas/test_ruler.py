"""No two labels of the ruler share a pixel, whatever the meters and the zoom; the weightier ones are kept."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from duv_studio.ui.canvas.ruler import ruler_labels
from duv_studio.ui.canvas.ruler_labels import PlacedLabel
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport
from tests.ui.canvas.songs import PPQ, song_of

SIXTEENTH, BAR = PPQ // 4, 4 * PPQ
Signatures = list[tuple[int, int, int]]

SONGS: dict[str, Signatures] = {
    "pick-up": [(0, 1, 4), (PPQ, 4, 4)],
    "pick-up of a sixteenth": [(0, 1, 16), (SIXTEENTH, 4, 4)],
    "six eighths after a pick-up": [(0, 1, 8), (PPQ // 2, 6, 8)],
    "one short bar within": [(0, 4, 4), (8 * BAR, 1, 4), (8 * BAR + PPQ, 4, 4)],
    "a meter for every bar": [(k * 5 * PPQ + (k % 2) * 2 * PPQ, 2 + k % 2, 4) for k in range(60)],
    "two figures over two": [(0, 12, 16), (3 * PPQ, 15, 16), (3 * PPQ + 15 * SIXTEENTH, 11, 16)],
    "no signature": [],
}
ZOOMS = [1.5, 4.0, 9.0, 17.0, 30.0, 55.0, 90.0, 180.0, 400.0, 960.0]  # pixels of a quarter


def scene_of(signatures: Signatures, px: float, left: float, bars: int = 1200) -> Scene:
    scene = Scene(viewport=Viewport(1000, 200)).with_song(song_of([(0, bars * BAR, 60, 64)], signatures=signatures))
    return replace(scene, viewport=replace(scene.viewport, ticks_per_px=PPQ / px, left=left))


def labels_of(scene: Scene, size: int = 11) -> list[PlacedLabel]:
    font = QFont(QApplication.font())
    font.setPixelSize(size)
    return ruler_labels(scene, font)


@pytest.mark.parametrize("size", [11, 20], ids=["usual text", "large text"])
@pytest.mark.parametrize("name", SONGS)
def test_labels_never_overlap(qapp: QApplication, name: str, size: int) -> None:
    for px in ZOOMS:
        for left in (-30.0 * PPQ / px, 0.0, 3.3 * BAR, 990 * BAR):
            labels = labels_of(scene_of(SONGS[name], px, left), size)
            areas = [a for label in labels for a in (label.number_area, label.signature_area) if not a.isEmpty()]
            for one, other in pairwise(areas):
                assert one.right() + 2 <= other.left(), (name, px, left)


@pytest.mark.parametrize("px", ZOOMS)
def test_the_meter_of_the_song_is_named_at_any_zoom(qapp: QApplication, px: float) -> None:
    """Not that of the pick-up, where there is room for one only; its number stays as long as it can."""
    labels = labels_of(scene_of(SONGS["pick-up"], px, 0.0))
    assert "4/4" in [label.signature for label in labels]
    if px >= 55:
        assert [label.number for label in labels[:2]] == ["1", "2"]
    assert ("1/4" in [label.signature for label in labels]) is (px >= 55)


def test_what_is_shown_stays_while_one_scrolls(qapp: QApplication) -> None:
    shown: dict[str, set[bool]] = {}
    for left in np.arange(0, 4 * BAR, 31.0):
        labels = {label.number: label for label in labels_of(scene_of(SONGS["one short bar within"], 12.0, left))}
        for number in ("9", "10", "13", "17"):
            x = 12.0 * (int(number) - 1) * 4 - 12.0 * left / PPQ
            if 60 < x < 900:
                shown.setdefault(number, set()).add(number in labels)
    assert shown and all(len(seen) == 1 for seen in shown.values()), shown
