"""What is played and from where, told to a sound that only remembers it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.errors import DuvError
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.task_pool import Tasks
from duv_studio.ui.playback.controller import LoopRange, Playback
from duv_studio.ui.playback.sound import Side, Sound, SoundRequest, Trouble
from duv_studio.ui.playback.source import State
from tests.songs import make_song, make_track
from tests.ui.conftest import WAIT_S
from tests.ui.playback.fake_sound import FakeSound

MS = int(WAIT_S * 1000)
ROWS = [(i * 480, 400, 60, 80) for i in range(16)]  # half a second each, as many as eight seconds


class Loader:
    """Loads the fake sound when it is let."""

    def __init__(self) -> None:
        self.sound = FakeSound()
        self.go, self.asked = threading.Event(), list[SoundRequest]()
        self.go.set()
        self.error: Exception | None = None

    def __call__(self, request: SoundRequest) -> Sound:
        self.asked.append(request)
        assert self.go.wait(WAIT_S)
        if self.error is not None:
            raise self.error
        return self.sound


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def playback(qtbot: QtBot, preferences: Preferences, loader: Loader) -> Iterator[Playback]:
    document = Document()
    document.set_song(make_song(make_track(ROWS), make_track(ROWS, index=1, channel=1)))
    tasks = Tasks(document)
    made = Playback(document, tasks, preferences, loader, document)
    yield made
    loader.go.set()
    made.shut_down()
    tasks.shutdown()
    del document


def loaded(playback: Playback, qtbot: QtBot) -> None:
    playback.prepare()
    qtbot.waitUntil(lambda: playback.state is not State.LOADING, timeout=MS)


def test_what_was_asked_before_sound_is_loaded_happens_then(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loader.go.clear()
    assert playback.state is State.ASLEEP and not loader.asked
    playback.seek(2.0)
    playback.show(Side.BEFORE)
    playback.set_loop(LoopRange(1.0, 3.0))
    playback.set_volume(0.25)
    playback.play()
    assert playback.is_playing and playback.is_waiting and playback.state is State.LOADING
    loader.go.set()
    qtbot.waitUntil(lambda: loader.sound.is_playing, timeout=MS)
    sound = loader.sound
    assert (sound.side, sound.loop, sound.mix[1], sound.position) == (Side.BEFORE, (1.0, 3.0), 0.25, 2.0)
    assert sound.song is playback.document.song and len(sound.mix[0]) == 2
    assert not playback.is_waiting


def test_stopped_before_it_was_loaded_it_stays_silent(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loader.go.clear()
    playback.toggle()
    playback.toggle()
    loader.go.set()
    qtbot.waitUntil(lambda: playback.state is State.READY, timeout=MS)
    assert not loader.sound.is_playing and len(loader.asked) == 1


def test_stop_stays_where_it_was_heard_and_play_goes_on_there(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loaded(playback, qtbot)
    playback.play()
    loader.sound.position = 1.7
    playback.stop()
    assert playback.position == 1.7
    loader.sound.position = 1.95  # what was read ahead
    playback.play()
    assert loader.sound.told == ["play 0.00", "stop", "play 1.70"]
    playback.rewind()
    assert loader.sound.position == 0.0 and loader.sound.is_playing


@pytest.mark.parametrize("under_way", [0.0, 0.3])  # what is heard is behind what has been played
def test_at_the_end_it_stops_and_begins_again_from_the_start(
    playback: Playback, loader: Loader, qtbot: QtBot, under_way: float
) -> None:
    loaded(playback, qtbot)
    loader.sound.length = playback.length
    playback.play()
    loader.sound.position, loader.sound.is_playing = playback.length - under_way, False
    qtbot.waitUntil(lambda: not playback.is_playing, timeout=MS)
    assert playback.position == playback.length
    playback.play()
    assert loader.sound.told[-1] == "play 0.00"


def test_a_loop_is_gone_to_while_it_plays_and_kept_while_it_is_off(
    playback: Playback, loader: Loader, qtbot: QtBot
) -> None:
    loaded(playback, qtbot)
    playback.play()
    loader.sound.position = 5.0
    playback._look()
    playback.set_loop(LoopRange(1.0, 2.0))
    assert loader.sound.position == 1.0 and loader.sound.loop == (1.0, 2.0)
    playback.toggle_loop()
    assert loader.sound.loop is None and playback.loop == LoopRange(1.0, 2.0, is_on=False)
    playback.toggle_loop()
    assert loader.sound.loop == (1.0, 2.0)
    playback.set_loop(None)
    playback.toggle_loop()  # without one: all of it
    assert playback.loop == LoopRange(0.0, playback.length)


def test_a_change_of_side_keeps_the_position(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loaded(playback, qtbot)
    playback.play()
    loader.sound.position = 3.3
    playback.show(Side.BEFORE)
    assert loader.sound.side is Side.BEFORE and loader.sound.position == 3.3
    assert loader.sound.told == ["play 0.00"]


def test_without_a_device_play_tries_again_and_says_why(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    trouble = Trouble("Nothing can be heard", "no sound device was found", "connect one")
    loader.sound.trouble = loader.sound.trouble_after_reopen = trouble
    loaded(playback, qtbot)
    assert playback.state is State.SILENT and playback.trouble == trouble
    with qtbot.waitSignal(playback.refused, timeout=MS):
        playback.play()
    assert loader.sound.opened == [""] and not playback.is_playing
    loader.sound.trouble_after_reopen = None  # it was connected
    playback.play()
    qtbot.waitUntil(lambda: loader.sound.is_playing, timeout=MS)
    assert playback.state is State.READY and playback.trouble is None


def test_a_device_that_goes_away_stops_and_playing_goes_on_elsewhere(
    playback: Playback, loader: Loader, qtbot: QtBot
) -> None:
    loaded(playback, qtbot)
    playback.play()
    loader.sound.position = 4.0
    with qtbot.waitSignal(playback.lost, timeout=MS):
        loader.sound.trouble = Trouble("Nothing can be heard", "the device went away", "")
    assert not playback.is_playing and playback.position == 4.0 and playback.state is State.SILENT
    playback.play()
    qtbot.waitUntil(lambda: loader.sound.is_playing, timeout=MS)
    assert loader.sound.told[-1] == "play 4.00"


def test_another_device_is_opened_and_remembered(
    playback: Playback, loader: Loader, preferences: Preferences, qtbot: QtBot
) -> None:
    loaded(playback, qtbot)
    playback.source.look_for_devices()
    qtbot.waitUntil(lambda: bool(playback.source.devices), timeout=MS)
    playback.play()
    loader.sound.position = 2.0
    playback._look()
    playback.use_device(playback.source.devices[1])
    qtbot.waitUntil(lambda: loader.sound.told[-1] == "play 2.00", timeout=MS)
    assert loader.sound.opened == ["Headphones ヘッドホン"] and playback.is_playing
    assert preferences.text("sound/device") == "Headphones ヘッドホン"


def test_another_soundfont_is_loaded_and_a_bad_one_is_told(
    playback: Playback, loader: Loader, qtbot: QtBot, tmp_path
) -> None:
    loaded(playback, qtbot)
    first, loader.sound = loader.sound, FakeSound()
    playback.use_soundfont(tmp_path / "mine.sf2")
    qtbot.waitUntil(lambda: playback.state is State.READY, timeout=MS)
    assert first.is_closed and loader.asked[-1].soundfont == tmp_path / "mine.sf2"
    loader.error = DuvError("no SoundFont", hint="choose another", file=tmp_path / "bad.sf2")
    playback.use_soundfont(tmp_path / "bad.sf2")
    qtbot.waitUntil(lambda: playback.state is State.SILENT, timeout=MS)
    assert playback.trouble is not None and playback.trouble.file == tmp_path / "bad.sf2"
    with qtbot.waitSignal(playback.refused, timeout=MS):
        playback.play()
    loader.error = None
    playback.use_soundfont(None)
    qtbot.waitUntil(lambda: playback.state is State.READY, timeout=MS)
    assert loader.asked[-1].soundfont is None


def test_same_loudness_and_volume_are_told_and_remembered(
    playback: Playback, loader: Loader, preferences: Preferences, qtbot: QtBot
) -> None:
    loaded(playback, qtbot)
    playback.set_matched(True)
    playback.set_volume(2.0)
    assert loader.sound.mix[1:] == (1.0, True)
    playback.set_volume(0.5)
    again = Playback(playback.document, playback.tasks, preferences, loader)
    assert (again.volume, again.matched) == (0.5, True)
    assert playback.match_gain is None
    loader.sound.match_gains = {Side.BEFORE: 0.0, Side.AFTER: -2.1}
    assert playback.match_gain == (Side.AFTER, -2.1)


@pytest.mark.parametrize(("stored", "volume"), [("", 1.0), ("loud", 1.0), ("7", 1.0), ("-1", 0.0), ("nan", 1.0)])
def test_an_odd_volume_that_was_remembered(
    playback: Playback, preferences: Preferences, stored: str, volume: float
) -> None:
    preferences.set_text("sound/volume", stored)
    assert Playback(playback.document, playback.tasks, preferences, lambda r: FakeSound()).volume == volume


def test_another_song_stops_and_begins_at_its_start(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loaded(playback, qtbot)
    playback.set_loop(LoopRange(1.0, 2.0))
    playback.play()
    song = make_song(make_track(ROWS))
    playback.document.set_song(song)
    assert not playback.is_playing and playback.position == 0.0 and playback.loop is None
    assert loader.sound.song is song and loader.sound.loop is None and len(loader.sound.mix[0]) == 1
    playback.document.set_song(None)
    playback.play()
    assert not playback.is_playing and playback.length == 0.0


def test_unexpected_errors_of_loading_are_told(playback: Playback, loader: Loader, qtbot: QtBot) -> None:
    loader.error = OSError("out of handles")
    told: list[Exception] = []
    playback.source.unexpected.connect(told.append)
    loaded(playback, qtbot)
    assert told == [loader.error]
    assert playback.trouble is not None and "out of handles" in playback.trouble.text


@pytest.mark.parametrize("is_there", [False, True], ids=["while it loads", "when it has just come"])
def test_sound_that_nobody_waits_for_any_more_is_closed(
    playback: Playback, loader: Loader, qtbot: QtBot, is_there: bool
) -> None:
    loader.go.clear()
    playback.prepare()
    qtbot.waitUntil(lambda: bool(loader.asked), timeout=MS)
    if is_there:
        loader.go.set()
        playback.tasks._pool.waitForDone()  # the window has not heard of it yet
        playback.shut_down()
    else:
        playback.shut_down()
        loader.go.set()
        playback.tasks.shutdown()
    assert loader.sound.is_closed and playback.sound is None
