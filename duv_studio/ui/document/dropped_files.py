"""What is meant by what was dropped on the window: one song, a model, or many files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent

from duv_studio.engine.midi import MIDI_SUFFIXES

MODEL_SUFFIXES = (".safetensors", ".ckpt")


def local_paths(mime: QMimeData) -> list[Path]:
    """Files and folders of this machine in a drag, in their order."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []


def accept_copy(event: QDropEvent) -> bool:
    """Take what is dragged as a copy, or refuse it where only a move is offered.

    After a move, a file manager deletes the files that it gave.
    """
    copied = bool(event.possibleActions() & Qt.DropAction.CopyAction)
    if copied:
        event.setDropAction(Qt.DropAction.CopyAction)
    event.setAccepted(copied)
    return copied


def one_file(paths: Sequence[Path]) -> Path | None:
    """Return the file when one alone is meant, whatever its name; None for a folder or several: a batch."""
    return paths[0] if len(paths) == 1 and not paths[0].is_dir() else None


def model_file(paths: list[Path]) -> Path | None:
    """Return the model or adapter when one alone was dropped, by its name; None when a song is meant."""
    is_one = len(paths) == 1 and paths[0].suffix.lower() in MODEL_SUFFIXES and paths[0].is_file()
    return paths[0] if is_one else None


def is_midi_name(path: Path) -> bool:
    """Whether a file is called like a MIDI file."""
    return path.suffix.lower() in MIDI_SUFFIXES
