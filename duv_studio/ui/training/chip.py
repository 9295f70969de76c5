"""A small sign in the status bar that a training goes on: how far it is, and a click leads back to it."""

from __future__ import annotations

import math

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from duv_studio.time_left import about
from duv_studio.ui.i18n import percent, tr
from duv_studio.ui.training.session import Stage, TrainingSession
from duv_studio.ui.widgets.progress_chip import ProgressChip

_CLOCK_MS = 1000


class TrainingChip(ProgressChip):
    """Of the training; `clicked` asks for the wizard."""

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training · {p}", p=percent(1)), parent)
        self.session = session
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self.refresh)
        session.started.connect(self._on_started)
        session.state_changed.connect(self.refresh)
        session.progressed.connect(self.refresh)
        session.finished.connect(self._on_ended)
        session.failed.connect(self._on_ended)
        self.refresh()

    def refresh(self) -> None:
        """Show where the session stands."""
        session = self.session
        self.say(short_text(session), tip(session))
        self.show_work(session.running, session.share, session.error)

    def _on_started(self) -> None:
        self._clock.start()
        self.seen()

    def _on_ended(self, outcome: object) -> None:
        self._clock.stop()
        self.ended()


def short_text(session: TrainingSession) -> str:
    """Return two words and a number."""
    if session.running:
        if session.stage in (Stage.STOPPING, Stage.ENDING_EPOCH):
            return tr("Training stops…")
        share = session.share
        return tr("Training…") if share is None else tr("Training · {p}", p=percent(share))
    if session.error is not None:
        return tr("Training failed")
    status = getattr(session.result, "status", None)
    return tr("Training stopped") if status in (None, "interrupted") else tr("Training done")


def tip(session: TrainingSession) -> str:
    """Return where it stands in a few lines."""
    h = session.history
    lines = [short_text(session)]
    if h.steps:
        lines.append(tr("Step {n} of {all}", n=f"{h.step:,}", all=f"{h.steps:,}"))
    if math.isfinite(session.remaining):
        lines.append(tr("{time} left at most", time=about(session.remaining)))
    if h.best is not None:
        lines.append(tr("Best validation loss {loss}", loss=f"{h.best[1]:.3f}"))
    return "\n".join([*lines, tr("Click to open the training wizard")])
