"""The check page: a real trial on a tiny base, its numbers in cards, its warnings, and what a click mends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.errors import OutOfMemory
from duv_studio.training.lora.trial.machine import CPU, CUDA, DeviceInfo
from duv_studio.training.lora.trial.report import TrainedPart, Trial
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.wizard.check import trial_task as tryers
from duv_studio.ui.wizard.check.check_page import DATA, RECIPE, CheckPage
from duv_studio.ui.wizard.check.device_row import bytes_text, device_text
from duv_studio.ui.wizard.check.trial_cards import MEMORY, STEPS, TIME, WHAT, duration_text, step_time_text
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.step_list import Page
from tests.lora_runs import TRAINER, rule_tracks, write_manifest

WAIT_MS = 60_000
LEFT = Qt.MouseButton.LeftButton
GB = 10**9
THIS_CPU = DeviceInfo(CPU, "Some Processor", 8 * GB, 16 * GB)
THIS_GPU = DeviceInfo(CUDA, "Some GPU", 20 * GB, 24 * GB)
FOUND = Trial(
    seconds_per_step=0.2,
    seconds_per_epoch=50.0,
    steps=1500,
    epochs=6,
    total_seconds=320.0,
    peak_bytes=2 * GB,
    trainable=196_608,
    parameters=5_000_000,
    parts=(TrainedPart("attn.q_proj", 6, 98_304), TrainedPart("ff.in", 6, 98_304)),
    device="Some Processor",
    sentences=("Plenty.",),
    warnings=(),
)
MakePage = Callable[..., CheckPage]


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    manifest = write_manifest(tmp_path / "guitar.jsonl", rule_tracks())
    return {
        "base_checkpoint": str(tmp_path / "no base"),
        "instrument": "guitar",
        "manifest": str(manifest),
        "output_dir": str(tmp_path / "out"),
        "trainer": dict(TRAINER),
    }


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, recipe: dict[str, Any]) -> Iterator[MakePage]:
    apply_theme(qapp, "dark")
    made: list[CheckPage] = []

    def page(**changes: Any) -> CheckPage:
        state = WizardState()
        state.open_text(yaml.safe_dump(recipe | changes))
        made.append(CheckPage(state))
        qtbot.addWidget(made[-1])
        made[-1].resize(900, 560)
        made[-1].show()
        return made[-1]

    yield page
    for one in made:
        one.shut_down()


class Trials:
    """Answers instead of real trials, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []  # devices, workers, batch size
        self.answer: Trial | Exception = FOUND
        self.go = threading.Event()
        self.go.set()
        self.saw_cancel = threading.Event()

    def __call__(self, recipe: Any, family: Any, devices: str, cancelled: Callable[[], bool], *, workers: int) -> Trial:
        self.asked.append((devices, workers, recipe.trainer.batch_size))
        while not self.go.wait(0.002):
            if cancelled():
                self.saw_cancel.set()
                raise Cancelled
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> Trials:
    trials = Trials()
    monkeypatch.setattr(tryers, "trial", trials)
    monkeypatch.setattr(tryers, "devices_here", lambda: [THIS_GPU, THIS_CPU])
    return trials


def begin(qtbot: QtBot, page: CheckPage) -> CheckPage:
    page.initializePage()
    settle(qtbot, page)
    return page


def settle(qtbot: QtBot, page: CheckPage) -> None:
    qtbot.waitUntil(lambda: not page.tryer.running and page.tryer.tasks.unfinished == 0, timeout=WAIT_MS)


def button(page: CheckPage, text: str) -> QPushButton:
    return next(b for b in page.messages.findChildren(QPushButton) if b.text() == text)


def test_a_real_trial_fills_the_cards(qtbot: QtBot, make: MakePage, tiny_base: Path, recipe: dict[str, Any]) -> None:
    page = make(base_checkpoint=str(tiny_base))
    page.initializePage()
    assert page.waiting.isVisible() and page.waiting.title.text() == "Preparing…" and not page.isComplete()
    settle(qtbot, page)
    assert page.isComplete() and not page.waiting.isVisible() and not page.messages.messages
    found = page.tryer.trial
    assert found is not None and found.steps > 0
    cards = page.cards.cards
    assert cards[WHAT].answer.text() == f"{found.trainable:,} parameters"
    assert "attn.q_proj" in cards[WHAT].detail.text() and "2 blocks" in cards[WHAT].detail.text()
    assert cards[STEPS].answer.text() == str(found.steps) and "a step on CPU" in cards[TIME].detail.text()
    assert cards[MEMORY].answer.text() == f"about {bytes_text(found.peak_bytes)}"
    assert "are recommended, and you have" in page.remarks.text() and "32-bit numbers" in page.remarks.text()
    assert page.row.devices.count() >= 1 and not Path(recipe["output_dir"]).exists()


def test_a_missing_base_is_told_as_a_sentence(qtbot: QtBot, make: MakePage) -> None:
    page = begin(qtbot, make())
    message = page.messages.messages["trouble"]
    assert "Base checkpoint not found" in message.text and message.hint
    assert not page.isComplete() and page.waiting.title.text() == "Not checked" and not page.waiting.bar.isVisible()


def test_devices_are_offered_by_name_and_free_memory(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    page = begin(qtbot, make())
    shown = [page.row.devices.itemText(k) for k in range(page.row.devices.count())]
    assert shown == ["Some GPU · 20.0 of 24.0 GB free", "Some Processor (processor) · 8.0 of 16.0 GB free"]
    assert page.row.devices.currentData() == CUDA and trials.asked == [("auto", 0, 4)]
    assert "free on Some GPU" in page.cards.cards[MEMORY].detail.text()


def test_another_device_is_tried_by_itself(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    page = begin(qtbot, make())
    page.row.devices.setFocus()
    qtbot.keyClick(page.row.devices, Qt.Key.Key_Down)
    page.row.devices.activated.emit(page.row.devices.currentIndex())
    assert not page.isComplete()
    settle(qtbot, page)
    assert page.state.devices == CPU and trials.asked[-1][0] == CPU and page.isComplete()


def test_workers_are_turned_and_tried_once_they_rest(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    page = begin(qtbot, make())
    page.row.workers.setMaximum(8)
    for workers in (1, 2, 3):
        page.row.workers.setValue(workers)
    settle(qtbot, page)
    assert page.state.workers == 3 and [workers for _, workers, _ in trials.asked] == [0, 3]


def test_coming_back_to_the_same_needs_no_other_trial(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    page = begin(qtbot, make())
    page.cleanupPage()
    begin(qtbot, page)
    assert len(trials.asked) == 1 and page.isComplete()
    page.state.set_value("trainer.batch_size", 2)
    assert not page.isComplete()
    begin(qtbot, page)
    assert trials.asked[-1] == ("auto", 0, 2) and page.isComplete()


def test_a_trial_can_be_cancelled_and_begun_again(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.go.clear()
    page = make()
    page.initializePage()
    qtbot.waitUntil(lambda: bool(trials.asked), timeout=WAIT_MS)
    qtbot.mouseClick(page.waiting.cancel, LEFT)
    assert trials.saw_cancel.wait(10) and page.waiting.title.text() == "Not checked" and not page.isComplete()
    trials.go.set()
    qtbot.mouseClick(page.row.again, LEFT)
    settle(qtbot, page)
    assert page.isComplete() and len(trials.asked) == 2


def test_too_little_memory_is_mended_by_a_click(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.answer = OutOfMemory("out of memory with 4 windows of 64 notes in a step", hint="lower it")
    page = begin(qtbot, make())
    assert "out of memory" in page.messages.messages["trouble"].text.lower()
    trials.answer = FOUND
    qtbot.mouseClick(button(page, "Halve the Batch"), LEFT)
    settle(qtbot, page)
    assert page.state.recipe.trainer.batch_size == 2 and trials.asked[-1][2] == 2  # type: ignore[union-attr]
    assert page.isComplete() and not page.messages.messages


def test_hardly_enough_memory_is_warned_of(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.answer = replace(FOUND, peak_bytes=19 * GB)
    page = begin(qtbot, make())
    assert "19.0 GB" in page.messages.messages["room"].text and page.isComplete()


def test_warnings_are_cards_and_go_with_their_trial(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.answer = replace(FOUND, warnings=("few notes", "bf16 not available"))
    page = begin(qtbot, make())
    assert [m.text for m in page.messages.messages.values()] == ["Bf16 not available.", "Few notes."]
    trials.answer = FOUND
    qtbot.mouseClick(page.row.again, LEFT)
    settle(qtbot, page)
    assert not page.messages.messages


def test_where_nothing_is_trained_that_is_said(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.answer = replace(FOUND, steps=0, trainable=0, warnings=("only level and spread are measured",))
    page = begin(qtbot, make())
    assert not page.cards.isVisible() and page.messages.messages and page.isComplete()


def test_mistakes_of_the_recipe_lead_to_it(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    page = begin(qtbot, make(trainer={"lr": -1, "epochs": 0}))
    message = page.messages.messages["trouble"]
    assert "trainer.epochs" in message.text + message.hint or "1 more" in message.hint
    with qtbot.waitSignal(page.page_wanted) as asked:
        qtbot.mouseClick(button(page, "Show the Recipe"), LEFT)
    assert asked.args == [RECIPE] and not trials.asked and not page.isComplete()


def test_a_manifest_that_went_away_leads_to_the_data(
    qtbot: QtBot, make: MakePage, trials: Trials, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.jsonl"
    trials.answer = DuvError("there is no such file", file=gone)
    page = begin(qtbot, make(manifest=str(gone)))
    with qtbot.waitSignal(page.page_wanted) as asked:
        qtbot.mouseClick(button(page, "Choose Other Data"), LEFT)
    assert asked.args == [DATA]


def test_an_unexpected_error_is_told_too(qtbot: QtBot, make: MakePage, trials: Trials) -> None:
    trials.answer = ValueError("shapes do not fit")
    page = begin(qtbot, make())
    assert page.messages.messages["trouble"].text == "Shapes do not fit."


def test_the_numbers_of_pages_are_the_wizard_s() -> None:
    assert (DATA, RECIPE) == (Page.DATA, Page.RECIPE)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (42, "42 seconds"), (320, "5 minutes"), (5400, "1 h 30 min"), (400_000, "5 days")],
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration_text(seconds) == words


def test_small_words() -> None:
    assert (step_time_text(0.0354), step_time_text(2.27)) == ("35 ms", "2.3 s")
    assert (bytes_text(159_299_852), bytes_text(1_240_000_000)) == ("159 MB", "1.2 GB")
    assert device_text(DeviceInfo("mps", "GPU of the M9", None, None)) == "GPU of the M9"
    assert device_text(DeviceInfo(CPU, "X", None, 16 * GB)) == "X (processor) · 16.0 GB"
