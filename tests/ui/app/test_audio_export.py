"""Audio files of the song: by the menu, and dragged out of the window."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi import midi_file
from duv_studio.errors import Cancelled, DuvError
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.schedule.score import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.ui.app.audio_export import AudioQuestions
from duv_studio.ui.app.drag_out import DraggedFiles, forget_old
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.playback.audio_dialog import AudioChoice, AudioDialog, paths_of
from duv_studio.ui.playback.audio_jobs import AUDIO, DRAGGED
from duv_studio.ui.playback.audio_render import Recorded, Recording
from duv_studio.ui.playback.controller import LoopRange
from tests.sound.soundfonts import tiny_soundfont
from tests.ui.conftest import WAIT_S, pops_up

MS = int(WAIT_S * 1000)
LEFT, SHIFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


class Answered(AudioQuestions):
    """Answers as a test says, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, str] | None = {}
        self.path: Path | None = None
        self.replace = False
        self.suggested: list[Path] = []
        self.replaced: list[tuple[Path, ...]] = []
        self.dialogs: list[AudioChoice] = []

    def ask_what(self, dialog: AudioDialog) -> bool:
        dialog.grab()
        if self.answers is None:
            return False
        dialog.choose(**self.answers)
        self.dialogs.append(dialog.choice)
        return True

    def ask_path(self, parent: QWidget, suggestion: Path) -> Path | None:
        self.suggested.append(suggestion)
        return self.path

    def may_replace(self, parent: QWidget, paths: tuple[Path, ...]) -> bool:
        self.replaced.append(paths)
        return self.replace


@pytest.fixture
def asked(opened: MainWindow, tmp_path: Path) -> Answered:
    """A window whose sounds are small, and what it asks."""
    opened.playback.preferences.set_text("sound/font", str(tiny_soundfont(tmp_path / "tiny.sf2")))
    opened.audio_export.questions = Answered()
    return opened.audio_export.questions


def finished(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: AUDIO in window.messages.messages, timeout=MS)


def rendered(window: MainWindow, before: bool = False, **said: object) -> np.ndarray:
    song, font = window.document.song, window.playback.source.request.soundfont
    assert song is not None and font is not None
    performance = None if before else window.document.performance
    blocks = render_song(song, performance, SoundFont.open(font), **said)  # type: ignore[arg-type]
    return np.concatenate(list(blocks))


def test_after_is_written_as_it_is_heard(opened: MainWindow, asked: Answered, tmp_path: Path, qtbot: QtBot) -> None:
    asked.path = tmp_path / "out"
    opened.commands["export_audio"].trigger()
    finished(opened, qtbot)
    assert asked.suggested[0].name == "Song (humanized).wav"
    audio, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert rate == RATE and soundfile.info(tmp_path / "out.wav").subtype == "PCM_24"
    assert np.allclose(audio, rendered(opened), atol=2**-22)
    message = opened.messages.messages[AUDIO]
    assert message.kind == "success" and "out.wav" in message.title


def test_both_sides_of_the_loop_as_they_are_heard_now(
    opened: MainWindow, asked: Answered, tmp_path: Path, qtbot: QtBot
) -> None:
    song = opened.document.song
    assert song is not None
    opened.playback.set_loop(LoopRange(1.0, 2.5))
    opened.playback.mixing.set_muted(song.tracks[2].key, True)
    opened.playback.mixing.set_gain(song.tracks[0].key, 0.5)
    opened.playback.mixing.set_program(song.tracks[1].key, 48)
    asked.answers = {"sides": "both", "part": "loop", "tracks": "heard", "format": "flac16"}
    asked.path = tmp_path / "Song.flac"
    opened.commands["export_audio"].trigger()
    finished(opened, qtbot)
    assert asked.suggested[0].name == "Song.flac"
    how = {"listening": Listening(programs={1: 48}), "gain": [0.5, 1.0, 0.0], "start": 1.0, "stop": 2.5}
    for name, before in (("before", True), ("after", False)):
        audio, _ = soundfile.read(tmp_path / f"Song ({name}).flac", dtype="float32")
        assert len(audio) == 1.5 * RATE
        assert np.allclose(audio, rendered(opened, before, **how), atol=2**-14)
    asked.answers = {}
    opened.commands["export_audio"].trigger()
    assert asked.dialogs[-1].format == "flac16"  # remembered, as is the folder
    assert asked.suggested[-1].parent == tmp_path


def test_files_are_only_replaced_when_that_is_confirmed(opened: MainWindow, asked: Answered, tmp_path: Path) -> None:
    (tmp_path / "Song (before).wav").write_bytes(b"precious")
    asked.answers, asked.path = {"sides": "both"}, tmp_path / "Song.wav"
    opened.commands["export_audio"].trigger()
    assert asked.replaced == [(tmp_path / "Song (before).wav",)]
    assert not opened.jobs.tasks.running(AUDIO) and (tmp_path / "Song (before).wav").read_bytes() == b"precious"
    asked.answers = None
    opened.commands["export_audio"].trigger()
    assert len(asked.suggested) == 1


@pytest.mark.parametrize(
    ("chosen", "choice", "names"),
    [
        ("a.wav", AudioChoice(), ["a.wav"]),
        ("a.wav", AudioChoice(format="flac24"), ["a.flac"]),
        ("a v1.2", AudioChoice(), ["a v1.2.wav"]),
        ("a.FLAC", AudioChoice("both", format="flac16"), ["a (before).flac", "a (after).flac"]),
        ("曲.wav", AudioChoice("before"), ["曲.wav"]),
    ],
)
def test_the_names_of_files(chosen: str, choice: AudioChoice, names: list[str]) -> None:
    assert [path.name for path in paths_of(Path("x") / chosen, choice)] == names


def test_without_a_loop_or_a_performance_there_is_less_to_choose(qtbot: QtBot) -> None:
    dialog = AudioDialog(AudioChoice("after", "loop"), loop="", heard="2 of 3", has_after=False, parent=None)
    qtbot.addWidget(dialog)
    assert (dialog.choice.sides, dialog.choice.part) == ("before", "whole")


def test_where_a_song_cannot_be_written_beside_the_home_folder_is_suggested(
    opened: MainWindow, asked: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    opened.commands["export_audio"].trigger()
    assert asked.suggested == [Path.home() / "Song (humanized).wav"]


class Slow:
    """Writes when it is let, and says how far it is."""

    def __init__(self) -> None:
        self.go, self.was_cancelled = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.made: list[Path] = []

    def __call__(
        self, recordings: Sequence[Recording], progress: Callable[[float], None], cancelled: Callable[[], bool]
    ) -> Recorded:
        progress(0.25)
        while not self.go.wait(0.002):
            if cancelled():
                self.was_cancelled.set()
                raise Cancelled
        if self.error is not None:
            raise self.error
        for recording in recordings:
            recording.path.write_bytes(b"audio")
            self.made.append(recording.path)
        return Recorded(tuple(recording.path for recording in recordings), -1.5)


@pytest.fixture
def slow(opened: MainWindow) -> Slow:
    made = Slow()
    opened.audio._record = made
    return made


def test_progress_is_shown_and_esc_cancels(
    opened: MainWindow, asked: Answered, slow: Slow, tmp_path: Path, qtbot: QtBot
) -> None:
    asked.path = tmp_path / "a.wav"
    opened.commands["export_audio"].trigger()
    qtbot.waitUntil(opened.status.activity.isVisible, timeout=MS)
    qtbot.waitUntil(lambda: opened.status.activity.bar.value() == 250, timeout=MS)
    assert opened.status.activity.label.text() == "Writing a.wav…" and opened.status.activity.button.isVisible()
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert slow.was_cancelled.wait(WAIT_S)
    qtbot.waitUntil(lambda: not opened.status.activity.isVisible(), timeout=MS)
    assert not asked.path.exists() and AUDIO not in opened.messages.messages


def test_what_could_not_be_written_is_told(
    opened: MainWindow, asked: Answered, slow: Slow, tmp_path: Path, qtbot: QtBot
) -> None:
    slow.go.set()
    slow.error = DuvError("the disk is full", hint="make room", file=tmp_path / "a.wav")
    asked.path = tmp_path / "a.wav"
    opened.commands["export_audio"].trigger()
    finished(opened, qtbot)
    assert opened.messages.messages[AUDIO].text == "The disk is full."
    unexpected: list[Exception] = []
    opened.set_report(unexpected.append)
    slow.error = OSError("odd")
    opened.messages.clear(AUDIO)
    opened.commands["export_audio"].trigger()
    finished(opened, qtbot)
    assert unexpected == [slow.error]
    slow.error = None
    slow.go.clear()
    opened.commands["export_audio"].trigger()
    assert AUDIO not in opened.messages.messages  # what went wrong is not said of the export that runs now
    slow.go.set()
    qtbot.waitUntil(
        lambda: AUDIO in opened.messages.messages and opened.messages.messages[AUDIO].kind == "success", timeout=MS
    )
    assert "1.5 dB" in opened.messages.messages[AUDIO].text


# Dragged out


class Dropped:
    """Takes what is dragged out, or does not."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.contents: list[bytes] = []
        self.action = Qt.DropAction.CopyAction

    def __call__(self, source: QWidget, mime: QMimeData) -> Qt.DropAction:
        [url] = mime.urls()
        path = Path(url.toLocalFile())
        self.paths.append(path)
        self.contents.append(path.read_bytes())
        return self.action


@pytest.fixture
def dropped(opened: MainWindow) -> Dropped:
    made = Dropped()
    opened.drag_handle._run = made
    return made


def drag(
    window: MainWindow, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, *, release: bool = True
) -> None:
    handle, at = window.drag_handle, QPoint(10, 10)
    QTest.mousePress(handle, LEFT, keys, at)
    QTest.mouseMove(handle, at + QPoint(40, 0))
    if release:
        QTest.mouseRelease(handle, LEFT, keys, at + QPoint(40, 0))


def test_the_midi_file_is_dragged_out_as_a_copy(opened: MainWindow, dropped: Dropped) -> None:
    song = opened.document.song
    drag(opened)
    assert song is not None and dropped.contents == [midi_file.encode(song, opened.document.performance)]
    assert dropped.paths[0].name == "Song (humanized).mid" and song.path not in dropped.paths
    drag(opened)
    assert dropped.paths[0].exists() and dropped.paths[0] != dropped.paths[1]  # what was taken is never written again
    dropped.action = Qt.DropAction.IgnoreAction
    drag(opened)
    opened.drag_handle.shut_down()
    assert dropped.paths[0].exists() and not dropped.paths[2].exists()
    for path in dropped.paths[:2]:
        path.unlink()
        path.parent.rmdir()


@pops_up
@pytest.mark.parametrize("keys", [SHIFT, ALT])
def test_audio_is_dragged_out_when_it_is_made(
    opened: MainWindow, asked: Answered, slow: Slow, dropped: Dropped, keys: Qt.KeyboardModifier, qtbot: QtBot
) -> None:
    dropped.action = Qt.DropAction.IgnoreAction
    drag(opened, keys)
    assert dropped.paths == [] and opened.audio.activity is not None
    slow.go.set()
    qtbot.waitUntil(lambda: "ready" in opened.drag_handle.toolTip(), timeout=MS)
    drag(opened, keys)
    assert dropped.contents == [b"audio"] and dropped.paths[0].name == "Song (humanized).wav"
    opened.document.change("Intensity", intensity=0.1)  # then it is no longer what is heard
    qtbot.waitUntil(lambda: "ready" not in opened.drag_handle.toolTip(), timeout=MS)


@pops_up
def test_audio_with_other_sounds_is_made_anew(opened: MainWindow, dropped: Dropped, qtbot: QtBot) -> None:
    dropped.action = Qt.DropAction.IgnoreAction
    drag(opened, SHIFT)
    qtbot.waitUntil(lambda: "ready" in opened.drag_handle.toolTip(), timeout=MS)
    opened.playback.use_soundfont(Path("other.sf2"))
    assert "ready" not in opened.drag_handle.toolTip()


@pops_up
def test_who_holds_the_button_until_the_audio_is_made_drags_it(
    opened: MainWindow, asked: Answered, slow: Slow, dropped: Dropped, qtbot: QtBot
) -> None:
    dropped.action = Qt.DropAction.IgnoreAction
    drag(opened, SHIFT, release=False)
    slow.go.set()
    qtbot.waitUntil(lambda: dropped.contents == [b"audio"], timeout=MS)
    QTest.mouseRelease(opened.drag_handle, LEFT, SHIFT)


@pops_up
def test_a_change_while_the_audio_is_made_gives_it_up(
    opened: MainWindow, asked: Answered, slow: Slow, dropped: Dropped, qtbot: QtBot
) -> None:
    drag(opened, SHIFT)
    qtbot.waitUntil(lambda: opened.status.activity.bar.value() == 250, timeout=MS)  # it is at work
    opened.playback.mixing.set_muted(opened.document.tracks[0].key, True)
    assert slow.was_cancelled.wait(WAIT_S)
    assert not opened.jobs.tasks.running(DRAGGED) and dropped.paths == []


@pops_up
def test_a_click_says_what_the_button_is_for(opened: MainWindow, dropped: Dropped) -> None:
    QTest.mouseClick(opened.drag_handle, LEFT)
    assert dropped.paths == [] and opened.drag_handle.toolTip()


def test_files_that_were_dragged_out_long_ago_go(tmp_path: Path) -> None:
    old, young = (tmp_path / f"duv-studio-dragged-{name}" for name in ("old", "young"))
    for folder in (old, young, tmp_path / "other"):
        folder.mkdir()
        (folder / "a.mid").write_bytes(b"x")
    week = time.time() - 8 * 24 * 3600
    os.utime(old, (week, week))
    os.utime(tmp_path / "other", (week, week))
    forget_old(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["duv-studio-dragged-young", "other"]
    files = DraggedFiles()
    folder = files.folder()
    files.close()
    assert not folder.exists()
