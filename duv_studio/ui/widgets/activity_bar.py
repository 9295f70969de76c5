"""The bar that shows what is being done in the background, with a button that cancels it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from duv_studio.ui.document.jobs import Activity
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_PATIENCE_MS = 150  # work that is done sooner is not worth a flicker
_STEPS = 1000


class ActivityBar(QWidget):
    """Words, a progress bar and a Cancel button; appears only when work takes a while."""

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        self.button = QPushButton(tr("Cancel"))
        self.button.setStyleSheet("padding: 0 10px; min-height: 18px;")
        self.button.setToolTip(tr("Stop (Esc)"))
        self.button.clicked.connect(self.cancel_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_XS, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for widget in (self.label, self.bar, self.button):
            row.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def set_activity(self, activity: Activity | None) -> None:
        """Show work, or nothing."""
        if activity is None:
            self._patience.stop()
            self.hide()
            return
        self.label.setText(activity.text)
        self.bar.setAccessibleName(activity.text)
        self.bar.setRange(0, 0 if activity.share is None else _STEPS)
        self.bar.setValue(round((activity.share or 0.0) * _STEPS))
        self.button.setVisible(activity.can_cancel)
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()
