"""A run that was stopped, on the result page: what is said, what is offered first, and that it is judged there."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.lora.fit import judge_run
from duv_studio.training.lora.fit.run_files import summary_of
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.training.session import TrainingSession
from duv_studio.ui.wizard.dialogs import TrainingDialogs
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.result.result_page import TOPIC, ResultPage
from duv_studio.ui.wizard.start.run_table import RecentRuns, RunTable
from duv_studio.ui.wizard.step_list import Page
from duv_studio.ui.wizard.window import TrainingWizard
from tests.adapters_made import make_adapter, make_base
from tests.lora_runs import NewRun
from tests.training.lora.fit.test_resume import interrupted
from tests.ui.conftest import WAIT_S
from tests.ui.wizard.result.test_run_result import write_result

MS = int(WAIT_S * 1000)
LEFT = Qt.MouseButton.LeftButton
STOPPED: dict[str, Any] = {
    "status": "interrupted",
    "verdict": "",
    "why": [],
    "unseen_songs": {},
    "steps": 5,
    "planned_steps": 16,
    "validation": {"identity": {"val_loss": 1.0}},
}


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """The folder of a run that was stopped before its first validation."""
    folder = write_result(tmp_path / "run", **STOPPED)
    make_adapter(make_base(), path=folder / "duv_lora_best.ckpt")
    (folder / "last.ckpt").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("changed", "headline", "said", "unsaid"),
    [
        (
            {},
            "Stopped before its end",
            ["step 5 of 16", "before it was first tried", "“Judge Now”", "“Resume”"],
            ["held out to"],
        ),
        ({"validation": {"adapter": {"val_loss": 1.0}}}, "Stopped before its end", ["step 5 of 16"], ["tried"]),
        ({"steps": 16}, "Stopped before its end", ["after its last step"], ["tried"]),
        ({"steps": 16, "verdict": "harms"}, "The model alone", ["after its last step."], ["before", "Judge"]),
        (
            {"verdict": "improves", "why": ["It rises."]},
            "It plays more like you",
            ["It rises.", "step 5"],
            ["Judge Now"],
        ),
    ],
)
def test_where_it_stands_is_said(
    page: ResultPage, stopped: Path, changed: dict[str, Any], headline: str, said: list[str], unsaid: list[str]
) -> None:
    page.show_folder(write_result(stopped, **(STOPPED | changed)))
    text = page.verdict.text.text()
    assert page.verdict.headline.text().startswith(headline)
    assert all(part in text for part in said) and not any(part in text for part in unsaid)


def test_until_it_is_judged_using_it_is_not_the_first_choice(page: ResultPage, stopped: Path) -> None:
    page.show_folder(stopped)
    assert page.stopped.judge.isVisible() and page.stopped.resume.isVisible()
    assert page.stopped.judge.property("primary") == "true" and page.keep.use.property("primary") == "false"
    assert page.keep.use.isEnabled() and "has not been judged" in page.keep.hint.text()
    page.show_folder(write_result(stopped, **(STOPPED | {"verdict": "improves"})))
    assert not page.stopped.judge.isVisible() and page.stopped.resume.isVisible()
    assert page.keep.use.property("primary") == "true" and page.keep.hint.text() == ""
    page.show_folder(write_result(stopped))
    assert not page.stopped.isVisible()


def test_every_mnemonic_leads_to_one_place(page: ResultPage, stopped: Path) -> None:
    page.show_folder(stopped)
    texts = [w.text() for kind in (QLabel, QAbstractButton) for w in page.findChildren(kind)] + ["&Done"]
    letters = [text.split("&", 1)[1][0].lower() for text in texts if "&" in text]
    assert len(letters) == 7 and sorted(letters) == sorted(set(letters))


def test_resuming_names_the_folder(page: ResultPage, stopped: Path, qtbot: QtBot) -> None:
    page.show_folder(stopped)
    with qtbot.waitSignal(page.resume_wanted, timeout=MS) as wanted:
        QTest.mouseClick(page.stopped.resume, LEFT)
    assert wanted.args == [stopped]


def test_it_is_judged_there(page: ResultPage, new_run: NewRun, qtbot: QtBot) -> None:
    run = new_run()
    interrupted(run)
    page.show_folder(run.output)
    QTest.mouseClick(page.stopped.judge, LEFT)
    assert page.stopped.bar.isVisible() and page.stopped.cancel.isVisible() and not page.keep.use.isEnabled()
    qtbot.waitUntil(lambda: not page.judge_tasks.unfinished, timeout=MS)
    assert page.messages.messages == {} and page.outcome is not None
    assert page.outcome.verdict == run.result()["verdict"] != ""
    assert not page.stopped.judge.isVisible() and page.stopped.resume.isVisible()
    assert page.table.isVisible() and page.plot.isVisible() and page.keep.use.isEnabled()
    summary = summary_of(run.output)
    assert summary is not None and summary.verdict == page.outcome.verdict and summary.can_resume


def test_judging_is_cancelled_or_fails_and_can_be_asked_again(
    page: ResultPage, stopped: Path, new_run: NewRun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    state = f'{{"status": "interrupted", "family": "guitar", "recipe": {run.loaded().model_dump_json()}}}'
    (stopped / "run.json").write_text(state)
    begun = threading.Event()

    def judge(*args: Any, on_song: Any, stop: Any, **more: Any) -> None:
        on_song(1, 4)
        begun.set()
        while not stop():
            threading.Event().wait(0.01)
        raise Cancelled

    monkeypatch.setattr(judge_run, "judge_stopped", judge)
    page.show_folder(stopped)
    QTest.mouseClick(page.stopped.judge, LEFT)
    qtbot.waitUntil(lambda: begun.is_set() and page.stopped.bar.value() == 250, timeout=MS)
    QTest.mouseClick(page.stopped.cancel, LEFT)
    qtbot.waitUntil(lambda: not page.judge_tasks.unfinished, timeout=MS)
    assert page.stopped.judge.isVisible() and page.keep.use.isEnabled() and page.messages.messages == {}

    def fail(*args: Any, **more: Any) -> None:
        raise DuvError("no song is left over that it has never seen")

    monkeypatch.setattr(judge_run, "judge_stopped", fail)
    QTest.mouseClick(page.stopped.judge, LEFT)
    qtbot.waitUntil(lambda: TOPIC in page.messages.messages, timeout=MS)
    assert page.messages.messages[TOPIC].title == "It could not be judged" and page.stopped.judge.isVisible()


def test_the_table_of_runs_leads_to_stopped_ones(qtbot: QtBot, stopped: Path, tmp_path: Path) -> None:
    (stopped / "run.json").write_text('{"status": "interrupted", "family": "guitar", "recipe": {"name": "x"}}')
    runs = RecentRuns(Preferences(tmp_path / "preferences.ini"))
    runs.add(stopped)
    shown = RunTable()
    qtbot.addWidget(shown)
    shown.show_runs(runs)
    shown.select(stopped)
    assert shown.result.isEnabled() and shown.resume.isEnabled()


def test_the_page_leads_back_to_the_run_which_goes_on(qtbot: QtBot, new_run: NewRun, tmp_path: Path) -> None:
    run = new_run()
    interrupted(run)
    session = TrainingSession()
    wizard = TrainingWizard(WizardState(), session, Preferences(tmp_path / "preferences.ini"), TrainingDialogs())
    qtbot.addWidget(wizard)
    try:
        wizard.show_result(run.output)
        page = wizard.page(Page.RESULT)
        assert isinstance(page, ResultPage)
        with qtbot.waitSignal(session.finished, timeout=MS):
            page.stopped.resume.click()
            assert wizard.currentId() == Page.RUN and session.running
        assert "Going on where the run was interrupted." in session.lines and run.result()["steps"] == 16
    finally:
        session.shut_down()
        wizard.shut_down()
