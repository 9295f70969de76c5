"""The window driven by mouse and keys, and the very samples that come out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from duv_studio.sound import RATE
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.playback.source import State
from tests.midi_builder import TrackSpec, build_song
from tests.ui.conftest import Answers
from tests.ui.playback.hearing import FADE, Ears, level, place_of

MS = 20_000
LEFT = Qt.MouseButton.LeftButton
CC, NOTE = 0xB0, 480  # 480 ticks are half a second
MELODY = [(i * NOTE, 300, 60 + i % 12, 70) for i in range(12)]
BASS = [(i * 2 * NOTE, 800, 36 + i % 5, 90) for i in range(6)]
DRUMS = [(i * NOTE, 60, (36, 42, 38, 42)[i % 4], 100) for i in range(12)]


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    return Ears(tmp_path)


Listen = Callable[[Sequence[TrackSpec]], MainWindow]


@pytest.fixture
def listen(make_window: Callable[..., MainWindow], ears: Ears, tmp_path: Path, qtbot: QtBot) -> Listen:
    """A window in which these tracks can be heard."""

    def make(tracks: Sequence[TrackSpec]) -> MainWindow:
        path = tmp_path / "Heard.mid"
        path.write_bytes(build_song(list(tracks), tempos=[(0, 120.0)]))
        window = make_window(load_sound=ears.load)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=MS)
        window.open_paths([path])
        qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
        qtbot.waitUntil(lambda: window.playback.state is State.READY, timeout=MS)
        ears.render()
        return window

    return make


@pytest.fixture
def band(listen: Listen) -> MainWindow:
    return listen(
        [
            TrackSpec(MELODY, name="Piano", program=0),
            TrackSpec(BASS, channel=1, name="Bass", program=33),
            TrackSpec(DRUMS, channel=9, name="Drums"),
        ]
    )


def key(window: MainWindow, letter: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.tracks.view, letter, modifier)


def settled(window: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    """Wait until the player has made what the window shows."""
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    window.playback._taking.flush()
    ears.render()


def test_what_is_heard_is_what_the_roll_shows_and_b_is_at_the_same_place(band: MainWindow, ears: Ears) -> None:
    after = ears.rendered(band, band.document.performance)
    before = ears.rendered(band, None)
    assert not np.array_equal(after[: len(before)], before[: len(after)])
    played = band.roll.canvas.scene.played
    assert played is not None and band.document.performance is not None
    assert sorted(played.velocity) == sorted(v for p in band.document.performance for v in p.velocity.tolist())
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(1.0)
    start = place_of(heard[-4410:], after, near=len(heard) - 4410)
    assert start >= 0
    at = start + 4410
    key(band, Qt.Key.Key_B)
    assert band.roll.canvas.scene.played is band.roll.canvas.scene.table.before  # type: ignore[union-attr]
    heard = ears.hear(1.0)
    # Up to what is under way, after; then a crossfade; then before, at the same place: no frame is lost.
    is_after = (heard == after[at : at + len(heard)]).all(axis=1)
    is_before = (heard == before[at : at + len(heard)]).all(axis=1)
    first_other, last_other = int(np.argmin(is_after)), len(heard) - int(np.argmin(is_before[::-1]))
    assert first_other <= 0.05 * RATE and last_other - first_other <= FADE
    assert is_after[:first_other].all() and is_before[last_other:].all()


def test_solo_silences_the_rest_and_without_it_mutes_are_back(band: MainWindow, ears: Ears) -> None:
    performance = band.document.performance
    key(band, Qt.Key.Key_Space)
    ears.hear(0.2)
    band.document.set_current_track(0)
    key(band, Qt.Key.Key_M)
    ears.hear(0.1)
    muted = ears.rendered(band, performance, gain=[0.0, 1.0, 1.0])
    at = place_of(ears.hear(0.2), muted, near=round(0.3 * RATE))
    assert at >= 0
    band.document.set_current_track(1)
    key(band, Qt.Key.Key_S)
    ears.hear(0.1)
    alone = ears.rendered(band, performance, gain=[0.0, 1.0, 0.0])
    at += round(0.2 * RATE) // 882 * 882 + round(0.1 * RATE) // 882 * 882
    heard = ears.hear(0.2)
    assert place_of(heard, alone, near=at) >= 0
    key(band, Qt.Key.Key_S)
    ears.hear(0.1)
    assert place_of(ears.hear(0.2), muted, near=at + round(0.3 * RATE)) >= 0


def test_neither_volume_nor_solo_nor_another_instrument_reaches_the_file(
    band: MainWindow, ears: Ears, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    def exported(name: str) -> bytes:
        answers.path = tmp_path / name
        band.export()
        qtbot.waitUntil(answers.path.exists, timeout=MS)
        return answers.path.read_bytes()

    plain = exported("plain.mid")
    mixing = band.playback.mixing
    keys = [track.key for track in band.document.tracks]
    mixing.set_gain(keys[0], 0.25)
    mixing.set_muted(keys[2], True)
    mixing.set_program(keys[0], 48)
    settled(band, ears, qtbot)
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(0.5)
    whole = ears.rendered(band, band.document.performance, gain=[0.25, 1.0, 0.0])
    assert place_of(heard[-4410:], whole, near=len(heard)) >= 0
    assert exported("mixed.mid") == plain


def test_n_goes_on_at_the_same_place_with_the_next_variation(band: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    first = ears.rendered(band, band.document.performance)
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(0.5)
    at = place_of(heard[-4410:], first, near=len(heard)) + 4410
    assert at >= 4410
    key(band, Qt.Key.Key_N)
    settled(band, ears, qtbot)
    second = ears.rendered(band, band.document.performance)
    heard = ears.hear(0.6)
    is_second = (heard == second[at : at + len(heard)]).all(axis=1)
    assert is_second[len(heard) // 2 :].all()
    assert np.abs(np.diff(heard[:, 0])).max() <= 2 * np.abs(np.diff(second[:, 0])).max()  # no click
    assert band.playback.is_playing


def test_a_slider_is_heard_while_it_plays(band: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(0.5)
    at = place_of(heard[-4410:], ears.rendered(band, band.document.performance), near=len(heard)) + 4410
    band.document.change("Intensity", intensity=0.0)
    settled(band, ears, qtbot)
    heard = ears.hear(0.6)
    before = ears.rendered(band, None)
    assert np.array_equal(heard[len(heard) // 2 :], before[at + len(heard) // 2 : at + len(heard)])


def test_a_click_in_the_ruler_is_heard_from_there(band: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    whole = ears.rendered(band, band.document.performance)
    key(band, Qt.Key.Key_Space)
    ears.hear(0.2)
    viewport = band.roll.canvas.scene.viewport
    x = round(float(viewport.x(6 * NOTE)))
    QTest.mouseClick(band.roll.ruler, LEFT, pos=QPoint(x, 12))
    ears.hear(0.3)
    there = float(band.document.song.tempo.seconds(viewport.tick(x)))  # type: ignore[union-attr]
    at = place_of(ears.hear(0.1), whole, near=round((there + 0.3) * RATE))
    assert there * RATE <= at <= (there + 0.35) * RATE


def test_a_loop_goes_round(band: MainWindow, ears: Ears) -> None:
    """Two beats, that is one second, over and over."""
    viewport = band.roll.canvas.scene.viewport
    x = [round(float(viewport.x(tick))) for tick in (4 * NOTE, 6 * NOTE)]
    QTest.mousePress(band.roll.ruler, LEFT, pos=QPoint(x[0], 12))
    for place in (x[0] + (x[1] - x[0]) // 2, x[1]):
        QTest.mouseMove(band.roll.ruler, QPoint(place, 12))
    QTest.mouseRelease(band.roll.ruler, LEFT, pos=QPoint(x[1], 12))
    assert band.playback.loop is not None
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(2.6)
    whole = ears.rendered(band, band.document.performance)
    start, stop = round(band.playback.loop.start * RATE), round(band.playback.loop.stop * RATE)
    middle = whole[start + 4410 : start + 8820]
    starts = np.flatnonzero((heard[:-4410] == middle[0]).all(axis=1)).tolist()
    rounds = [n for n in starts if np.array_equal(heard[n : n + 4410], middle)]
    assert len(rounds) >= 2 and set(np.diff(rounds)) == {stop - start}


def test_the_pedal_holds(listen: Listen, ears: Ears) -> None:
    """A tone of half a second, with the pedal down for one and a half."""
    tone = [(0, NOTE, 60, 90)]
    fill = [(5 * NOTE, 100, 30, 1)]
    pedal = [(0, bytes([CC, 64, 127])), (3 * NOTE, bytes([CC, 64, 0]))]
    window = listen([TrackSpec(tone + fill, name="Organ", program=19, events=pedal)])
    key(window, Qt.Key.Key_Space)
    heard = ears.hear(2.3)
    sounding, held, gone = (
        level(heard[round(a * RATE) : round(b * RATE)]) for a, b in ((0.2, 0.4), (1.0, 1.4), (1.8, 2.2))
    )
    assert held > 0.5 * sounding > 0 and gone < 0.05 * sounding


def test_a_closed_hi_hat_chokes_an_open_one(listen: Listen, ears: Ears) -> None:
    drums = [(0, 60, 46, 120), (2 * NOTE, 60, 46, 120), (2 * NOTE + 48, 60, 42, 1), (4 * NOTE, 60, 36, 1)]
    window = listen([TrackSpec(drums, channel=9, name="Drums")])
    key(window, Qt.Key.Key_B)  # with the velocities of the file
    key(window, Qt.Key.Key_Space)
    heard = ears.hear(1.2)
    # The closed one is struck, softly, after 50 ms.
    open_hat, choked = (level(heard[round((a + 0.062) * RATE) : round((a + 0.077) * RATE)]) for a in (0.0, 1.0))
    assert choked < 0.3 * open_hat


def test_stopped_it_is_silent_and_goes_on_from_there(band: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    whole = ears.rendered(band, band.document.performance)
    key(band, Qt.Key.Key_Space)
    ears.hear(0.6)
    key(band, Qt.Key.Key_Space)
    stopped = band.playback.position
    rest = np.concatenate([ears.output.pull(882) for _ in range(20)])
    assert level(rest[-4410:]) == 0.0
    assert band.playback.position == stopped > 0.0
    key(band, Qt.Key.Key_Space)
    heard = ears.hear(0.3)
    at = place_of(heard[-2205:], whole, near=round((stopped + 0.3) * RATE))
    assert at >= 0 and (at + 2205) / RATE == pytest.approx(stopped + 0.3, abs=0.1)


def test_both_sides_are_measured_and_made_equally_loud(band: MainWindow, ears: Ears, qtbot: QtBot) -> None:
    key(band, Qt.Key.Key_Space)
    ears.hear(0.2)
    QTest.mouseClick(band.transport.loudness, LEFT)
    ears.render()
    qtbot.waitUntil(lambda: band.playback.match_gain is not None, timeout=MS)
    side, gain = band.playback.match_gain  # type: ignore[misc]
    assert gain <= 0.0 and str(side) in ("before", "after")
    qtbot.waitUntil(lambda: "dB" in band.transport.loudness.gain_text, timeout=MS)
