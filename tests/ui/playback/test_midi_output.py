"""MIDI out in the window: the menu of ports, and what is sent while the song plays."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from duv_studio.sound.midi_out.status import MidiState
from duv_studio.sound.output.feeder import Stretch
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.midi_menu import TOPIC
from duv_studio.ui.playback.sound import Side, Trouble
from duv_studio.ui.playback.source import State
from tests.sound.midi_out.fake_ports import FakeClock, FakePorts, FakeTimeline
from tests.ui.conftest import WAIT_S
from tests.ui.playback.fake_sound import FakeSound

MS = int(WAIT_S * 1000)


@pytest.fixture
def ports() -> FakePorts:
    return FakePorts(FakeClock())


@pytest.fixture
def playing(opened: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot) -> MainWindow:
    """A window with a song, its sound loaded, on a computer with two ports; the song stands still."""
    opened.midi._system = ports
    sound.feeder = FakeTimeline()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: opened.playback.state is State.READY, timeout=MS)
    return opened


def entries(window: MainWindow, qtbot: QtBot) -> dict[str, QAction]:
    """The menu, opened, when it is known which ports there are."""
    menu = window.commands.midi
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: not window.jobs.tasks.running("midi ports"), timeout=MS)
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


def choose(window: MainWindow, name: str, qtbot: QtBot) -> None:
    entries(window, qtbot)[name].trigger()
    qtbot.waitUntil(lambda: window.midi.is_open, timeout=MS)
    qtbot.waitUntil(lambda: window.midi._sent is not None, timeout=MS)


def move_on(sound: FakeSound, position: float) -> None:
    """Let the song be heard from a place on."""
    now = time.perf_counter()
    sound.feeder.now = (Stretch(now, now + 1000, position),)  # type: ignore[attr-defined]


def velocities(ports: FakePorts) -> list[int]:
    return [message[2] for _, message in ports.opened["Piano"].got if message[0] & 0xF0 == 0x90 and message[2]]


def sent(window: MainWindow, side: Side) -> list[int]:
    """The velocities of a side's first chord or note, in the order of the file."""
    song, performance = window.document.song, window.document.performance
    assert song is not None and performance is not None
    shown = song.as_written() if side is Side.BEFORE else performance
    return [int(p.velocity[0]) for t, p in zip(song.tracks, shown, strict=True) if len(t.notes)]


def test_a_port_is_chosen_and_plays_the_side_that_is_heard(
    playing: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot
) -> None:
    assert list(entries(playing, qtbot)) == ["&None", "Piano", "Module"]
    choose(playing, "Piano", qtbot)
    assert entries(playing, qtbot)["Piano"].isChecked()
    assert playing.preferences.text("sound/midi_port") == "Piano"
    assert sound.keeps_time
    move_on(sound, 0.0)
    qtbot.waitUntil(lambda: len(velocities(ports)) > 0, timeout=MS)
    assert velocities(ports)[0] in sent(playing, Side.AFTER)
    sound.feeder.now = ()  # type: ignore[attr-defined]
    assert playing.midi.out is not None
    qtbot.waitUntil(lambda: ports.opened["Piano"].got[-1][1][1:] == bytes([123, 0]), timeout=MS)  # all notes off
    count = len(velocities(ports))
    playing.playback.show(Side.BEFORE)
    move_on(sound, 0.0)
    qtbot.waitUntil(lambda: len(velocities(ports)) > count, timeout=MS)
    assert velocities(ports)[count] in sent(playing, Side.BEFORE)


def test_what_is_muted_is_not_sent(playing: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot) -> None:
    song = playing.document.song
    assert song is not None
    for track in song.tracks:
        playing.playback.mixing.set_muted(track.key, True)
    choose(playing, "Piano", qtbot)
    move_on(sound, 0.0)
    qtbot.wait(150)
    assert velocities(ports) == []
    for track in song.tracks:
        playing.playback.mixing.set_muted(track.key, False)
    move_on(sound, 0.0)
    qtbot.waitUntil(lambda: len(velocities(ports)) > 0, timeout=MS)


def test_a_port_that_vanishes_is_told_and_none_takes_it_away(
    playing: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot
) -> None:
    choose(playing, "Piano", qtbot)
    ports.opened["Piano"].is_broken = True
    move_on(sound, 0.0)
    qtbot.waitUntil(lambda: TOPIC in playing.messages.messages, timeout=MS)
    assert playing.midi.out is not None and playing.midi.out.status.state is MidiState.LOST
    assert not sound.keeps_time
    ports.there = []
    shown = entries(playing, qtbot)
    assert list(shown) == ["&None", "Piano"]  # the chosen one stays, so that it can be tried again
    shown["&None"].trigger()
    assert TOPIC not in playing.messages.messages
    assert playing.midi.chosen == ""


def test_without_a_device_the_port_is_played_on(
    playing: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot
) -> None:
    playing.playback.source.lose(Trouble("Nothing can be heard", "no sound device was found"))
    assert playing.playback.trouble is not None
    choose(playing, "Piano", qtbot)
    qtbot.waitUntil(lambda: playing.playback.state is State.READY, timeout=MS)
    assert sound.opened == [""]
    assert sound.keeps_time


def test_the_port_of_the_last_time_is_opened_again(
    make_window: Callable[..., MainWindow], sound: FakeSound, ports: FakePorts, qtbot: QtBot
) -> None:
    window = make_window(start=False)
    window.midi._system = ports
    window.preferences.set_text("sound/midi_port", "Module")
    window.playback.prepare()
    qtbot.waitUntil(lambda: "Module" in ports.opened, timeout=MS)
    qtbot.waitUntil(lambda: window.midi.is_open, timeout=MS)
    window.midi.shut_down()
    assert not ports.opened["Module"].is_open


def test_all_notes_off_reaches_the_port(playing: MainWindow, sound: FakeSound, ports: FakePorts, qtbot: QtBot) -> None:
    choose(playing, "Piano", qtbot)
    playing.commands["panic"].trigger()
    assert bytes([0xBF, 120, 0]) in [message for _, message in ports.opened["Piano"].got]
