"""Lossless reading and writing of MIDI files: bytes, events, notes, time and metadata. Holds the file suffixes."""

from __future__ import annotations

MIDI_SUFFIXES = (".mid", ".midi", ".smf", ".kar", ".rmi")
APPLE_DOUBLE = "macOS keeps a file's attributes in it: it holds no music"


def is_apple_double(name: str) -> bool:
    """Whether a file is called like those ("._song.mid") that macOS writes beside others on foreign disks."""
    return name.startswith("._")
