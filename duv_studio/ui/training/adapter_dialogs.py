"""What the adapter manager asks: names, files, and whether an adapter may go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from duv_studio.ui.i18n import tr

SUFFIX = ".safetensors"


class AdapterDialogs:
    """The questions as dialogs of the desktop."""

    def ask_title(self, parent: QWidget, title: str) -> str | None:
        """Another name; None when it is cancelled."""
        text, said = QInputDialog.getText(
            parent, tr("Rename the adapter"), tr("Name:"), QLineEdit.EchoMode.Normal, title
        )
        return text.strip() if said and text.strip() else None

    def ask_file(self, parent: QWidget, folder: Path) -> Path | None:
        """The adapter file to import."""
        kinds = f"{tr('Adapters')} (*{SUFFIX} *.ckpt);;{tr('All files')} (*)"
        name, _ = QFileDialog.getOpenFileName(parent, tr("Import an adapter"), str(folder), kinds)
        return Path(name) if name else None

    def ask_target(self, parent: QWidget, suggestion: Path) -> Path | None:
        """Where to export to; the dialog itself asks before it replaces a file."""
        name, _ = QFileDialog.getSaveFileName(
            parent, tr("Export the adapter"), str(suggestion), f"{tr('Adapters')} (*{SUFFIX})"
        )
        return Path(name) if name else None

    def confirm_remove(self, parent: QWidget, title: str) -> bool:
        """Whether an adapter goes to the trash."""
        text = tr("Move “{title}” to the trash?", title=title)
        about = tr("It no longer plays then. The folder of its training stays where it is.")
        return _asked(parent, tr("Remove the adapter?"), text, about, tr("Move to &Trash"))

    def confirm_delete(self, parent: QWidget, title: str) -> bool:
        """Whether an adapter is deleted where there is no trash."""
        text = tr("“{title}” could not be moved to the trash.", title=title)
        about = tr("There is none for this place, or it is full. Deleting cannot be undone.")
        return _asked(parent, tr("Delete the adapter for good?"), text, about, tr("&Delete for Good"))

    def move_to_trash(self, folder: Path) -> bool:
        """Whether it went there."""
        answer: object = QFile.moveToTrash(str(folder))
        return bool(answer[0] if isinstance(answer, tuple) else answer)


def _asked(parent: QWidget, title: str, text: str, about: str, yes: str) -> bool:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(about)
    do_it = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is do_it
