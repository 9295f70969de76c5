"""Reading, humanizing and writing MIDI. Names load on first use, so that nothing imports torch before it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.humanizer.pretty_midi import apply_duv_to_pretty_midi
    from duv_studio.engine.midi.midi_file import read, write
    from duv_studio.engine.midi.song import Family, Song
    from duv_studio.engine.music.settings import Settings

_HOMES = {
    "Family": "duv_studio.engine.midi.song",
    "Humanizer": "duv_studio.engine.humanizer.humanizer",
    "Settings": "duv_studio.engine.music.settings",
    "Song": "duv_studio.engine.midi.song",
    "apply_duv_to_pretty_midi": "duv_studio.engine.humanizer.pretty_midi",
    "read": "duv_studio.engine.midi.midi_file",
    "write": "duv_studio.engine.midi.midi_file",
}
__all__ = ["Family", "Humanizer", "Settings", "Song", "apply_duv_to_pretty_midi", "read", "write"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
