"""A small sign in the status bar that a training goes on: how far it is, and a click leads back to it."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from duv_studio.ui import theme
from duv_studio.ui.training.session import Stage, TrainingSession
from duv_studio.ui.words import percent, tr

_HEIGHT, _PADDING, _LINE = 22, 9, 3
_CLOCK_MS = 1000


class TrainingChip(QAbstractButton):
    """Shown while a training runs, and after its end until somebody looked; `clicked` asks for the wizard."""

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._unseen = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self.refresh)
        session.started.connect(self._on_started)
        session.state_changed.connect(self.refresh)
        session.progressed.connect(self.refresh)
        session.finished.connect(self._on_ended)
        session.failed.connect(self._on_ended)
        self.clicked.connect(self.seen)
        self.refresh()

    def seen(self) -> None:
        """Somebody looked at what came of the training."""
        self._unseen = False
        self.refresh()

    def _on_started(self) -> None:
        self._unseen = False
        self._clock.start()
        self.refresh()

    def _on_ended(self, outcome: object) -> None:
        self._clock.stop()
        self._unseen = True
        self.refresh()

    def refresh(self) -> None:
        """Show where the session stands."""
        text = short_words(self.session)
        self.setVisible(self.session.running or self._unseen)
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        self.setAccessibleName(text)
        self.setToolTip(tip(self.session))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for its words; a little more, so that it does not jump with every digit."""
        widest = max(self.fontMetrics().horizontalAdvance(t) for t in (self.text(), tr("Training · {p}", p=percent(1))))
        return QSize(widest + 2 * _PADDING, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill with words, and a line below them that fills."""
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        failed = not self.session.running and self.session.error is not None
        painter.setPen(look.color("accent" if self.hasFocus() else "error" if failed else "border_strong"))
        painter.setBrush(look.color("hover" if self.underMouse() else "raised"))
        painter.drawRoundedRect(area, 6, 6)
        painter.setPen(look.color("error" if failed else "text"))
        painter.drawText(area.adjusted(0, 0, 0, -2), Qt.AlignmentFlag.AlignCenter, self.text())
        share = self.session.share
        if self.session.running and share is not None:
            room = area.width() - 2 * _PADDING
            line = QRectF(area.left() + _PADDING, area.bottom() - _LINE - 1, room, _LINE - 1)
            painter.fillRect(line, look.color("border"))
            painter.fillRect(QRectF(line.left(), line.top(), room * share, line.height()), look.color("accent"))


def short_words(session: TrainingSession) -> str:
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
    from duv_studio.ui.wizard.run_numbers import clock

    h = session.history
    lines = [short_words(session)]
    if h.steps:
        lines.append(tr("Step {n} of {all}", n=f"{h.step:,}", all=f"{h.steps:,}"))
    if math.isfinite(session.remaining):
        lines.append(tr("{time} remaining at most", time=clock(session.remaining)))
    if h.best is not None:
        lines.append(tr("Best validation loss {loss}", loss=f"{h.best[1]:.3f}"))
    return "\n".join([*lines, tr("Click to open the training wizard")])
