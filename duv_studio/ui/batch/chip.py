"""A small sign in the status bar that a batch goes on: how far it is, and a click leads back to it."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QWidget

from duv_studio.ui.batch.progress_footer import files_words
from duv_studio.ui.batch.runner import BatchRunner, Stage
from duv_studio.ui.i18n import clock, percent, tr
from duv_studio.ui.widgets.progress_chip import Chip


class BatchChip(Chip):
    """Of the batch; `clicked` asks for its window."""

    def __init__(self, runner: BatchRunner, parent: QWidget | None = None) -> None:
        super().__init__(tr("Batch · {p}", p=percent(1)), parent)
        self.runner = runner
        runner.started.connect(self.seen)
        runner.state_changed.connect(self.refresh)
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_ended)
        runner.failed.connect(self._on_ended)
        self.refresh()

    def refresh(self) -> None:
        """Show where the batch stands."""
        runner = self.runner
        self.say(short_words(runner), tip(runner))
        self.show_work(runner.running, runner.pace.share, runner.error)

    def _on_told(self, news: object) -> None:
        self.refresh()

    def _on_ended(self, outcome: object) -> None:
        self.ended()


def short_words(runner: BatchRunner) -> str:
    """Return two words, and a number while it runs."""
    if runner.stage is Stage.CANCELLING:
        return tr("Batch stops…")
    if runner.stage is Stage.PAUSED:
        return tr("Batch paused")
    if runner.running:
        share = runner.pace.share
        return tr("Batch…") if share is None else tr("Batch · {p}", p=percent(share))
    if runner.error is not None:
        return tr("Batch failed")
    cancelled = runner.summary is None or runner.summary.cancelled
    return tr("Batch stopped") if cancelled else tr("Batch done")


def tip(runner: BatchRunner) -> str:
    """Return where it stands in a few lines."""
    lines = [short_words(runner)]
    if runner.pace.files:
        lines.append(files_words(runner.pace))
    if runner.running and math.isfinite(runner.pace.remaining):
        lines.append(tr("{time} left", time=clock(runner.pace.remaining)))
    return "\n".join([*lines, tr("Click to open the batch window")])
