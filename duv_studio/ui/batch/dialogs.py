"""What the batch window asks in boxes of their own; tests answer with theirs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from duv_studio.engine.midi import MIDI_SUFFIXES
from duv_studio.ui.i18n import count, tr


class BatchDialogs:
    """Files, folders, and the question before the application ends."""

    def ask_folder(self, parent: QWidget, start: Path) -> Path | None:
        """A folder of MIDI files."""
        name = QFileDialog.getExistingDirectory(parent, tr("Folder of MIDI files"), str(start))
        return Path(name) if name else None

    def ask_files(self, parent: QWidget, start: Path) -> list[Path]:
        """Some MIDI files."""
        endings = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in MIDI_SUFFIXES)
        kinds = f"{tr('MIDI files')} ({endings})"
        names, _ = QFileDialog.getOpenFileNames(parent, tr("MIDI files"), str(start), kinds)
        return [Path(name) for name in names]

    def ask_target(self, parent: QWidget, start: Path) -> Path | None:
        """A folder for the results."""
        name = QFileDialog.getExistingDirectory(parent, tr("Folder for the results"), str(start))
        return Path(name) if name else None

    def ask_report(self, parent: QWidget, suggestion: Path) -> Path | None:
        """A file for the report."""
        kinds = tr("Tables (*.csv)")
        name, _ = QFileDialog.getSaveFileName(parent, tr("Save the report"), str(suggestion), kinds)
        return Path(name) if name else None

    def ask_quit(self, parent: QWidget, done: int, files: int) -> bool:
        """The application is closed while a batch runs: whether to cancel it and go."""
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("A batch is running"))
        box.setText(tr("Cancel it and quit?"))
        all_files = count(files, "file", "files")
        said = tr("{n} of {files} are done. They stay, and the rest can be resumed.", n=f"{done:,}", files=all_files)
        box.setInformativeText(said if files else tr("Files that are done stay, and the rest can be resumed."))
        cancel = box.addButton(tr("&Cancel Batch and Quit"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(tr("&Go On"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        return box.clickedButton() is cancel
