"""What can be done with a run that was stopped: it is judged as it stands, or goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QStackedLayout, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.wizard.result.run_result import Outcome

_STEPS = 1000


class StoppedRow(QWidget):
    """ "Judge Now" and "Resume"; while it is judged, how far that is, and "Cancel"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.judge = _button(tr("&Judge Now"), tr("Let it play the songs that it has never heard; it can still go on"))
        self.resume = _button(tr("&Resume"), tr("Go on where it was stopped"))
        self.cancel = _button(tr("Cancel"), tr("Stop judging; nothing is lost"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How many of the songs have judged"))
        self._asks, self._works = QWidget(), QWidget()
        for holder, widgets in ((self._asks, (self.judge, self.resume)), (self._works, (self.bar, self.cancel))):
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme.SPACE_S)
            for widget in widgets:
                row.addWidget(widget)
        self._asks.layout().addStretch(1)  # type: ignore[union-attr]
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._asks)
        self._stack.addWidget(self._works)

    def show_outcome(self, outcome: Outcome) -> None:
        """Offer what the run allows; nothing where it came to its end."""
        self.setVisible(outcome.is_unjudged or outcome.can_resume)
        self.judge.setVisible(outcome.is_unjudged)
        self.resume.setVisible(outcome.can_resume)
        set_property(self.judge, "primary", "true" if outcome.is_unjudged else "false")
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing is judged."""
        self._stack.setCurrentWidget(self._asks)

    def show_share(self, share: float) -> None:
        """It is judged, and so much of it is done; 0 is of unknown length: the model is read and calibrated."""
        self.bar.setRange(0, _STEPS if share > 0 else 0)
        self.bar.setValue(round(share * _STEPS))
        self._stack.setCurrentWidget(self._works)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
