"""Which MIDI file or model is meant by what was dropped on the window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData

from duv_studio.errors import DuvError

MIDI_SUFFIXES = (".mid", ".midi", ".smf", ".kar")
MODEL_SUFFIXES = (".safetensors", ".ckpt")
_MOST_FILES = 20_000  # how far a dropped folder is searched: a home directory must not stop the window


@dataclass(frozen=True)
class Dropped:
    """The file to open, and how many other MIDI files came with it."""

    path: Path
    others: int


def local_paths(mime: QMimeData) -> list[Path]:
    """Files and folders of this machine in a drag, in their order."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []


def choose(paths: list[Path]) -> Dropped:
    """Pick the first MIDI file of dropped files and folders; DuvError when there is none."""
    if len(paths) == 1 and not paths[0].is_dir():
        return Dropped(paths[0], 0)  # whatever its name: reading it tells what it is
    found = [file for path in paths for file in _midi_files(path)]
    if not found:
        what = "this folder" if len(paths) == 1 else "what was dropped"
        raise DuvError(
            f"there is no MIDI file in {what}",
            hint="MIDI files end in " + ", ".join(MIDI_SUFFIXES),
            file=paths[0] if len(paths) == 1 else None,
            title="Nothing to open",
        )
    return Dropped(found[0], len(found) - 1)


def model_file(paths: list[Path]) -> Path | None:
    """Return the model or adapter when one alone was dropped, by its name; None when a song is meant."""
    is_one = len(paths) == 1 and paths[0].suffix.lower() in MODEL_SUFFIXES and paths[0].is_file()
    return paths[0] if is_one else None


def is_midi_name(path: Path) -> bool:
    """Whether a file is called like a MIDI file."""
    return path.suffix.lower() in MIDI_SUFFIXES


def _midi_files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in _walk(path) if is_midi_name(file))
    return [path] if is_midi_name(path) else []


def _walk(folder: Path) -> Iterator[Path]:
    seen = 0
    for root, _, names in os.walk(folder):
        for name in names:
            seen += 1
            if seen > _MOST_FILES:
                return
            yield Path(root, name)
