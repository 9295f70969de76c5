"""The foot of the batch window: how far it is, how fast, how long still, and the buttons that fit the moment."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from duv_studio.engine.batch.request import Existing
from duv_studio.ui.batch.pace import Pace
from duv_studio.ui.batch.runner import BatchRunner, Stage
from duv_studio.ui.i18n import clock, count, tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.widgets.message_bar import sentence

_STEPS = 1000


class ProgressFooter(QWidget):
    """A bar over a line of words and buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the batch"))
        self.words = ElidedLabel()
        self.report = _button(tr("Sa&ve Report…"), tr("A table of all files and what became of them"))
        self.folder = _button(tr("Open Folder"), tr("Show the results"))
        self.retry = _button(tr("Retry Failed"), tr("Try those files again that failed (Ctrl+R)"), "Ctrl+R")
        self.resume = _button(tr("Res&ume"), resume_text())
        self.pause = _button(tr("&Pause"), tr("Finish the files that were begun, and begin no more"))
        self.go_on = _button(tr("&Go On"), tr("Begin files again"))
        self.cancel = _button(tr("&Cancel"), tr("Stop at once; files that are done stay"))
        self.start = _button(tr("Start"), start_text(Existing.SKIP), "Ctrl+Return")
        for button, name in ((self.pause, "pause"), (self.cancel, "stop")):
            icons.assign(button, name)
        for button in (self.go_on, self.start):
            button.setProperty("primary", True)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.words, 1)
        for button in self.buttons:
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.bar)
        column.addLayout(row)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """From left to right."""
        return (
            self.report, self.folder, self.retry, self.resume, self.pause, self.go_on, self.cancel, self.start,
        )  # fmt: skip

    def show_rule(self, rule: Existing) -> None:
        """Let the button for a start say what it does to files that are done."""
        self.start.setToolTip(f"{start_text(rule)} (Ctrl+Return)")

    def show_search(self, files: int) -> None:
        """Files are being looked for."""
        self.bar.setRange(0, 0)
        self.words.set_whole(tr("Looking for MIDI files… {n}", n=f"{files:,}" if files else ""))

    def show_files(self, files: int) -> None:
        """Files are there, and nothing is done with them."""
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(0)
        self.words.set_whole(count(files, "MIDI file", "MIDI files") if files else "")

    def show_run(self, runner: BatchRunner) -> None:
        """Say how far a batch is, also when it has ended."""
        share = runner.pace.share
        unknown = runner.running and (share is None or (not share and runner.stage is Stage.PREPARING))
        self.bar.setRange(0, 0 if unknown else _STEPS)
        if not unknown:
            self.bar.setValue(round((share or 0.0) * _STEPS))
        self.words.set_whole(state(runner))


def resume_text() -> str:
    """Return what Resume does to files that are done."""
    return tr(
        "Go on with the batch in this folder: results that are done stay, what is missing, failed or changed is played"
    )


def start_text(rule: Existing) -> str:
    """Return what Start does to results that are there."""
    return {
        Existing.SKIP: tr("Play all files; results that are there stay, and their files are skipped"),
        Existing.OVERWRITE: tr("Play all files; results that are there are replaced"),
        Existing.RENAME: tr("Play all files; results that are there stay, and new ones go beside them"),
    }[rule]


def state(runner: BatchRunner) -> str:
    """Return in a line how far a batch is."""
    pace = runner.pace
    if runner.stage is Stage.CANCELLING:
        return tr("Stopping…")
    if not pace.files:
        return sentence(runner.said or tr("It begins")).rstrip(".") + "…" if runner.running else ""
    parts = [files_text(pace)]
    if runner.stage is Stage.PAUSED:
        return " · ".join([*parts, tr("paused") if not pace.busy else tr("pausing after the files that were begun")])
    if not runner.running:
        return " · ".join([*parts, *_speed(pace)])
    if not pace.busy and math.isnan(pace.notes_per_second):
        return " · ".join([*parts, sentence(runner.said).rstrip(".") + "…"])
    return " · ".join([*parts, *_speed(pace), *left(pace)])


def files_text(pace: Pace) -> str:
    """Return how many files are done, and how many of them failed."""
    done = tr("{n} of {files}", n=f"{pace.done:,}", files=count(pace.files, "file", "files"))
    return tr("{done}, {n} failed", done=done, n=f"{pace.failed:,}") if pace.failed else done


def left(pace: Pace) -> list[str]:
    """Return the time that remains, as soon as someone can tell."""
    return [tr("{time} left", time=clock(pace.remaining))] if math.isfinite(pace.remaining) else []


def _speed(pace: Pace) -> list[str]:
    speed = pace.notes_per_second
    return [tr("{n} notes per second", n=f"{speed:,.0f}")] if math.isfinite(speed) and speed else []


def _button(text: str, tip: str, keys: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if keys:
        button.setShortcut(keys)
    return button
