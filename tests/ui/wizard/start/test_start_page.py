"""Where a training begins: a card, someone's file, or an earlier run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWizard
from pytestqt.qtbot import QtBot

from duv_studio.training.lora.fit.run_files import summary_of
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.recipe.save_dialogs import RecipeDialogs, Unsaved
from duv_studio.ui.wizard.start.run_table import LONGEST, RecentRuns
from duv_studio.ui.wizard.start.start_page import StartPage

LEFT = Qt.MouseButton.LeftButton


class Answers(RecipeDialogs):
    def __init__(self) -> None:
        self.unsaved = Unsaved.CANCEL
        self.path: Path | None = None
        self.asked = 0
        self.told: list[str] = []

    def ask_unsaved(self, name: str, parent: object) -> Unsaved:
        self.asked += 1
        return self.unsaved

    def ask_open(self, start: Path, parent: object) -> Path | None:
        return self.path

    def tell(self, error: Exception, parent: object) -> None:
        self.told.append(str(error))


@pytest.fixture
def runs(preferences: Preferences) -> RecentRuns:
    return RecentRuns(preferences)


@pytest.fixture
def page(preferences: Preferences, qtbot: QtBot, qapp: QApplication) -> Iterator[StartPage]:
    apply_theme(qapp, "dark")
    wizard = QWizard()
    wizard.setWizardStyle(QWizard.WizardStyle.ModernStyle)
    made = StartPage(WizardState(), preferences=preferences)
    made.dialogs = Answers()
    wizard.addPage(made)
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.restart()
    yield made  # which the wizard owns


def a_run(folder: Path, status: str, verdict: str = "", *, resume: bool = False, **values: object) -> Path:
    folder.mkdir(parents=True)
    recipe = LoraRecipe.model_validate({"manifest": "m.jsonl", "output_dir": str(folder)} | values)
    (folder / "run.json").write_text(json.dumps({"status": status, "recipe": recipe.model_dump(mode="json")}))
    if verdict:
        (folder / "result.json").write_text(json.dumps({"status": status, "verdict": verdict}))
    if resume:
        (folder / "last.ckpt").touch()
    return folder


def answers(page: StartPage) -> Answers:
    assert isinstance(page.dialogs, Answers)
    return page.dialogs


def test_a_card_opens_its_recipe(page: StartPage) -> None:
    assert not page.isComplete() and sorted(page.cards.cards) == preset_names()
    card = page.cards.cards["bass_Lora.yaml"]
    QTest.mouseClick(card, LEFT)
    assert page.state.family == "bass" and page.isComplete() and card.isChecked()
    drums = page.cards.cards["drums_Lora.yaml"]
    drums.setFocus()
    QTest.keyClick(drums, Qt.Key.Key_Space)
    assert page.state.family == "drums" and drums.isChecked() and not card.isChecked()
    assert all(not c.icon().isNull() and c.accessibleName() for c in page.cards.cards.values())


def test_cards_are_reached_and_chosen_by_keys(page: StartPage, qtbot: QtBot) -> None:
    page.wizard().activateWindow()
    qtbot.waitUntil(page.wizard().isActiveWindow)
    page.cards.take_focus()
    cards = list(page.cards.cards.values())
    for card, key in zip(cards[1:], (Qt.Key.Key_Right, Qt.Key.Key_Tab) * 2, strict=True):
        QTest.keyClick(QApplication.focusWidget(), key)
        assert QApplication.focusWidget() is card
    QTest.keyClick(cards[-1], Qt.Key.Key_Right)
    assert QApplication.focusWidget() is cards[-1]
    QTest.keyClick(cards[-1], Qt.Key.Key_Left)
    QTest.keyClick(cards[-2], Qt.Key.Key_Space)
    assert cards[-2].isChecked() and page.isComplete()


def test_changes_are_asked_about_before_another_recipe_is_opened(page: StartPage) -> None:
    guitar, bass = page.cards.cards["guitar_Lora.yaml"], page.cards.cards["bass_Lora.yaml"]
    QTest.mouseClick(guitar, LEFT)
    page.state.set_value("lora.r", 4)
    QTest.mouseClick(bass, LEFT)
    assert answers(page).asked == 1 and page.state.family == "guitar"
    assert guitar.isChecked() and not bass.isChecked()
    QTest.mouseClick(guitar, LEFT)
    assert answers(page).asked == 1 and page.state.value("lora.r") == 4, "the card that is chosen changes nothing"
    answers(page).unsaved = Unsaved.DISCARD
    QTest.mouseClick(bass, LEFT)
    assert page.state.family == "bass" and not page.state.modified


def test_somebodys_file_is_opened_with_its_mistakes(page: StartPage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("lora: {r: 0}\n", encoding="utf-8")
    answers(page).path = path
    QTest.mouseClick(page.open_button, LEFT)
    assert page.state.path == path and page.isComplete() and page.state.problems
    assert page.file.whole == "mine.yaml" and not any(c.isChecked() for c in page.cards.cards.values())
    answers(page).path = tmp_path / "gone.yaml"
    QTest.mouseClick(page.open_button, LEFT)
    assert answers(page).told and page.state.path == path


def test_a_recipe_may_be_dropped(page: StartPage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("manifest: a\n", encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    page.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    assert page.state.path == path


def test_without_runs_it_says_what_will_be_here(page: StartPage) -> None:
    assert page.runs.empty.isVisible() and not page.runs.resume.isVisible()


def test_runs_are_listed_with_how_they_ended(page: StartPage, runs: RecentRuns, tmp_path: Path) -> None:
    runs.add(a_run(tmp_path / "done", "finished", "improves", title="ギター", instrument="guitar"))
    runs.add(a_run(tmp_path / "cut", "interrupted", resume=True, instrument="bass"))
    runs.add(tmp_path / "gone")
    page.initializePage()
    table = page.runs.table
    rows = [[table.topLevelItem(k).text(c) for c in range(4)] for k in range(table.topLevelItemCount())]  # type: ignore[union-attr]
    assert rows == [["cut", "Bass", "stopped", "–"], ["ギター", "Guitar", "finished", "improves"]]
    page.runs.select(tmp_path / "done")
    assert not page.runs.resume.isEnabled() and page.runs.result.isEnabled()
    page.runs.select(tmp_path / "cut")
    assert page.runs.resume.isEnabled() and page.runs.result.isEnabled()  # where it can be judged


def test_a_stopped_run_goes_on_with_the_recipe_that_it_had(
    page: StartPage, runs: RecentRuns, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = a_run(tmp_path / "cut", "interrupted", resume=True, instrument="bass", trainer={"epochs": 3})
    runs.add(folder)
    page.initializePage()
    page.runs.select(folder)
    with qtbot.waitSignal(page.page_wanted) as wanted:
        QTest.mouseClick(page.runs.resume, LEFT)
    summary = summary_of(folder)
    assert wanted.args == [4] and summary is not None
    assert page.state.recipe == summary.read_recipe() and page.state.recipe is not None
    assert page.state.recipe.trainer.epochs == 3 and page.state.path is None


def test_enter_shows_the_result_of_a_run_that_is_done_and_del_forgets_it(
    page: StartPage, runs: RecentRuns, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = a_run(tmp_path / "done", "finished", "no clear change", instrument="guitar")
    runs.add(folder)
    page.initializePage()
    page.runs.select(folder)
    page.runs.table.setFocus()
    with qtbot.waitSignal(page.result_wanted) as wanted:
        QTest.keyClick(page.runs.table, Qt.Key.Key_Return)
    assert wanted.args == [folder]
    QTest.mouseClick(page.runs.again, LEFT)
    assert page.state.family == "guitar" and page.state.value("output_dir") == str(folder)
    QTest.keyClick(page.runs.table, Qt.Key.Key_Delete)
    assert runs.folders == [] and folder.is_dir() and page.runs.empty.isVisible()


def test_a_run_whose_recipe_is_of_another_version_says_so(page: StartPage, runs: RecentRuns, tmp_path: Path) -> None:
    folder = a_run(tmp_path / "old", "interrupted", resume=True, instrument="bass")
    state = json.loads((folder / "run.json").read_text())
    state["recipe"]["gone"] = 1
    (folder / "run.json").write_text(json.dumps(state))
    runs.add(folder)
    page.initializePage()
    page.runs.select(folder)
    QTest.mouseClick(page.runs.resume, LEFT)
    assert "recipe" in answers(page).told[0] and not page.state.text


def test_the_list_of_runs_is_short_and_newest_first(runs: RecentRuns, tmp_path: Path) -> None:
    for k in range(LONGEST + 5):
        runs.add(tmp_path / str(k))
    runs.add(tmp_path / "10")
    assert len(runs.folders) == LONGEST and runs.folders[:2] == [tmp_path / "10", tmp_path / str(LONGEST + 4)]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"status": 3, "recipe": 4}'])
def test_damaged_runs_do_no_harm(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    summary = summary_of(tmp_path)
    assert summary is None or (not summary.can_resume and summary.read_recipe() is None)
