"""The wizard's frame: steps, buttons, closing while a training runs, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget, QWizard, QWizardPage
from pytestqt.qtbot import QtBot

from duv_studio.training.lora.survey.survey import FAILED, OK, SKIPPED
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.style import theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.training.session import TrainingSession
from duv_studio.ui.wizard.data.data_page import DataPage
from duv_studio.ui.wizard.dialogs import Closing, TrainingDialogs
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.step_list import Page, StepList
from duv_studio.ui.wizard.window import PageMaker, TrainingWizard

LEFT = Qt.MouseButton.LeftButton
Button = QWizard.WizardButton


class Session(TrainingSession):
    """One that can be said to run."""

    said_running = False
    stopped = 0

    @property
    def running(self) -> bool:
        return self.said_running

    def run(self, running: bool) -> None:
        self.said_running = running
        self.state_changed.emit()

    def stop_now(self) -> None:
        self.stopped += 1


class Answers(TrainingDialogs):
    answer = Closing.CANCEL
    asked = 0

    def ask_close(self, parent: QWidget) -> Closing:
        self.asked += 1
        return self.answer


def blank(page: Page) -> PageMaker:
    def make(state: WizardState, session: TrainingSession) -> QWizardPage:
        made = QWizardPage()
        made.setTitle(page.name.title())
        made.setSubTitle(f"What to do on {page.name}.")
        return made

    return make


@pytest.fixture
def session() -> Session:
    return Session()


Make = Callable[[], TrainingWizard]


@pytest.fixture
def make(session: Session, preferences: Preferences, qtbot: QtBot) -> Make:
    def make() -> TrainingWizard:
        pages = {page: blank(page) for page in Page}
        wizard = TrainingWizard(WizardState(), session, preferences, Answers(), pages)
        qtbot.addWidget(wizard)
        wizard.show()
        return wizard

    return make


def shown(wizard: TrainingWizard) -> list[str]:
    buttons = (Button.BackButton, Button.NextButton, Button.FinishButton, Button.CancelButton)
    return [wizard.button(b).text().replace("&", "") for b in buttons if wizard.button(b).isVisible()]


def test_steps_follow_the_pages(make: Make) -> None:
    wizard = make()
    assert wizard.wizardStyle() is QWizard.WizardStyle.ModernStyle
    seen = []
    for _ in Page:
        seen.append((wizard.currentId(), wizard.steps.current, wizard.steps.accessibleName()))
        if wizard.currentId() != Page.RESULT:
            QTest.mouseClick(wizard.button(Button.NextButton), LEFT)
    assert [page for page, _, _ in seen] == [step for _, step, _ in seen] == list(range(6))
    assert seen[2][2] == "Step 3 of 6: Adapter & optimiser"


def test_the_marked_step_looks_different_in_both_themes(qtbot: QtBot) -> None:
    steps = StepList(["One", "Two", "Three"])
    qtbot.addWidget(steps)
    for name in theme.THEMES:
        with theme.painting(name):
            pictures = []
            for step in range(3):
                steps.set_current(step)
                pictures.append(steps.grab().toImage())
            assert pictures[0] != pictures[1] != pictures[2]


def test_buttons_are_those_that_make_sense(make: Make, session: Session) -> None:
    wizard = make()
    assert shown(wizard) == ["Next", "Cancel"]
    wizard.go_to(Page.DATA)
    assert shown(wizard) == ["Back", "Next", "Cancel"]
    wizard.go_to(Page.RUN)
    session.run(True)
    assert shown(wizard) == ["Next", "Close"]
    session.run(False)
    assert shown(wizard) == ["Back", "Next", "Cancel"]
    wizard.go_to(Page.RESULT)
    assert shown(wizard) == ["Done"]


def test_a_page_that_was_seen_is_gone_back_to(make: Make) -> None:
    wizard = make()
    for _ in range(4):
        wizard.next()
    wizard.go_to(Page.RECIPE)
    assert wizard.currentId() == Page.RECIPE and wizard.visitedIds() == [Page.START, Page.DATA, Page.RECIPE]


def test_it_opens_where_the_training_runs(make: Make, session: Session) -> None:
    session.said_running = True
    assert make().currentId() == Page.RUN


@pytest.mark.parametrize(("answer", "visible", "stops"), [
    (Closing.CANCEL, True, 0), (Closing.BEHIND, False, 0), (Closing.STOP, False, 1),
])  # fmt: skip
def test_closing_asks_while_a_training_runs(
    make: Make, session: Session, answer: Closing, visible: bool, stops: int, qtbot: QtBot
) -> None:
    wizard = make()
    wizard.go_to(Page.RUN)
    session.run(True)
    wizard.questions.answer = answer  # type: ignore[attr-defined]
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    assert (wizard.isVisible(), session.stopped) == (visible, stops)
    wizard.show()
    assert wizard.currentId() == Page.RUN
    wizard.close()  # the cross of the window
    assert wizard.isVisible() is visible and wizard.questions.asked == 2  # type: ignore[attr-defined]
    session.run(False)


def test_closing_asks_nothing_when_nothing_runs(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    with qtbot.waitSignals([wizard.closed, wizard.finished]):
        QTest.mouseClick(wizard.button(Button.CancelButton), LEFT)
    assert not wizard.isVisible() and wizard.questions.asked == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("key", "answer"), [
    (Qt.Key.Key_Escape, Closing.CANCEL), (Qt.Key.Key_Return, Closing.BEHIND), ("Stop", Closing.STOP),
])  # fmt: skip
def test_the_real_question(key: Qt.Key | str, answer: Closing, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    def reply() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if isinstance(key, str):
            button = next(b for b in box.findChildren(QPushButton) if key in b.text())
            QTest.mouseClick(button, LEFT)
        else:
            QTest.keyClick(box, key)

    QTimer.singleShot(0, reply)
    assert TrainingDialogs().ask_close(parent) is answer


def test_its_size_is_remembered(make: Make) -> None:
    wizard = make()
    wizard.resize(981, 633)
    wizard.reject()
    assert make().size().height() == 633


def test_the_data_page_has_room_in_the_smallest_wizard(
    session: Session, preferences: Preferences, qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, "dark")
    wizard = TrainingWizard(WizardState(), session, preferences, Answers())
    qtbot.addWidget(wizard)
    wizard.state.open_preset("guitar_Lora.yaml")
    wizard.show()
    wizard.resize(wizard.minimumSize())
    wizard.go_to(Page.DATA)
    page = wizard.page(Page.DATA)
    assert isinstance(page, DataPage)
    counts = {FAILED: 3, SKIPPED: 27, OK: 240, "": 270}
    for status, button in page.table.buttons.items():
        button.setText(f"{button.text()} {counts[status]:,}")
    page.stack.setCurrentWidget(page.body)
    QApplication.processEvents()
    assert page.source.width() >= page.source.minimumSizeHint().width()
    for button in page.table.buttons.values():
        assert button.isVisible() and button.width() >= button.sizeHint().width()
    assert page.table.view.horizontalScrollBar().maximum() == 0
    wizard.shut_down()


def test_titles_are_large_and_stand_at_the_left(make: Make) -> None:
    wizard = make()
    for page in (Page.START, Page.RECIPE, Page.RESULT):
        wizard.go_to(page)
        QApplication.processEvents()
        labels = {label.text(): label for label in wizard.findChildren(QLabel) if label.isVisible()}
        title, words = labels[page.name.title()], labels[f"What to do on {page.name}."]
        assert title.property("role") == "title" and words.property("role") == "muted"
        assert title.height() >= title.sizeHint().height() and words.height() >= words.heightForWidth(words.width())
        assert title.mapTo(wizard, title.rect().topLeft()).x() == words.mapTo(wizard, words.rect().topLeft()).x()


def test_the_theme_changes_under_an_open_wizard(make: Make) -> None:
    """QWizard itself ends the process here."""
    wizard = make()
    QVBoxLayout(wizard.currentPage()).addWidget(QPushButton("Anything"))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    pictures = []
    for look in ("dark", "light", "dark", "light"):
        apply_theme(app, look)
        QApplication.processEvents()
        pictures.append(wizard.grab().toImage())
    assert pictures[0] == pictures[2] != pictures[1] == pictures[3]
    apply_theme(app, "dark")


def test_an_earlier_result_is_shown(session: Session, preferences: Preferences, tmp_path: Path, qtbot: QtBot) -> None:
    from duv_studio.ui.wizard.result.result_page import ResultPage

    pages = {page: blank(page) for page in Page} | {Page.RESULT: ResultPage}
    wizard = TrainingWizard(WizardState(), session, preferences, Answers(), pages)
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.show_result(tmp_path)
    assert wizard.currentId() == Page.RESULT and wizard.steps.current == Page.RESULT
    wizard.shut_down()
