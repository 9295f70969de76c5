"""`python -m tools.demo_song` writes resources/demo/demo.mid."""

from __future__ import annotations

from pathlib import Path

from tools.demo_song import parts
from tools.demo_song.chords import section_starts
from tools.demo_song.midi import Part, midi_file
from tools.demo_song.score import TEMPO, TITLE

TARGET = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.mid"


def compose() -> bytes:
    """The bytes of the demo song, the same every time."""
    band = [
        Part("Piano", 0, 0, 84, 64, parts.piano()),
        Part("Bass", 1, 33, 88, 64, parts.bass()),
        Part("Guitarra acústica", 2, 25, 76, 88, parts.guitar()),
        Part("Strings", 3, 48, 70, 40, parts.strings()),
        Part("Drums", 9, 0, 92, 64, parts.drums()),
    ]
    return midi_file(TITLE, TEMPO, list(section_starts()), band)


if __name__ == "__main__":
    TARGET.write_bytes(compose())
