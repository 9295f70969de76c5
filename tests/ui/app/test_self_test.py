"""The self-test passes where all works, and says what does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.cli import main
from duv_studio.engine.midi import midi_file
from duv_studio.errors import DuvError
from duv_studio.sound.soundfont import find
from duv_studio.ui.app import self_test
from duv_studio.ui.canvas.editor_view import EditorView
from duv_studio.ui.document import jobs
from duv_studio.ui.playback.player_sound import PlayerSound
from tests import ROOT
from tests.ui.conftest import FakeModel


def test_it_passes_in_a_process_of_its_own_without_a_screen(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "duv_studio", "--self-test", str(tmp_path / "kept")],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    *steps, last = done.stdout.splitlines()
    assert last == "The self-test passed."
    assert all(
        word in done.stdout
        for word in ("painted", "model", "humanized", "shows", "exported", "plays it", "plots", "piano", "worker")
    )
    ages = [float(step.split(" s ")[0]) for step in steps]
    assert len(steps) >= 11 and ages == sorted(ages) and ages[0] > 0
    exported = (tmp_path / "kept" / "demo.mid").read_bytes()
    played = sorted((tmp_path / "kept" / "played").glob("*.mid"))
    assert [file.read_bytes() for file in played] == [exported] * 4


def test_trouble_is_a_sentence_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    assert main(["--self-test", str(tmp_path / "file")]) == 1
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and "the self-test failed" in said.err


def test_nothing_is_written_into_a_folder_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "played" / "mine.mid"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    assert main(["--self-test", str(tmp_path)]) == 1
    assert "not empty" in capsys.readouterr().err
    assert mine.read_bytes() == b"mine" and list(tmp_path.iterdir()) == [mine.parent]


def test_more_than_a_folder_is_no_self_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--self-test", "a", "b"]) == 2
    assert "one folder" in capsys.readouterr().err


# ---- what does not work is found -------------------------------------------------------------------------------------


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """A model without torch, which the window loads in place of the real one."""
    model = FakeModel()
    monkeypatch.setattr(jobs, "load_humanizer", lambda *asked: model)
    return model


def test_the_window_is_taken_from_start_to_export(qtbot: QtBot, fake: FakeModel, tmp_path: Path) -> None:
    steps = list(self_test.try_window(tmp_path))
    assert len(steps) == 7 and (tmp_path / "window.png").is_file()
    assert midi_file.read(tmp_path / self_test.EXPORTED).note_count == 1869


def test_an_export_that_changes_more_is_found(
    qtbot: QtBot, fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = midi_file.encode
    monkeypatch.setattr(midi_file, "encode", lambda *args: encode(*args).replace(b"Piano", b"Viola"))
    with pytest.raises(DuvError, match="changed events of track"):
        list(self_test.try_window(tmp_path))


def test_a_failing_model_is_found(qtbot: QtBot, fake: FakeModel, tmp_path: Path) -> None:
    fake.error = DuvError("no memory")
    with pytest.raises(DuvError, match="no memory"):
        list(self_test.try_window(tmp_path))


def test_a_window_without_notes_is_found(
    qtbot: QtBot, fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EditorView, "set_song", lambda self, song: None)
    with pytest.raises(DuvError, match="no played notes"):
        list(self_test.try_window(tmp_path))


def test_a_window_that_is_silent_is_found(
    qtbot: QtBot, fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlayerSound, "play", lambda self: None)
    monkeypatch.setattr(self_test, "_MOST_S", 3.0)
    with pytest.raises(DuvError, match="the window was not heard"):
        list(self_test.try_window(tmp_path))


def test_a_missing_soundfont_is_found(
    qtbot: QtBot, fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "SHIPPED", "gone.sf3")
    with pytest.raises(DuvError, match="belongs to the program is missing"):
        list(self_test.try_window(tmp_path))
