"""The manager of adapters: what it lists, and everything that can be done with one, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from duv_studio import paths
from duv_studio.engine.adapters.header import HARMS, NO_CLEAR_CHANGE, PlayerStatistics
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.adapters.score_rows import BASE, GAIN
from duv_studio.engine.adapters.user_library import read_notes
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.training.adapter_details import facts_of
from duv_studio.ui.training.adapter_dialogs import AdapterDialogs
from duv_studio.ui.training.adapter_entries import Column, verdict_text
from duv_studio.ui.training.broken_notice import BROKEN_TOPIC
from duv_studio.ui.training.manager import TOPIC, AdapterManager, delete_folder
from tests.adapters_made import header_for, make_adapter, make_base

LEFT = Qt.MouseButton.LeftButton


class Answers(AdapterDialogs):
    """Answers, and remembers what was asked."""

    def __init__(self, trash: Path) -> None:
        self.trash = trash
        self.title: str | None = "Sunday strumming"
        self.file: Path | None = None
        self.target: Path | None = None
        self.may_remove = self.may_delete = True
        self.there_is_a_trash = True
        self.asked: list[str] = []

    def ask_title(self, parent: QWidget, title: str) -> str | None:
        self.asked.append(title)
        return self.title

    def ask_file(self, parent: QWidget, folder: Path) -> Path | None:
        return self.file

    def ask_target(self, parent: QWidget, suggestion: Path) -> Path | None:
        self.asked.append(suggestion.name)
        return self.target

    def confirm_remove(self, parent: QWidget, title: str) -> bool:
        self.asked.append(f"remove {title}")
        return self.may_remove

    def confirm_delete(self, parent: QWidget, title: str) -> bool:
        self.asked.append(f"delete {title}")
        return self.may_delete

    def move_to_trash(self, folder: Path) -> bool:
        if self.there_is_a_trash:
            folder.rename(self.trash / folder.name)
        return self.there_is_a_trash


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own; adapters ship from a folder that tests may fill."""
    real = paths.resource
    monkeypatch.setattr(
        paths, "resource", lambda *parts: tmp_path / "ships" if parts[:1] == ("adapters",) else real(*parts)
    )
    return make_base()


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    (tmp_path / "trash").mkdir()
    return Answers(tmp_path / "trash")


@pytest.fixture
def manager(base: Path, preferences: Preferences, answers: Answers, qtbot: QtBot) -> Iterator[AdapterManager]:
    """With a guitar and a bass of the user's own, and drums that ship."""
    scores = {GAIN.format(BASE): {"velocity_r": 0.031}}
    make_adapter(base, "guitar", scores=scores, player=PlayerStatistics(900, 7, 70, 9, None))
    make_adapter(base, "bass", verdict=HARMS, licence="CC BY-NC 4.0", created="2026-03-01T12:00:00+00:00")
    ships = paths.resource("adapters") / "drums" / "adapter.safetensors"
    make_adapter(base, "drums", path=ships, verdict=NO_CLEAR_CHANGE)
    made = AdapterManager(preferences, answers)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def click(button: QWidget) -> None:
    assert button.isEnabled() and button.isVisible()
    QTest.mouseClick(button, LEFT)


def choose(manager: AdapterManager, title: str) -> None:
    entry = next(e for e in manager.model.entries if e.title == title)
    row = manager.sorted.mapFromSource(manager.model.index(manager.model.row_of(entry.info.path), 0))
    QTest.mouseClick(manager.table.viewport(), LEFT, pos=manager.table.visualRect(row).center())
    assert manager.entry is not None and manager.entry.title == title


def cells(manager: AdapterManager) -> list[list[str]]:
    table = manager.sorted
    return [[table.index(r, c).data() for c in Column] for r in range(table.rowCount())]


def titles(manager: AdapterManager) -> list[str]:
    return [row[0] for row in cells(manager)]


def test_every_adapter_has_a_row(manager: AdapterManager) -> None:
    assert [row[:5] + row[6:] for row in cells(manager)] == [
        ["My bass", "Bass", "Tiny", "1 Mar 2026", "Harms", "Own"],
        ["My drums", "Drums", "Tiny", "1 Jan 2026", "No clear change", "Ships"],
        ["My guitar", "Guitar", "Tiny", "1 Jan 2026", "Improves · velocity r +0.031", "Own"],
    ]
    assert all(row[Column.SIZE].endswith("kB") for row in cells(manager))


def test_details_follow_the_keyboard(manager: AdapterManager) -> None:
    manager.table.setFocus()
    QTest.keyClick(manager.table, Qt.Key.Key_Down)
    assert manager.details.title.text() == "My drums" and not manager.rename.isEnabled() and manager.use.isEnabled()
    assert not manager.details.notes.isVisible()
    QTest.keyClick(manager.table, Qt.Key.Key_Down)
    assert manager.details.title.text() == "My guitar" and manager.rename.isEnabled()
    assert manager.entry is not None
    facts = dict(facts_of(manager.entry))
    assert facts["Learned from"] == "900 notes in 7 songs" and facts["Made for"] == "Tiny"


def test_rows_are_sorted_by_what_they_mean(manager: AdapterManager) -> None:
    header = manager.table.horizontalHeader()
    for column, wanted in ((Column.MADE, "My bass"), (Column.VERDICT, "My guitar")):
        at = QPoint(header.sectionViewportPosition(column) + 10, header.height() // 2)
        for _ in range(2):  # descending
            QTest.mouseClick(header.viewport(), LEFT, pos=at)
        assert titles(manager)[0] == wanted


def test_one_is_renamed_by_f2(manager: AdapterManager, answers: Answers, qtbot: QtBot) -> None:
    choose(manager, "My guitar")
    with qtbot.waitSignal(manager.changed) as changed:
        QTest.keyClick(manager.table, Qt.Key.Key_F2)
    assert answers.asked == ["My guitar"] and changed.args == ["my-guitar", "Sunday strumming"]
    assert "Sunday strumming" in titles(manager) and manager.details.title.text() == "Sunday strumming"


def test_one_is_removed_to_the_trash(manager: AdapterManager, answers: Answers, qtbot: QtBot) -> None:
    choose(manager, "My guitar")
    answers.may_remove = False
    QTest.keyClick(manager.table, Qt.Key.Key_Delete)
    assert "My guitar" in titles(manager)
    answers.may_remove = True
    with qtbot.waitSignal(manager.changed):
        click(manager.remove)
    assert titles(manager) == ["My bass", "My drums"] and (answers.trash / "my-guitar").is_dir()
    assert manager.messages.messages[TOPIC].title == "“My guitar” was removed"


def test_without_a_trash_it_asks_again(manager: AdapterManager, answers: Answers) -> None:
    choose(manager, "My guitar")
    answers.there_is_a_trash, answers.may_delete = False, False
    click(manager.remove)
    assert "My guitar" in titles(manager) and manager.messages.messages[TOPIC].kind == "warning"
    answers.may_delete = True
    click(manager.remove)
    assert "My guitar" not in titles(manager) and answers.asked[-1] == "delete My guitar"
    assert not (paths.user_adapters_dir() / "my-guitar").exists()


def test_what_ships_stays(manager: AdapterManager, answers: Answers) -> None:
    choose(manager, "My drums")
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_F2):
        QTest.keyClick(manager.table, key)
    assert answers.asked == [] and not manager.remove.isEnabled()


def test_one_goes_to_a_friend_in_one_file(
    manager: AdapterManager, answers: Answers, tmp_path: Path, base: Path
) -> None:
    choose(manager, "My bass")
    answers.target = tmp_path / "for you"
    click(manager.export)
    file = tmp_path / "for you.safetensors"
    assert answers.asked == ["My bass.safetensors"] and read_adapter_header(file).title == "My bass"
    assert "CC BY-NC" in manager.messages.messages[TOPIC].text
    delete_folder(paths.user_adapters_dir() / "my-bass")
    manager.fill()
    assert titles(manager) == ["My drums", "My guitar"]
    answers.file = file
    click(manager.bring)
    assert titles(manager)[0] == "My bass" and manager.details.title.text() == "My bass"


def drop_on(widget: QWidget, *files: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, LEFT, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), copy, mime, LEFT, none))


def test_files_are_dropped_and_the_wrong_ones_are_told(manager: AdapterManager, tmp_path: Path, base: Path) -> None:
    good = make_adapter(base, "piano", path=tmp_path / "piano.safetensors", title="静かなピアノ")
    song = tmp_path / "song.mid"
    song.write_bytes(b"MThd")
    drop_on(manager, good)
    assert "静かなピアノ" in titles(manager) and not manager.overlay.isVisible()
    drop_on(manager, song, base)
    assert manager.messages.messages[TOPIC].kind == "error" and len(titles(manager)) == 4


def test_enter_and_double_click_use_it(manager: AdapterManager, qtbot: QtBot) -> None:
    choose(manager, "My guitar")
    with qtbot.waitSignal(manager.use_wanted) as used:
        QTest.keyClick(manager.table, Qt.Key.Key_Return)
    assert used.args == ["my-guitar"]
    with qtbot.waitSignal(manager.use_wanted):
        click(manager.use)


def test_notes_are_kept_when_one_goes_on(manager: AdapterManager) -> None:
    choose(manager, "My guitar")
    manager.details.notes.setFocus()
    QTest.keyClicks(manager.details.notes, "June takes")
    choose(manager, "My bass")
    assert read_notes(paths.user_adapters_dir() / "my-guitar" / "adapter.safetensors") == "June takes\n"
    assert manager.details.notes.toPlainText() == ""
    choose(manager, "My guitar")
    assert manager.details.notes.toPlainText() == "June takes"


def test_without_adapters_it_leads_to_training(
    base: Path, preferences: Preferences, answers: Answers, qtbot: QtBot, tmp_path: Path
) -> None:
    empty = AdapterManager(preferences, answers)
    qtbot.addWidget(empty)
    empty.show()
    assert empty.empty.isVisible() and not empty.use.isVisible()
    with qtbot.waitSignal(empty.train_wanted):
        click(empty.empty.train)
    answers.file = make_adapter(base, path=tmp_path / "a.safetensors")
    click(empty.empty.bring)
    assert empty.table.isVisible() and titles(empty) == ["My guitar"]
    empty.close()


def test_its_size_is_remembered(manager: AdapterManager, preferences: Preferences, qtbot: QtBot) -> None:
    manager.resize(790, 501)
    QTest.keyClick(manager, Qt.Key.Key_Escape)
    again = AdapterManager(preferences)
    qtbot.addWidget(again)
    assert again.size().height() == 501


def test_the_real_question_is_answered_by_keyboard(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    texts: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        texts.append(box.text())
        QTest.keyClick(box, Qt.Key.Key_Escape)

    for ask in (AdapterDialogs().confirm_remove, AdapterDialogs().confirm_delete):
        QTimer.singleShot(0, answer)
        assert not ask(parent, "My guitar")
    assert len(texts) == 2 and all("My guitar" in text for text in texts)


def test_what_was_never_judged_says_so(base: Path) -> None:
    assert verdict_text(header_for(base, verdict="")) == "Never judged"


@pytest.mark.parametrize(
    ("verdict", "gains", "words"),
    [
        ("improves", {"velocity_r": (-0.03, -0.01, 0.01), "articulation_r": (0.06, 0.13, 0.2)}, "lengths r +0.130"),
        ("improves", {"velocity_r": (0.01, 0.02, 0.03), "articulation_r": (0.06, 0.13, 0.2)}, "velocity r +0.020"),
        ("harms", {"velocity_r": (-0.02, 0.01, 0.03), "nll": (0.1, 0.2, 0.3)}, "surprise +0.200"),
        ("no clear change", {"velocity_r": (-0.02, -0.01, 0.03)}, "velocity r −0.010"),
    ],
)
def test_a_verdict_is_told_with_what_decides_it(
    base: Path, verdict: str, gains: dict[str, tuple[float, float, float]], words: str
) -> None:
    scores = {
        f"{name}{end}": value
        for name, values in gains.items()
        for end, value in zip((" low", "", " high"), values, strict=True)
    }
    header = header_for(base, verdict=verdict, scores={GAIN.format(BASE): scores})
    assert verdict_text(header) == f"{verdict.capitalize()} · {words}"


def test_broken_adapters_are_named_once_with_the_reason(manager: AdapterManager) -> None:
    assert manager.messages.messages.get(BROKEN_TOPIC) is None
    for name in ("a", "b", "c", "d"):
        broken = paths.user_adapters_dir() / name / "adapter.safetensors"
        broken.parent.mkdir()
        broken.write_bytes(b"no adapter at all, but text")
    manager.fill()
    message = manager.messages.messages.get(BROKEN_TOPIC)
    assert message is not None and message.title == "4 adapters cannot be used" and message.text.endswith("And 1 more.")
    assert "a: Is not a model or adapter file (safetensors): it is text." in message.text.splitlines()
    manager.messages.clear(BROKEN_TOPIC)
    manager.fill()
    assert manager.messages.messages.get(BROKEN_TOPIC) is None, "it was said"
    assert len(manager.model.entries) == 3
