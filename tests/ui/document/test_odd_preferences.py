"""Whatever the window's INI file holds or is: the window begins, and what could harm is set aside with a sentence."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.engine.music.settings import Settings
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.batch.target_form import TargetForm
from duv_studio.ui.document.preferences import Preferences, RecentFiles
from duv_studio.ui.document.preferences_file import BROKEN
from duv_studio.ui.training.run_history import RunHistory
from tests.ui.batch.staged import Answers
from tests.ui.conftest import FakeModel

NAME = "window.ini"
HUGE = r"\0\0\0\t\xff\xff\xff\xfe"  # a list of four thousand million things
LONG = b"x" * 5000
KEYS = ("view/theme", "model/device", "humanize/settings", "files/recent", "window/geometry", "window/splitter",
        "view/view", "batch/jobs", "batch/target", "batch/existing")  # fmt: skip


def used(path: Path) -> Preferences:
    """Everything that is read of the preferences, read."""
    made = Preferences(path)
    assert made.theme in ("dark", "light") and made.device in ("cpu", "cuda", "auto")
    assert isinstance(made.settings(), Settings)
    for key in filter(None, (*made.store.allKeys(), *KEYS)):
        made.text(key), made.words(key), made.folder(key), made.layout(key)
    RecentFiles(made).add(path)
    assert RecentFiles(made).paths[0] == path
    return made


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def _holding(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


SET_ASIDE: list[tuple[str, Callable[[Path], object], str]] = [
    ("pipe", os.mkfifo, "is a pipe"),
    ("folder", Path.mkdir, "is a folder"),
    ("socket", _socket, "is a socket"),
    ("zeros", lambda path: path.symlink_to("/dev/zero"), "is a device"),
    ("loop", lambda path: path.symlink_to(path), "cannot be read"),
    ("nowhere", lambda path: path.symlink_to("nowhere"), "leads nowhere"),
    ("large", _holding(b"[a]\nb=" + b"x" * 2**21), "larger than 1 MB"),
    ("nulls", _holding(b"[a]\nb=\0"), "null"),
    ("object", _holding(f"[view]\ntheme=@Variant({HUGE})".encode()), "never writes"),
    ("date", _holding(f"[view]\ntheme=@DateTime({HUGE})".encode()), "never writes"),
    ("quoted", _holding(f'[view]\ntheme=@"Var"iant({HUGE})'.encode()), "never writes"),
    ("hexadecimal", _holding(rf"[view]\ntheme=\x40\x56\x61\x72iant({HUGE})".encode()), "never writes"),
    ("octal", _holding(rf"[view]\ntheme=\100Variant({HUGE})".encode()), "never writes"),
    ("broken line", _holding(b"[view]\ntheme=@Var\\\niant(" + HUGE.encode() + b")"), "never writes"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in SET_ASIDE], ids=[row[0] for row in SET_ASIDE])
def test_what_could_harm_is_set_aside_with_a_sentence(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / NAME)
    made = used(tmp_path / NAME)
    assert words in made.trouble and NAME + BROKEN in made.trouble and "\n" not in made.trouble
    assert os.path.lexists(tmp_path / (NAME + BROKEN))
    made.set_text("a/b", "c")
    made.save()
    again = Preferences(tmp_path / NAME)
    assert again.text("a/b") == "c" and not again.trouble


def test_where_nothing_can_be_set_aside_nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / NAME)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    made = Preferences(tmp_path / NAME)
    assert made.path.parent != tmp_path and "remembers nothing this time" in made.trouble
    assert used(made.path).theme == "dark"


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_preferences(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("preferences") / NAME
    path.write_bytes(data)
    used(path)


ODD_TEXTS = st.text(max_size=30) | st.sampled_from(
    ["[" * 3000, '{"a":' * 600, "9" * 4500, "NaN", '{"seed": 1e999}', '{"intensity": ' + "9" * 400 + "}", "\0",
     "@Variant(", "@@", "-1", "١٢", "/dev/zero", "a\nb\n\n", "x" * 5000, '{"include": "("}']
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ODD_TEXTS | st.lists(ODD_TEXTS, max_size=3) | st.binary(max_size=40)))
def test_any_values_are_preferences(tmp_path_factory: pytest.TempPathFactory, said: dict[str, object]) -> None:
    path = tmp_path_factory.mktemp("preferences") / NAME
    store = QSettings(str(path), QSettings.Format.IniFormat)
    for key, value in said.items():
        store.setValue(key, QByteArray(value) if isinstance(value, bytes) else value)
    store.sync()
    used(path)


@pytest.mark.parametrize("text", ["9" * 5000, "4294967296", "-1", "١٢", "x", "[" * 10_000])
def test_odd_numbers_of_processes_are_the_default(qtbot: QtBot, preferences: Preferences, text: str) -> None:
    preferences.set_text("batch/jobs", text)
    preferences.set_text("batch/existing", text)
    form = TargetForm(preferences, Answers())
    qtbot.addWidget(form)
    assert 0 <= form.jobs.value() <= 64 and form.existing.currentIndex() == 0


@pytest.mark.parametrize("sizes", [2, 3, 0xFFFFFFFE])
def test_a_splitter_makes_no_room_for_sizes_that_are_not_there(
    qtbot: QtBot, preferences: Preferences, sizes: int
) -> None:
    splitter = QSplitter()
    qtbot.addWidget(splitter)
    for _ in range(2):
        splitter.addWidget(QWidget())
    state = bytes(splitter.saveState().data())
    preferences.set_layout("a/splitter", QByteArray(state))
    assert preferences.layout("a/splitter") == state
    preferences.set_layout("a/splitter", QByteArray(state[:8] + sizes.to_bytes(4, "big") + state[12:16]))
    assert preferences.layout("a/splitter") is None


@pytest.mark.parametrize(
    "data",
    [
        b"[humanize]\nsettings=" + b"[" * 200_000,
        b'[humanize]\nsettings="{\\"include\\": \\"(\\", \\"seed\\": 1e999}"',
        b"[files]\nrecent=" + b"a, " * 50_000 + b"b\n[window]\ngeometry=@ByteArray(\\xff\\xff)",
        b"[view]\nview=nothing\nlane=@Size(9 9)\ntheme=@Invalid()\n[model]\nused=/dev/zero\nadapter=\\x0\ndevice=tpu",
        f"[view]\ntheme=@Variant({HUGE})".encode(),
        b"[files]\nrecent=/"
        + LONG
        + b", /b\nopen="
        + LONG
        + b"\n[model]\nused="
        + LONG
        + b"\nadapter="
        + LONG
        + b"\n[batch]\ntarget="
        + LONG
        + b"\nfolder="
        + LONG
        + b"\n[wizard]\nruns="
        + LONG,
    ],
    ids=["deep", "pattern", "many", "odd", "object", "long"],
)
def test_the_window_begins(qtbot: QtBot, tmp_path: Path, model: FakeModel, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    preferences = Preferences(tmp_path / NAME)
    window = MainWindow(preferences, load_model=lambda name, adapter, device: model)
    qtbot.addWidget(window)
    window.show()
    window.start()
    assert window.batch.make() is not None
    assert ("preferences" in window.messages.messages) == bool(preferences.trouble) == (b"@Variant" in data)
    window.shut_down()


def test_a_log_of_a_training_is_a_file(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    log.write_bytes(b"row,step,val_loss\nadapter,1,2\n\xff\0\nadapter,nan,3\nadapter,1e999,3\nadapter,3,1,1,1\n")
    RunHistory.read(log)
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(Exception, match="is a pipe"):
        RunHistory.read(log)
