"""What the wizard and the window ask while a training runs; tests answer with their own."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QWidget

from duv_studio.ui.i18n import tr


class Closing(Enum):
    """What is to become of a training whose wizard is closed."""

    BEHIND = "behind"
    STOP = "stop"
    CANCEL = "cancel"


class TrainingDialogs:
    """The questions as boxes."""

    def ask_close(self, parent: QWidget) -> Closing:
        """The wizard is closed while a training runs."""
        box = _box(parent, tr("The training is running"), tr("Should it go on behind the window?"))
        box.setInformativeText(
            tr("Its progress stays in the status bar. Stopping keeps the best adapter so far, and it can be resumed.")
        )
        behind = box.addButton(tr("&Go On Behind"), QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton(tr("&Stop Now"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(behind)
        box.setEscapeButton(cancel)
        box.exec()
        return {behind: Closing.BEHIND, stop: Closing.STOP}.get(box.clickedButton(), Closing.CANCEL)  # type: ignore[call-overload]

    def ask_quit(self, parent: QWidget) -> bool:
        """The application is closed while a training runs: whether to stop it and go."""
        box = _box(parent, tr("The training is running"), tr("Stop it and quit?"))
        box.setInformativeText(
            tr("The best adapter so far is kept, and the training can be resumed at the next start.")
        )
        stop = box.addButton(tr("&Stop and Quit"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        return box.clickedButton() is stop


def _box(parent: QWidget, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(text)
    return box
