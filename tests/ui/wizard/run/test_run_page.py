"""The page on which a training runs: real ones on a tiny base, driven by its buttons."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from duv_studio.training.errors import DiskFull, NotANumber, OutOfMemory
from duv_studio.training.lora.fit import run as trainer
from duv_studio.training.lora.fit.run_files import INTERRUPTED
from duv_studio.ui.training.chip import TrainingChip, short_text
from duv_studio.ui.training.session import Stage, TrainingSession
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.run.run_page import RunPage
from duv_studio.ui.wizard.step_list import Page
from tests.lora_runs import NewRun, Run

WAIT_MS = 120_000
LEFT = Qt.MouseButton.LeftButton
MANY_STEPS = {"epochs": 4, "min_steps": 160}
Open = Callable[[Run], RunPage]


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[TrainingSession]:
    made = TrainingSession()
    yield made
    made.shut_down()


@pytest.fixture
def open_page(session: TrainingSession, qtbot: QtBot) -> Iterator[Open]:
    """Opens the page with a run's recipe, as it is when one comes to it."""
    pages: list[RunPage] = []

    def make(run: Run) -> RunPage:
        state = WizardState()
        state.open(run.config)
        state.devices = "cpu"
        page = RunPage(state, session)
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(860, 560)
        page.show()
        page.initializePage()
        return page

    yield make
    for page in pages:
        page.shut_down()


def wait(qtbot: QtBot, session: TrainingSession) -> None:
    qtbot.waitUntil(lambda: not session.running, timeout=WAIT_MS)


def wait_for_plots(qtbot: QtBot, page: RunPage) -> None:
    qtbot.waitUntil(lambda: bool(page.plots.panels), timeout=WAIT_MS)


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, LEFT)


def banner_button(page: RunPage, text: str) -> QPushButton:
    return next(b for b in page.messages.findChildren(QPushButton) if b.text() == text)


def test_coming_to_the_page_trains_and_a_second_time_does_not(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run(trainer={"epochs": 2, "min_steps": 60})
    page = open_page(run)
    assert session.running and not page.isComplete() and page.stop_button.isVisible()
    assert page.status.text() == "Preparing…"
    assert not page.again_button.isVisible() and not page.resume_button.isVisible()
    wait(qtbot, session)
    assert page.isComplete() and page.status.text().startswith("Done")
    assert page.numbers.values["step"].text() == "60 / 60" and page.numbers.values["epoch"].text() == "2 / 2"
    assert "at step" in page.numbers.values["best"].text() and page.numbers.values["speed"].text() != "–"
    assert "Judging by" in page.plots.messages.toPlainText()
    page.initializePage()
    assert not session.running


def test_stop_resume_and_the_adapter_so_far(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run(trainer=MANY_STEPS)
    page = open_page(run)
    qtbot.waitUntil(lambda: session.history.best is not None, timeout=WAIT_MS)
    with qtbot.waitSignal(page.preview_wanted) as wanted:
        click(qtbot, page.preview_button)
    assert wanted.args == [run.output / "duv_lora_best.ckpt"]
    click(qtbot, page.stop_button)
    assert not page.stop_button.isEnabled() and not page.epoch_button.isEnabled()
    wait(qtbot, session)
    assert session.result.status == INTERRUPTED and page.status.text().startswith("Stopped; it can be resumed.")
    click(qtbot, page.resume_button)
    wait(qtbot, session)
    assert session.result.status != INTERRUPTED and session.history.step == 160
    assert not page.resume_button.isVisible()


def test_stop_after_the_epoch_and_run_again_with_changes(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run(trainer=MANY_STEPS)
    page = open_page(run)
    qtbot.waitUntil(lambda: session.stage is Stage.TRAINING, timeout=WAIT_MS)
    click(qtbot, page.epoch_button)
    assert page.stop_button.isEnabled() and not page.epoch_button.isEnabled()
    wait(qtbot, session)
    assert session.result.status == INTERRUPTED and session.history.step in (40, 80, 120)
    with qtbot.waitSignal(page.page_wanted) as wanted:
        click(qtbot, page.again_button)
    assert wanted.args == [int(Page.RECIPE)]
    page.state.set_value("trainer.min_steps", 24)
    page.initializePage()  # starts over: going on would be refused
    wait(qtbot, session)
    assert session.error is None and session.history.steps == 24
    assert [log.parent.name for log in page.plots.earlier()] == ["version_0"]


def test_a_closed_page_leaves_the_training_and_a_new_one_shows_it(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run(trainer=MANY_STEPS)
    first = open_page(run)
    qtbot.waitUntil(lambda: session.history.step > 5, timeout=WAIT_MS)
    first.hide()
    second = open_page(run)
    assert session.running
    assert second.numbers.values["step"].text().endswith("/ 160")
    assert second.plots.messages.toPlainText().startswith("Guitar:")
    session.stop_now()
    wait(qtbot, session)


def test_the_plots_show_the_run_with_what_must_be_beaten_and_earlier_ones(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot, tmp_path: Path
) -> None:
    run = new_run(trainer={"epochs": 2, "min_steps": 60})
    run.train()
    page = open_page(run)
    wait(qtbot, session)
    wait_for_plots(qtbot, page)
    loss, more, _ = page.plots.panels
    assert list(loss.legend.entries) == ["raw", "smooth", "lr", "validation", "best", "base"]
    page.plots.tabs.setCurrentIndex(1)
    assert list(more.legend.entries) == ["raw", "smooth", "validation", "best", "identity", "base"]
    page.plots.fill_compare_menu()
    (action,) = page.plots.compare_menu.actions()
    assert action.text().startswith("Run 0 · ")
    action.trigger()
    qtbot.waitUntil(lambda: "version_0" in loss.legend.entries, timeout=WAIT_MS)
    assert loss.legend.entries["version_0"].text() == "Run 0"
    page.plots.compare(())
    qtbot.waitUntil(lambda: "version_0" not in loss.legend.entries, timeout=WAIT_MS)
    compare_with_another_folder(page, run, tmp_path / "R&B 練習", qtbot)
    page.plots.export_png(tmp_path / "plots.png")
    picture = QImage(str(tmp_path / "plots.png"))
    assert picture.width() == 2 * more.width() and picture.pixelColor(4, 4).isValid()
    page.plots.export_csv(tmp_path / "numbers.csv")
    assert len((tmp_path / "numbers.csv").read_text().splitlines()) > 15


def compare_with_another_folder(page: RunPage, run: Run, other: Path, qtbot: QtBot) -> None:
    first = Path(run.loaded().output_dir)
    shutil.copytree(first, other)
    page.plots.elsewhere = (first, other, other / "gone")
    page.plots.fill_compare_menu()
    own, theirs = page.plots.compare_menu.actions()
    assert own.text().startswith("Run 0 · ") and theirs.text().startswith("R&&B 練習 · ")
    theirs.trigger()
    legend = page.plots.panels[0].legend
    qtbot.waitUntil(lambda: any(entry.text() == other.name for entry in legend.entries.values()), timeout=WAIT_MS)
    theirs.trigger()
    qtbot.waitUntil(lambda: all(entry.text() != other.name for entry in legend.entries.values()), timeout=WAIT_MS)


def failing(error: Exception, times: int, original: Any) -> Any:
    left = [times]

    def train(*args: Any, **how: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error
        return original(*args, **how)

    return train


@pytest.mark.parametrize(
    ("error", "button", "path", "value"),
    [
        (OutOfMemory("out of memory"), "Halve the Batch", "trainer.batch_size", 2),
        (NotANumber("the loss is no number"), "Lower the Learning Rate", "trainer.lr", 7.5e-4),
        (DiskFull("the disk is full"), "Go On", None, None),
    ],
)
def test_a_click_on_what_is_suggested_trains_on(
    error: Exception,
    button: str,
    path: str | None,
    value: Any,
    open_page: Open,
    new_run: NewRun,
    session: TrainingSession,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trainer, "train", failing(error, 1, trainer.train))
    page = open_page(new_run())
    wait(qtbot, session)
    assert not page.isComplete() and page.again_button.isVisible()
    click(qtbot, banner_button(page, button))
    assert session.running and not page.messages.messages
    wait(qtbot, session)
    assert session.error is None and page.isComplete()
    if path is not None:
        assert page.state.value(path) == value
        assert session.recipe == page.state.recipe


def test_data_that_vanished_leads_back_to_the_data(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run()
    manifest = Path(run.recipe["manifest"])
    kept = manifest.read_bytes()
    manifest.unlink()
    page = open_page(run)
    wait(qtbot, session)
    with qtbot.waitSignal(page.page_wanted) as wanted:
        click(qtbot, banner_button(page, "Choose Other Data"))
    assert wanted.args == [int(Page.DATA)]
    manifest.write_bytes(kept)
    page.start()
    wait(qtbot, session)
    assert session.error is None and page.isComplete()


def test_an_unfinished_run_of_another_recipe_is_kept_beside(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    run = new_run()
    run.train(finish_epoch=lambda: True)
    page = open_page(run.changed(trainer={"seed": 3}))
    wait(qtbot, session)
    assert page.messages.messages["trouble"].title == "The training did not begin"
    click(qtbot, banner_button(page, "Use a New Folder"))
    wait(qtbot, session)
    assert session.error is None and session.output == run.output.with_name("duv_guitar_lora_2")
    assert (run.output / "last.ckpt").is_file()


def test_what_nobody_foresaw_has_a_report(
    open_page: Open, new_run: NewRun, session: TrainingSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "train", failing(ZeroDivisionError("one by nothing"), 1, trainer.train))
    page = open_page(new_run())
    wait(qtbot, session)
    click(qtbot, banner_button(page, "Show Report"))
    assert page.report is not None and "ZeroDivisionError" in page.report.text.toPlainText()
    page.report.close()


def test_the_chip_shows_a_training_until_somebody_looked(
    new_run: NewRun, session: TrainingSession, qtbot: QtBot
) -> None:
    chip = TrainingChip(session)
    qtbot.addWidget(chip)
    assert not chip.isVisible()
    run = new_run(trainer=MANY_STEPS)
    session.start(run.loaded(), run.loaded().family("guitar"), "cpu")
    assert chip.isVisible() and chip.text() == "Training…"
    qtbot.waitUntil(lambda: "%" in chip.text(), timeout=WAIT_MS)
    assert "Step" in chip.toolTip() and chip.accessibleName() == chip.text()
    chip.grab()
    session.stop_now()
    assert chip.text() == "Training stops…"
    wait(qtbot, session)
    assert chip.isVisible() and chip.text() == short_text(session) == "Training stopped"
    with qtbot.waitSignal(chip.clicked):
        qtbot.mouseClick(chip, LEFT)
    assert not chip.isVisible()
