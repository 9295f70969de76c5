"""The dialog that reports a fault of the program, to be copied into a bug report."""

from __future__ import annotations

import platform

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from duv_studio import __version__
from duv_studio.paths import window_log
from duv_studio.ui.i18n import tr


class ReportDialog(QDialog):
    """What happened, to be copied into a bug report; the window behind it stays usable."""

    def __init__(self, trace: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Something went wrong inside DUV Studio"))
        self.setModal(False)
        self.resize(680, 440)
        words = QLabel(
            tr(
                "This is a fault of the program, not of your file, and your settings were saved. You can go on working;"
                " if it happens again, please send this report with a word about what you did."
            )
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(report_text(trace))
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(tr("Report"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("&Copy Report"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def report_text(trace: str) -> str:
    """Return versions, system and trace."""
    python = platform.python_version()
    return (
        f"DUV Studio {__version__}\nPython {python}, Qt {qVersion()}, {platform.platform()}\n"
        f"Log: {window_log()}\n\n{trace}"
    )
