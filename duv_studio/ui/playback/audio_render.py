"""Audio files of the song, made in the pool: what is to be in them, and the work itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Performance, Song

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Recording:
    """One audio file: a performance, from `start` to `stop` in seconds (None: until it has died away)."""

    path: Path
    song: Song  # with the families that the user chose
    performance: Performance
    soundfont: Path | None  # None: the shipped one
    programs: Mapping[int, int]  # Song.tracks index -> program that plays instead of that of the file
    gains: tuple[float, ...]  # linear, of every track; 0 leaves it out
    start: float = 0.0
    stop: float | None = None
    bits: int = 24


Report = Callable[[float], None]


def record(recording: Recording, progress: Report, cancelled: Callable[[], bool]) -> None:
    """Render and write; `progress` is told shares 0..1. DuvError where that cannot be, Cancelled when asked to stop."""
    from duv_studio.sound.offline import render_song
    from duv_studio.sound.schedule.listening import Listening
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import chosen_soundfont
    from duv_studio.sound.wave_file import write_audio

    blocks: Iterator[NDArray[np.float32]] = render_song(
        recording.song,
        recording.performance,
        SoundFont.open(chosen_soundfont(recording.soundfont)),
        listening=Listening(programs=dict(recording.programs)),
        gain=recording.gains,
        start=recording.start,
        stop=recording.stop,
        progress=progress,
        cancelled=cancelled,
    )
    write_audio(recording.path, blocks, bits=recording.bits)
