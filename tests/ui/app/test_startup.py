"""The program from start to end: first paint before torch, and a real file through the real model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from duv_studio.ui.app import startup as app
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.preferences import Preferences
from tests.engine.plain_midi import PlainChunk, is_off, read_chunks
from tests.midi_builder import TrackSpec, build_song, meta, sysex
from tests.ui.app.test_main_window import drop_on
from tests.ui.conftest import Answers

MS = 120_000

_FIRST_PAINT = """
import sys
from PySide6.QtCore import QTimer
from duv_studio.ui.app import main_window
from duv_studio.ui.app.startup import run

def start(window):
    heavy = {"torch", "scipy", "peft", "transformers", "lightning", "pretty_midi", "pyqtgraph"}
    print("painted with:", sorted(heavy & set(sys.modules)))
    QTimer.singleShot(0, window.close)

main_window.MainWindow.start = start
sys.exit(run([]))
"""


def test_the_first_paint_needs_no_heavy_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_PAINT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "painted with: []\n", done.stderr
    assert done.returncode == 0


def test_run_opens_a_file_and_ends_when_the_window_is_closed(
    qtbot: QtBot, song_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[MainWindow] = []

    def start(window: MainWindow) -> None:  # loads no model
        seen.append(window)

    monkeypatch.setattr(MainWindow, "start", start)

    def close_when_open() -> None:
        if seen and seen[0].document.song is not None:
            seen[0].close()
        else:
            QTimer.singleShot(10, close_when_open)

    QTimer.singleShot(0, close_when_open)
    assert app.run([str(song_file)]) == 0
    assert seen[0].windowTitle() == "Song.mid"
    assert sys.excepthook.__module__ != "duv_studio.ui.app.crash_report"


@pytest.fixture
def rich_file(tmp_path: Path) -> Path:
    """A file with all that must survive: controllers, bends, system exclusive, lyrics, cp932 names, key-switches."""
    piano = [(i * 240, 200, 60 + i % 12, 80) for i in range(64)]
    guitar = [(i * 480, 470, 52 + i % 5, 90) for i in range(32)] + [(i * 3840, 60, 12, 1) for i in range(4)]
    events = [
        (0, bytes([0xB0, 64, 127])), (130, bytes([0xB0, 64, 0])), (240, bytes([0xE0, 0, 65])),
        (240, sysex(b"\x7e\x7f\x09\x01\xf7")), (480, meta(0x05, "愛".encode("cp932"))), (500, meta(0x60, b"unknown")),
    ]  # fmt: skip
    tracks = [
        TrackSpec(piano, name="ピアノ".encode("cp932"), program=0, events=events),
        TrackSpec(guitar, channel=1, name="Guitar", program=25),
        TrackSpec([(i * 120, 60, 42, 100) for i in range(100)], channel=9, name="Drums"),
    ]
    path = tmp_path / "ライブ song.mid"
    path.write_bytes(build_song(tracks, tempos=[(0, 120.0), (1920, 90.0)], signatures=[(0, 6, 8)], running_status=True))
    return path


def test_a_dropped_file_comes_out_with_only_velocities_and_note_ends_changed(
    qtbot: QtBot, preferences: Preferences, rich_file: Path, tmp_path: Path
) -> None:
    answers = Answers()
    answers.path = tmp_path / "out.mid"
    window = MainWindow(preferences, dialogs=answers)
    qtbot.addWidget(window)
    window.show()
    window.start()
    try:
        assert drop_on(window, rich_file)
        qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
        window.panel.exclude.line.setText("(?i)drum")
        window.panel.sliders["intensity"].slider.setValue(70)
        qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
        window.export()
        qtbot.waitUntil(lambda: "export" in window.messages.messages, timeout=MS)
    finally:
        window.shut_down()
    before, after = read_chunks(rich_file.read_bytes()), read_chunks(answers.path.read_bytes())
    assert before[1] == after[1], "header and whatever else is no track"
    for name, old, new in zip(("tempo", "piano", "guitar", "drums"), before[0], after[0], strict=True):
        assert everything_else(old) == everything_else(new), name
        changed = (velocities(old) != velocities(new), lengths(old) != lengths(new))
        assert changed == ((True, True) if name in ("piano", "guitar") else (False, False)), name
    switches = [i for i, note in enumerate(before[0][2].notes) if note.voice[2] == 12]
    assert [velocities(after[0][2])[i] for i in switches] == [1] * 4


def everything_else(chunk: PlainChunk) -> tuple[list[tuple[int, bytes]], list[bytes], bytes]:
    """All events at their ticks in their order but velocities and note-offs, and the note-offs without their ticks."""
    offs = {i for i, (_, event) in enumerate(chunk.events) if is_off(event)}
    return chunk.others(offs), sorted(chunk.events[i][1] for i in offs), chunk.tail


def velocities(chunk: PlainChunk) -> list[int]:
    return [chunk.events[note.on][1][2] for note in chunk.notes]


def lengths(chunk: PlainChunk) -> list[int]:
    return [chunk.duration(note) for note in chunk.notes]
