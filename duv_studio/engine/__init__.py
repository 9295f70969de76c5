"""Reading, humanizing and writing MIDI: the door for programs. Names load on first use, so importing is instant.

```python
from duv_studio.engine import Humanizer, Settings, read, write

song = read("song.mid")
performance = Humanizer().humanize(song, Settings(seed=7))
write(song, performance, "played.mid")
```
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.humanizer.pretty_midi import apply_duv_to_pretty_midi
    from duv_studio.engine.midi.midi_file import encode, parse, read, write
    from duv_studio.engine.midi.song import Family, Notes, Performance, Song, Track, TrackPerformance
    from duv_studio.engine.model.prediction import Prediction, TrackPrediction
    from duv_studio.engine.music.part_rows import parse_rules, read_rules
    from duv_studio.engine.music.part_rules import PartRule, settings_with
    from duv_studio.engine.music.settings import Settings
    from duv_studio.engine.performance.blend import render
    from duv_studio.errors import Cancelled, DuvError

_MODULE_OF = {
    "Cancelled": "duv_studio.errors",
    "DuvError": "duv_studio.errors",
    "Family": "duv_studio.engine.midi.song",
    "Humanizer": "duv_studio.engine.humanizer.humanizer",
    "Notes": "duv_studio.engine.midi.song",
    "PartRule": "duv_studio.engine.music.part_rules",
    "Performance": "duv_studio.engine.midi.song",
    "Prediction": "duv_studio.engine.model.prediction",
    "Settings": "duv_studio.engine.music.settings",
    "Song": "duv_studio.engine.midi.song",
    "Track": "duv_studio.engine.midi.song",
    "TrackPerformance": "duv_studio.engine.midi.song",
    "TrackPrediction": "duv_studio.engine.model.prediction",
    "apply_duv_to_pretty_midi": "duv_studio.engine.humanizer.pretty_midi",
    "encode": "duv_studio.engine.midi.midi_file",
    "parse": "duv_studio.engine.midi.midi_file",
    "parse_rules": "duv_studio.engine.music.part_rows",
    "read": "duv_studio.engine.midi.midi_file",
    "read_rules": "duv_studio.engine.music.part_rows",
    "render": "duv_studio.engine.performance.blend",
    "settings_with": "duv_studio.engine.music.part_rules",
    "write": "duv_studio.engine.midi.midi_file",
}
__all__ = [
    "Cancelled",
    "DuvError",
    "Family",
    "Humanizer",
    "Notes",
    "PartRule",
    "Performance",
    "Prediction",
    "Settings",
    "Song",
    "Track",
    "TrackPerformance",
    "TrackPrediction",
    "apply_duv_to_pretty_midi",
    "encode",
    "parse",
    "parse_rules",
    "read",
    "read_rules",
    "render",
    "settings_with",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
