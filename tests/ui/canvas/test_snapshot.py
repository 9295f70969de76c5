"""The picture of before and after: its size, what is in it, that it needs no window and fails with a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from duv_studio.errors import DuvError
from duv_studio.ui.canvas.snapshot import save_before_after_png
from duv_studio.ui.style.theme import DARK, LIGHT, current
from tests import ROOT
from tests.ui.canvas.songs import changed, random_song, selection_of, song_of

SONG = song_of([(0, 1920, 60, 64)], [(1920, 1920, 48, 100)])


def colors(image: QImage, rows: range) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in rows}


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_before_above_and_after_below(qapp: QApplication, tmp_path: Path, look) -> None:
    path = tmp_path / "夜想曲.png"
    save_before_after_png(SONG, SONG.as_written(), changed(SONG, 20, 0.5), path, size=(900, 700), theme=look.name)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (900, 700)
    upper, lower = colors(image, range(80, 360)), colors(image, range(400, 690))
    for velocity in (64, 100):
        assert look.velocity_color(velocity).rgba() in upper
        assert look.velocity_color(velocity).rgba() not in lower
        assert look.velocity_color(velocity + 20).rgba() in lower
        assert look.velocity_color(velocity + 20).rgba() not in upper
    assert QColor(look.outline).rgba() in lower
    assert current() is DARK


def test_scale_gives_more_pixels_of_the_same_picture(qapp: QApplication, tmp_path: Path) -> None:
    small, large = tmp_path / "1.png", tmp_path / "2.png"
    arguments = (SONG, SONG.as_written(), changed(SONG, 20))
    save_before_after_png(*arguments, small, size=(800, 600))
    save_before_after_png(*arguments, large, size=(800, 600), scale=2.0)
    one, two = QImage(str(small)), QImage(str(large))
    assert (two.width(), two.height()) == (1600, 1200)
    same = sum(one.pixel(x, y) == two.pixel(2 * x, 2 * y) for x in range(0, 800, 7) for y in range(0, 600, 7))
    assert same > 0.8 * (800 // 7) * (600 // 7)


def test_bars_choose_the_excerpt(qapp: QApplication, tmp_path: Path) -> None:
    song = song_of([(0, 480, 60, 64), (40 * 1920, 480, 60, 127)])
    arguments = (song, song.as_written(), song.as_written())
    loud = DARK.velocity_color(127).rgba()
    save_before_after_png(*arguments, tmp_path / "a.png", bars=8)
    save_before_after_png(*arguments, tmp_path / "b.png", bars=None)
    assert loud not in colors(QImage(str(tmp_path / "a.png")), range(100, 450))
    assert loud in colors(QImage(str(tmp_path / "b.png")), range(100, 450))


@pytest.mark.parametrize("size", [(320, 240), (1600, 900)])
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_any_song_and_size(qapp: QApplication, tmp_path: Path, size: tuple[int, int], count: int) -> None:
    song = random_song(count, tracks=2)
    path = tmp_path / "x.png"
    save_before_after_png(song, song.as_written(), changed(song, 9), path, size=size, selection=selection_of(song, [0]))
    assert QImage(str(path)).width() == size[0]


def test_what_cannot_be_written_is_said(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(DuvError) as caught:
        save_before_after_png(SONG, SONG.as_written(), SONG.as_written(), tmp_path / "missing" / "x.png")
    assert caught.value.file == tmp_path / "missing" / "x.png"


_ALONE = """
import sys
from tests.ui.canvas.songs import changed, song_of
from duv_studio.ui.canvas.snapshot import save_before_after_png
song = song_of([(0, 1920, 60, 64)])
save_before_after_png(song, song.as_written(), changed(song, 20), sys.argv[1], size=(400, 300))
print("torch" in sys.modules)
"""


def test_works_in_a_process_without_screen_or_application(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    path = tmp_path / "alone.png"
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, str(path)],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False\n"
    assert QImage(str(path)).width() == 400


def test_notes_left_alone_are_hatched_in_the_picture(qapp: QApplication, tmp_path: Path) -> None:
    plain, hatched = tmp_path / "plain.png", tmp_path / "hatched.png"
    arguments = (SONG, SONG.as_written(), SONG.as_written())
    save_before_after_png(*arguments, plain, size=(900, 700))
    save_before_after_png(*arguments, hatched, size=(900, 700), selection=selection_of(SONG, excluded=[1]))
    for rows in (range(140, 280), range(460, 600)):  # the rolls, where only notes have these colours
        of_track_b = DARK.velocity_color(100).rgba()
        assert of_track_b in colors(QImage(str(plain)), rows)
        assert of_track_b not in colors(QImage(str(hatched)), rows)
        assert DARK.velocity_color(64).rgba() in colors(QImage(str(hatched)), rows)
