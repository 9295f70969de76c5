"""Where an export goes: a name to suggest, and the question before the input is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from duv_studio.engine.midi.song import Song
from duv_studio.ui.document.dropped_files import is_midi_name
from duv_studio.ui.i18n import tr


def suggested_path(source: Path | None, folder: Path | None) -> Path:
    """Return "<stem> (humanized).mid" in the last export folder, else beside the source, else in the home folder.

    What was read from RIFF is written as RIFF, so its name ends in .rmi.
    """
    stem = source.stem if source else tr("Song")
    name = (folder or beside(source)) / tr("{stem} (humanized).mid", stem=stem)
    return name.with_suffix(source.suffix) if source and source.suffix.lower() == ".rmi" else name


def beside(source: Path | None) -> Path:
    """The folder of a song, where it may be written to, else the home folder."""
    return source.parent if source and os.access(source.parent, os.W_OK) else Path.home()


def with_suffix(path: Path) -> Path:
    """Give a name without a MIDI ending one: "My song" and "My song v1.2" become "….mid"."""
    return path if is_midi_name(path) else path.with_name(path.name + ".mid")


def is_same_file(one: Path | None, other: Path) -> bool:
    """Whether two names mean one file, through links too."""
    if one is None:
        return False
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them does not exist
        return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


class ExportDialogs:
    """The two questions an export may ask; tests answer them with an object of their own."""

    def ask_path(self, parent: QWidget, suggestion: Path) -> Path | None:
        """Let the user choose where to write; an existing file is confirmed by the dialog itself."""
        name, _ = QFileDialog.getSaveFileName(
            parent, tr("Export humanized MIDI"), str(suggestion), tr("MIDI files (*.mid *.midi *.smf *.kar *.rmi)")
        )
        return Path(name) if name else None

    def confirm_overwrite(self, parent: QWidget, path: Path, is_source: bool) -> bool:
        """Ask before a file is replaced that the file dialog did not ask about, the input above all."""
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Overwrite the original?") if is_source else tr("Replace the file?"))
        box.setText(tr("“{name}” is the file that you opened.") if is_source else tr("“{name}” exists already."))
        box.setText(box.text().format(name=path.name))
        box.setInformativeText(
            tr("Exporting over it replaces the original velocities and durations for good.") if is_source else ""
        )
        replace = box.addButton(
            tr("&Overwrite Original") if is_source else tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole
        )
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        return box.clickedButton() is replace


def choose_target(parent: QWidget, dialogs: ExportDialogs, song: Song, folder: Path | None) -> tuple[Path, bool] | None:
    """Ask where to write; return the path and whether it is the input and may be replaced, None when cancelled."""
    chosen = dialogs.ask_path(parent, suggested_path(song.path, folder))
    if chosen is None:
        return None
    path = with_suffix(chosen)
    is_source = is_same_file(song.path, path)
    unasked = path != chosen and path.exists()  # the dialog asked about the name without its ending
    if (is_source or unasked) and not dialogs.confirm_overwrite(parent, path, is_source):
        return None
    return path, is_source
