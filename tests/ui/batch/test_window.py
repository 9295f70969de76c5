"""The batch window as its user has it: files in, settings, run, brakes, results, and what it remembers."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from types import MappingProxyType

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.engine import Humanizer
from duv_studio.engine.batch.discovery import list_files
from duv_studio.engine.batch.events import FileResult, Status, Summary
from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.batch.request import Existing
from duv_studio.engine.midi import midi_file
from duv_studio.engine.music.part_rows import parse_rules
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.output_folder import FolderMoved
from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.model import ALL, DONE, FAILED, WAITING, Column
from duv_studio.ui.batch.runner import Stage
from duv_studio.ui.batch.window import LOOKING, REPORT, RUN, BatchWindow
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.style import theme
from tests.adapters_made import make_base
from tests.midi_builder import TrackSpec, build_song
from tests.ui.batch.conftest import MakeMain
from tests.ui.batch.staged import Answers, Staged, names
from tests.ui.conftest import WAIT_S, pops_up

MS = int(WAIT_S * 1000)
LEFT = Qt.MouseButton.LeftButton


def listed(qtbot: QtBot, window: BatchWindow, *paths: Path) -> None:
    window.read(paths)
    qtbot.waitUntil(lambda: not window.lister.running, timeout=MS)


def click(button: QWidget) -> None:
    assert button.isVisible() and button.isEnabled()
    QTest.mouseClick(button, LEFT)


def finish(qtbot: QtBot, window: BatchWindow) -> None:
    qtbot.waitUntil(lambda: not window.runner.running, timeout=MS)


def ran(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    listed(qtbot, window, songs)
    click(window.foot.start)
    finish(qtbot, window)


def visible_buttons(window: BatchWindow) -> list[str]:
    return [button.text().replace("&", "") for button in window.foot.buttons if button.isVisible()]


# Files


def test_empty_it_says_what_to_do(window: BatchWindow) -> None:
    assert window.middle.currentWidget() is window.empty
    assert "Drop folders" in window.empty.title.text()
    assert visible_buttons(window) == ["Start"] and not window.foot.start.isEnabled()


def test_a_folder_is_listed_before_anything_runs(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    listed(qtbot, window, songs)
    assert names(window.table.model.rows) == ["a.mid", "b.MID", "下/c.kar"]
    assert window.foot.words.whole == "3 MIDI files"
    assert window.form.target.path == songs.parent / "songs (humanized)"
    assert window.middle.currentWidget() is window.table and window.foot.start.isEnabled()


def test_files_come_by_buttons_and_go_by_the_delete_key(
    qtbot: QtBot, window: BatchWindow, songs: Path, batch_answers: Answers
) -> None:
    batch_answers.folder, batch_answers.files = songs / "下", [songs / "a.mid", songs / "b.MID"]
    click(window.empty.folder)
    click(window.form.sources.add_files)
    assert batch_answers.asked == [("folder", Path.home()), ("files", songs)]  # where one was chosen last
    assert window.form.sources.paths == (songs / "下", songs / "a.mid", songs / "b.MID")
    window.form.sources.list.setCurrentRow(0)
    QTest.keyClick(window.form.sources.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not window.lister.running, timeout=MS)
    assert names(window.table.model.rows) == ["a.mid", "b.MID"]
    window.form.sources.list.selectAll()
    click(window.form.sources.remove)
    assert window.middle.currentWidget() is window.empty and window.table.model.rowCount() == 0


def test_a_drop_on_it_adds_files(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(songs))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), copy, mime, LEFT, none))
    assert window.overlay.isVisible() and window.overlay.text == "Drop to add"
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, LEFT, none))
    assert window.form.sources.paths == (songs,) and not window.overlay.isVisible()


def test_a_folder_without_midi_files_is_said(qtbot: QtBot, window: BatchWindow, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    listed(qtbot, window, tmp_path / "empty")
    assert window.messages.messages[LOOKING].text == "There are no MIDI files."
    assert window.middle.currentWidget() is window.empty


def test_a_search_can_be_given_up(
    qtbot: QtBot, window: BatchWindow, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def endless(sources: object, target: object, *, into_input: bool, cancelled: object, found: object) -> list[object]:
        while not cancelled():  # type: ignore[operator]
            asked.append(True)
            found(1234)  # type: ignore[operator]
        return []

    monkeypatch.setattr(window.lister, "list_files", endless)
    window.read([songs])
    qtbot.waitUntil(lambda: window.lister.files > 0, timeout=MS)
    assert window.empty.text.text() == "1,234 files so far"
    assert window.foot.words.whole == "Looking for MIDI files… 1,234"
    click(window.foot.cancel)
    assert not window.lister.running and not window.foot.cancel.isVisible()
    qtbot.waitUntil(lambda: not window.lister.tasks.unfinished, timeout=MS)


# What is asked


def test_the_request_holds_what_the_window_says(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path
) -> None:
    locks = MappingProxyType({"0": frozenset({1})})
    main.document.change("", intensity=0.4, seed=7, include="(?i)piano", locked_notes=locks)
    listed(qtbot, window, songs)
    window.form.target.line.setText(str(songs.parent / "elsewhere"))
    window.form.target.existing.setCurrentIndex(2)
    window.form.target.jobs.setValue(3)
    request = window.form.request()
    assert request.settings == Settings(intensity=0.4, seed=7, include="(?i)piano")  # the locks are of one song
    assert (request.sources, request.target) == ((songs,), songs.parent / "elsewhere")
    assert (request.existing, request.jobs, request.resume) == (Existing.RENAME, 3, False)
    assert (request.model, request.adapter) == (main.jobs.model_path, main.jobs.adapter)


def test_the_summary_follows_the_main_window(qtbot: QtBot, main: MainWindow, window: BatchWindow) -> None:
    main.document.change("", intensity=0.35, level=-4.0, dynamics=1.5, exclude="<b>", max_velocity_change=9)
    wanted = {("Intensity", "35 %"), ("Level", "-4"), ("Exclude", "<b>"), ("Velocity at most", "± 9")}
    qtbot.waitUntil(lambda: wanted <= set(window.form.choice.summary.shown), timeout=MS)
    said = dict(window.form.choice.summary.shown)
    assert said["Dynamics"] == "+1.5" and said["Articulation"] == "as the music asks" and "Model" in said


def test_settings_may_be_set_here_without_touching_the_main_window(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path
) -> None:
    listed(qtbot, window, songs)
    click(window.form.choice.as_here)
    window.form.choice.panel.sliders["intensity"].number.setValue(20)
    click(window.form.choice.panel.next_button)
    assert window.form.request().settings == Settings(intensity=0.2, seed=1)
    assert main.document.settings == Settings()
    click(window.form.choice.as_there)
    assert window.form.request().settings == Settings()


def test_parts_are_played_by_rows(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    listed(qtbot, window, songs)
    parts = window.form.parts
    assert not parts.text.isVisible() and window.form.request().parts == ()
    click(parts.button)
    parts.text.setPlainText("# mine\n(?i)drums: protect=kick\n\n Organ: velocity=0")
    assert parts.verdict.text() == "2 rows"
    assert window.form.request().parts == parse_rules(["(?i)drums: protect=kick", "Organ: velocity=0"])
    parts.text.setPlainText("Organ: loud=1")
    assert 'there is no field "loud"' in parts.verdict.text() and parts.verdict.property("role") == "error"
    click(window.foot.start)
    assert window.messages.messages[RUN].kind == "error" and not staged.requests


def test_a_wrong_pattern_keeps_it_from_beginning(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    main.document.change("", include="(")
    listed(qtbot, window, songs)
    click(window.foot.start)
    assert window.messages.messages[RUN].kind == "error" and not staged.requests


def test_a_target_within_the_source_must_be_wanted(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    listed(qtbot, window, songs)
    assert not window.form.target.among.isVisible() and not window.form.request().into_input
    window.form.target.line.setText(str(songs / "out"))
    qtbot.waitUntil(window.form.target.among.isVisible, timeout=MS)
    assert not window.form.request().into_input
    window.form.target.among.click()
    assert window.form.request().into_input
    window.form.target.line.setText(str(songs.parent / "out"))
    assert not window.form.request().into_input  # not asked for of another folder


def test_without_a_target_it_does_not_begin(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    listed(qtbot, window, songs)
    window.form.target.line.clear()
    qtbot.waitUntil(lambda: not window.lister.running, timeout=MS)
    click(window.foot.start)
    assert "where the results go" in window.messages.messages[RUN].text and not staged.requests


def test_a_target_is_chosen_in_a_dialog(
    window: BatchWindow, songs: Path, tmp_path: Path, batch_answers: Answers, qtbot: QtBot
) -> None:
    listed(qtbot, window, songs)
    batch_answers.target = tmp_path / "chosen"
    click(window.form.target.browse)
    assert batch_answers.asked == [("target", songs.parent)]  # what there is of the folder that was proposed
    assert window.form.target.path == tmp_path / "chosen"


# Run


def test_a_run_from_start_to_end(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged, main: MainWindow
) -> None:
    staged.stands_at, staged.broken = 3, {1}
    listed(qtbot, window, songs)
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.table.model.counts[DONE] == 2, timeout=MS)
    qtbot.waitUntil(lambda: window.table.model.rows[3].status is Status.WORKING, timeout=MS)
    assert visible_buttons(window) == ["Pause", "Cancel"] and not window.form.isEnabled()
    assert main.batch.chip.isVisible() and "Batch" in main.batch.chip.text()
    assert window.foot.words.whole.startswith("3 of 6 files, 1 failed · ") and "left" not in window.foot.words.whole
    staged.go.set()
    finish(qtbot, window)
    message = window.messages.messages[RUN]
    assert (message.kind, message.title) == ("warning", "5 of 6 files humanized")
    assert message.text == "5 done, 1 failed. It took 0:12."
    assert visible_buttons(window) == ["Save Report…", "Open Folder", "Retry Failed", "Start"]
    assert window.form.isEnabled() and not main.batch.chip.isVisible()  # it was seen
    message.actions[0].trigger()
    assert [row.index for row in window.table.model.shown] == [1]


def test_pause_and_go_on(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    staged.stands_at = 2
    listed(qtbot, window, songs)
    click(window.foot.start)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    qtbot.waitUntil(lambda: window.runner.stage is Stage.RUNNING, timeout=MS)
    click(window.foot.pause)
    assert visible_buttons(window) == ["Go On", "Cancel"]
    staged.go.set()
    qtbot.waitUntil(lambda: window.foot.words.whole == "3 of 6 files · paused", timeout=MS)
    click(window.foot.go_on)
    finish(qtbot, window)
    assert window.table.model.counts[DONE] == 6


def test_the_keyboard_is_led_to_the_button_that_undoes_the_last(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    """Space twice pauses and goes on: it must neither cancel, nor begin a batch again."""
    staged.stands_at = 2
    listed(qtbot, window, songs)
    foot = window.foot
    foot.start.setFocus()
    QTest.keyClick(foot.start, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.runner.stage is Stage.RUNNING, timeout=MS)
    assert window.focusWidget() is foot.pause
    QTest.keyClick(foot.pause, Qt.Key.Key_Space)
    assert window.focusWidget() is foot.go_on
    QTest.keyClick(foot.go_on, Qt.Key.Key_Space)
    assert window.focusWidget() is foot.pause
    foot.cancel.setFocus()
    QTest.keyClick(foot.cancel, Qt.Key.Key_Space)
    finish(qtbot, window)
    assert window.focusWidget() is window.table.view


def test_cancel_and_resume(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    staged.stands_at = 4
    listed(qtbot, window, songs)
    click(window.foot.start)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    target = window.form.request().target
    target.mkdir()
    (target / JOURNAL).touch()
    click(window.foot.cancel)
    finish(qtbot, window)
    assert window.messages.messages[RUN].title == "The batch was stopped"
    assert [row.status for row in window.table.model.rows] == [Status.OK] * 4 + [Status.WAITING] * 2
    staged.stands_at = None
    click(window.foot.resume)
    finish(qtbot, window)
    assert [request.resume for request in staged.requests] == [False, True]
    assert window.messages.messages[RUN].text == "2 done now, 4 done before. It took 0:12."
    assert not window.foot.resume.isVisible()  # nothing is left


def test_a_folder_that_is_moved_is_told_and_gone_on_with(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    listed(qtbot, window, songs)
    target, there = window.form.request().target, songs.parent / "there"
    there.mkdir()
    (there / JOURNAL).touch()
    staged.moved, staged.broken = FolderMoved(target, there, False), {2}
    click(window.foot.start)
    finish(qtbot, window)
    message = window.messages.messages[RUN]
    assert (message.kind, message.title) == ("error", "The batch was stopped")
    assert f"was moved to {there}. 5 done, 1 failed" in message.text and message.hint == "Resume goes on there."
    assert window.form.target.path == there and window.table.model.counts[ALL] == 6
    qtbot.wait(400)  # the folder is looked at some time after it was typed
    assert RUN in window.messages.messages and window.table.model.counts[DONE] == 5
    message.actions[-1].trigger()
    assert opened[-1].endswith("/there")
    click(window.foot.retry)
    finish(qtbot, window)
    click(window.foot.start)
    finish(qtbot, window)
    assert [request.target for request in staged.requests] == [target, there, there]
    assert staged.requests[1].resume


def test_a_folder_that_is_removed_is_told(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    listed(qtbot, window, songs)
    staged.moved = FolderMoved(window.form.request().target, None, True)
    click(window.foot.start)
    finish(qtbot, window)
    message = window.messages.messages[RUN]
    assert message.text.startswith("The folder for results was removed.") and "begin anew" in message.hint
    assert not window.foot.resume.isVisible()


@pytest.mark.parametrize(
    ("existing", "start", "here"),
    [
        (Existing.SKIP, "results that are there stay, and their files are skipped", "Start leaves all of them"),
        (Existing.OVERWRITE, "results that are there are replaced", "Start plays all files again, and replaces them"),
        (Existing.RENAME, "new ones go beside them", "Start plays all files again, and keeps both"),
    ],
)
def test_start_and_resume_say_what_they_do_to_finished_files(
    qtbot: QtBot, window: BatchWindow, songs: Path, existing: Existing, start: str, here: str
) -> None:
    listed(qtbot, window, songs)
    form, foot = window.form.target, window.foot
    form.existing.setCurrentIndex(form.existing.findData(str(existing)))
    window.refresh()
    assert start in foot.start.toolTip() and not form.before.isVisible()
    target = window.form.request().target
    target.mkdir()
    (target / JOURNAL).touch()
    window.refresh()
    assert form.before.isVisible() and here in form.before.text()
    assert "Resume leaves those that are done, and plays what is missing" in form.before.text()
    assert foot.resume.isVisible() and "results that are done stay" in foot.resume.toolTip()


def test_failed_files_are_tried_again_with_the_settings_of_the_run(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    staged.broken = {2, 5}
    ran(qtbot, window, songs)
    assert window.table.model.counts[FAILED] == 2
    staged.broken = set()
    main.document.change("", intensity=0.1)
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(staged.requests) == 2, timeout=MS)  # a button is pressed for a moment
    finish(qtbot, window)
    assert window.table.model.counts[FAILED] == 0
    first, second = staged.requests
    assert second.resume and second.settings == first.settings


def test_trouble_is_told_inline(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    staged.error = DuvError("The settings are others", hint="begin anew", file=songs)
    ran(qtbot, window, songs)
    message = window.messages.messages[RUN]
    assert (message.kind, message.title) == ("error", "The batch could not be run")
    assert (message.text, message.hint, message.file) == ("The settings are others.", "Begin anew.", songs)
    assert window.foot.start.isVisible() and window.form.isEnabled()


def test_what_could_not_begin_is_still_to_be_done(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    staged.error = DuvError("The folder cannot be written to")
    ran(qtbot, window, songs / "下")
    assert visible_buttons(window) == ["Start"] and window.foot.words.whole == "1 MIDI file"
    listed(qtbot, window, songs / "a.mid")
    assert window.form.sources.paths == (songs / "下", songs / "a.mid")  # added, not instead


def test_that_every_file_is_skipped_is_no_success(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    rows = tuple(FileResult(k, f"{k}.mid", songs / f"{k}.mid", None, Status.SKIPPED, "It is there") for k in range(2))
    window.runner.finished.emit(Summary(rows, False, 0.0, "fp32"))
    message = window.messages.messages[RUN]
    assert (message.kind, message.title) == ("info", "Nothing was left to do")
    assert message.text == "2 skipped. It took 0:00." and "keep both" in message.hint


def test_the_unexpected_goes_to_the_report(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    events_arrived: list[Exception] = []
    main.set_report(events_arrived.append)
    staged.error = ZeroDivisionError("oh")
    ran(qtbot, window, songs)
    assert events_arrived == [staged.error] and window.messages.messages[RUN].kind == "error"


def test_files_cannot_be_added_while_it_runs(qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged) -> None:
    staged.stands_at = 0
    listed(qtbot, window, songs)
    click(window.foot.start)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    window.read([songs / "下"])
    assert window.messages.messages[LOOKING].kind == "info" and window.form.sources.paths == (songs,)


def test_what_comes_after_a_batch_replaces_its_files(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    ran(qtbot, window, songs)
    listed(qtbot, window, songs / "下")
    assert window.form.sources.paths == (songs / "下",)
    assert names(window.table.model.rows) == ["c.kar"] and RUN not in window.messages.messages
    assert visible_buttons(window) == ["Start"]


# Afterwards


def test_the_report_is_a_table_of_all_rows(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged, batch_answers: Answers, tmp_path: Path
) -> None:
    staged.broken = {4}
    ran(qtbot, window, songs)
    batch_answers.report = tmp_path / "my report"
    click(window.foot.report)
    qtbot.waitUntil(lambda: REPORT in window.messages.messages, timeout=MS)
    with (tmp_path / "my report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["result"] for row in rows] == ["ok"] * 4 + ["failed", "ok"]
    batch_answers.report = tmp_path / "nowhere" / "report.csv"
    click(window.foot.report)
    qtbot.waitUntil(lambda: window.messages.messages[REPORT].kind == "error", timeout=MS)


@pops_up
def test_rows_open_copy_and_show(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path, staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged.broken = {1}
    ran(qtbot, window, songs)
    table, opened, shown = window.table, [], []
    window.open_wanted.connect(opened.append)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(Path(url.toLocalFile())))
    monkeypatch.setattr(main, "open_paths", lambda paths: None)
    table.view.setCurrentIndex(table.model.index(0, 0))
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    table.prepare_menu()
    assert table.open_result.isEnabled() and not table.copy.isEnabled()
    table.open_result.trigger()
    table.show_result.trigger()
    assert opened == [songs / "0.mid", window.form.request().target / "0.mid"]
    table.view.setCurrentIndex(table.model.index(1, 0))
    table.prepare_menu()
    assert not table.open_result.isEnabled() and not table.show_result.isEnabled()
    table.copy.trigger()
    assert QGuiApplication.clipboard().text() == f"{songs / '1.mid'}: It is no MIDI file"
    table.show_input.trigger()
    click(window.foot.folder)
    assert shown == [window.form.request().target, songs, window.form.request().target]


@pops_up
def test_a_double_click_opens_the_input_in_the_main_window(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, song_file: Path
) -> None:
    listed(qtbot, window, song_file)
    at = window.table.view.visualRect(window.table.model.index(0, Column.FILE)).center()
    with qtbot.waitSignal(main.jobs.opened, timeout=MS):
        QTest.mouseClick(window.table.view.viewport(), LEFT, pos=at)
        QTest.mouseDClick(window.table.view.viewport(), LEFT, pos=at)
    assert main.document.song is not None and main.document.song.path == song_file


# The application


@pops_up
def test_ctrl_b_shows_it_and_esc_leaves_what_runs(qtbot: QtBot, main: MainWindow, songs: Path, staged: Staged) -> None:
    QTest.keyClick(main, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    window = main.batch.window
    assert window is not None and window.isVisible()
    staged.stands_at = 1
    listed(qtbot, window, songs)
    click(window.foot.start)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible() and window.runner.running
    qtbot.waitUntil(main.batch.chip.isVisible, timeout=MS)
    staged.go.set()
    finish(qtbot, window)
    assert main.batch.chip.text() == "Batch done" and main.batch.chip.isVisible()  # no one has seen it yet
    QTest.mouseClick(main.batch.chip, LEFT)
    assert window.isVisible() and not main.batch.chip.isVisible()
    assert window.table.model.counts[DONE] == 6


def test_quitting_asks_while_a_batch_runs_then_cancels_and_waits(
    qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path, staged: Staged, batch_answers: Answers
) -> None:
    staged.stands_at = 3
    listed(qtbot, window, songs)
    click(window.foot.start)
    qtbot.waitUntil(lambda: window.runner.pace.done == 3, timeout=MS)
    assert not main.close() and main.isVisible() and window.runner.running
    assert batch_answers.asked == [("quit", 3, 6)]
    batch_answers.quit = True
    runner = window.runner
    assert main.close() and not runner.running and not main.isVisible()
    assert staged.done == {0, 1, 2}


def test_quitting_with_no_batch_asks_nothing(main: MainWindow, window: BatchWindow, batch_answers: Answers) -> None:
    assert main.close() and batch_answers.asked == [] and main.batch.window is None


def test_the_question_before_the_end_is_a_box_with_two_answers(main: MainWindow, qtbot: QtBot) -> None:
    texts: list[str] = []

    def answer(word: str) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        texts.append(box.informativeText())
        QTest.mouseClick(next(b for b in box.findChildren(QPushButton) if word in b.text()), LEFT)

    QTimer.singleShot(0, lambda: answer("Go On"))
    assert not BatchDialogs().ask_quit(main, 3, 1_200)
    QTimer.singleShot(0, lambda: answer("Quit"))
    assert BatchDialogs().ask_quit(main, 0, 0)
    assert texts[0].startswith("3 of 1,200 files are done.")


def test_choices_are_remembered(
    qtbot: QtBot, make_main: MakeMain, songs: Path, tmp_path: Path, preferences: Preferences
) -> None:
    first = make_main().batch.make()
    first.show()
    (tmp_path / "results").mkdir()
    first.form.target.line.setText(str(tmp_path / "results"))
    first.form.target.existing.setCurrentIndex(1)
    first.form.target.jobs.setValue(2)
    first.form.choice.as_here.click()
    first.form.choice.panel.sliders["velocity"].number.setValue(55)
    first.form.parts.text.setPlainText("Organ: velocity=0")
    first.save_state()
    second = make_main().batch.make()
    second.show()
    target = second.form.target
    assert (target.path, target.rule, target.jobs.value()) == (tmp_path / "results", Existing.OVERWRITE, 2)
    assert second.form.choice.as_here.isChecked()
    assert second.form.parts.text.isVisible() and second.form.parts.rules == parse_rules(["Organ: velocity=0"])
    assert second.form.choice.settings == Settings(velocity=0.55)
    listed(qtbot, second, songs)
    assert target.path == tmp_path / "results"  # chosen by hand: nothing else is proposed


def test_it_follows_the_theme(qtbot: QtBot, main: MainWindow, window: BatchWindow, songs: Path) -> None:
    ran(qtbot, window, songs)
    dark = window.grab().toImage()
    main.commands["light"].trigger()
    light = window.grab().toImage()
    assert theme.current().name == "light" and dark != light
    main.commands["dark"].trigger()


def test_everything_is_reached_by_keys_and_has_a_name(qtbot: QtBot, window: BatchWindow, songs: Path) -> None:
    ran(qtbot, window, songs)
    window.activateWindow()
    window.form.sources.list.setFocus()
    seen: list[QWidget] = []
    for _ in range(60):
        focused = QApplication.focusWidget()
        if focused in seen:
            break
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    form, foot, table = window.form, window.foot, window.table
    for widget in (form.target.line, form.target.existing, form.target.jobs, table.line, table.view, foot.start):
        assert widget in seen
    for widget in seen:
        text = getattr(widget, "text", lambda: "")()
        assert widget.accessibleName() or text, widget
    assert seen.index(form.target.line) < seen.index(table.line) < seen.index(foot.start)


def test_a_filter_that_nothing_passes_any_more_is_left(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    staged.broken = {2}
    ran(qtbot, window, songs)
    window.show_failed.trigger()
    assert window.table.model.rowCount() == 1
    staged.broken, staged.stands_at = set(), 2
    click(window.foot.retry)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    qtbot.waitUntil(lambda: window.table.model.rowCount() == 6, timeout=MS)
    window.table.choose_group(WAITING)
    staged.go.set()
    finish(qtbot, window)
    assert window.table.buttons[ALL].isChecked() and window.table.model.rowCount() == 6


def test_results_are_not_shown_while_other_files_are_looked_for(
    qtbot: QtBot, window: BatchWindow, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(*args: object, **kwargs: object) -> list[object]:
        assert go.wait(WAIT_S)
        return list(list_files(*args, **kwargs))  # type: ignore[arg-type]

    ran(qtbot, window, songs)
    monkeypatch.setattr(window.lister, "list_files", slow)
    window.read([songs / "下"])
    assert window.table.model.rowCount() == 0 and "Looking" in window.empty.title.text()
    go.set()
    qtbot.waitUntil(lambda: names(window.table.model.rows) == ["c.kar"], timeout=MS)


def test_numbers_take_no_room_before_there_are_any(
    qtbot: QtBot, window: BatchWindow, songs: Path, staged: Staged
) -> None:
    def numbers() -> bool:
        hidden = {window.table.view.isColumnHidden(column) for column in (Column.NOTES, Column.TIME)}
        assert len(hidden) == 1
        return hidden == {False}

    listed(qtbot, window, songs)
    wide = window.table.view.columnWidth(Column.FILE)
    assert not numbers()
    staged.broken = {0}
    ran(qtbot, window, songs)
    assert numbers() and window.table.view.columnWidth(Column.FILE) < wide
    window.table.choose_group(FAILED)
    assert not numbers() and window.table.view.columnWidth(Column.FILE) == wide


def test_of_a_long_path_the_name_stays(qtbot: QtBot, window: BatchWindow, tmp_path: Path) -> None:
    (tmp_path / "in" / ("folder " * 25)).mkdir(parents=True)
    (tmp_path / "in" / ("folder " * 25) / "the song.mid").write_bytes(b"x")
    listed(qtbot, window, tmp_path / "in")
    index, option = window.table.model.index(0, Column.FILE), QStyleOptionViewItem()
    view = window.table.view
    view.initViewItemOption(option)
    option.rect = view.visualRect(index)
    view.itemDelegateForIndex(index).initStyleOption(option, index)
    assert option.text.startswith("…") and option.text.endswith("/the song.mid")
    assert option.fontMetrics.horizontalAdvance(option.text) <= option.rect.width()


def test_long_and_japanese_names_ask_for_no_more_room(qtbot: QtBot, window: BatchWindow, tmp_path: Path) -> None:
    folder = tmp_path / ("とても長い名前のフォルダー" * 5) / "x"
    folder.mkdir(parents=True)
    (folder / f"{'夜想曲' * 20}.mid").write_bytes(b"x")
    before = window.minimumSizeHint()
    listed(qtbot, window, folder)
    assert window.minimumSizeHint().width() <= before.width()
    window.resize(1280, 720)
    assert window.width() == 1280 and window.form.sources.list.item(0).toolTip() == str(folder)


# The engine itself


def write_song(path: Path, seed: int) -> None:
    notes = [(i * 240, 200, 48 + (i * 7 + seed) % 30, 80) for i in range(40)]
    path.write_bytes(build_song([TrackSpec(notes, name="Piano", program=0)], tempos=[(0, 120.0)]))


@pytest.mark.timeout(240)
def test_three_real_files_become_three_real_results(
    qtbot: QtBot, make_main: MakeMain, tmp_path: Path, preferences: Preferences
) -> None:
    """From a drop to bytes: the same as one song alone gives, a broken file is a sentence, and resume does nothing."""
    songs = tmp_path / "in"
    (songs / "sub").mkdir(parents=True)
    for k, name in enumerate(("a.mid", "sub/b.mid", "sub/曲.mid")):
        write_song(songs / name, k)
    (songs / "broken.mid").write_bytes(b"RIFF and no MIDI")
    model = make_base(folder=tmp_path / "models")
    main = make_main(run=None)  # the engine's
    qtbot.waitUntil(lambda: main.jobs.model is not None, timeout=MS)
    main.jobs.model_path = model
    main.document.change("", intensity=0.8, seed=3)
    window = main.batch.make()
    window.show()
    listed(qtbot, window, songs)
    window.form.target.jobs.setValue(1)
    click(window.foot.start)
    qtbot.waitUntil(lambda: not window.runner.running, timeout=200_000)
    assert window.messages.messages[RUN].title == "3 of 4 files humanized", window.messages.messages
    target = tmp_path / "in (humanized)"
    alone = Humanizer(model)
    for name in ("a.mid", "sub/b.mid", "sub/曲.mid"):
        song = midi_file.read(songs / name)
        played = midi_file.encode(song, alone.humanize(song, Settings(intensity=0.8, seed=3)))
        assert (target / name).read_bytes() == played != (songs / name).read_bytes()
    failed = [row for row in window.table.model.rows if row.status is Status.FAILED]
    assert names(failed) == ["broken.mid"] and failed[0].why
    (songs / "broken.mid").unlink()
    write_song(songs / "broken.mid", 9)
    click(window.foot.retry)
    qtbot.waitUntil(lambda: not window.runner.running, timeout=200_000)
    assert window.messages.messages[RUN].text.startswith("1 done now, 3 done before.")
