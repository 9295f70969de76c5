"""Audio files of the song, made in the pool: what is to be in them, and the work itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Performance, Song

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from duv_studio.sound.soundfont.bank import SoundFont

Report = Callable[[float], None]


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


@dataclass(frozen=True)
class Recorded:
    """Files that were written, and by how many dB (below 0) all were lowered so as not to clip."""

    paths: tuple[Path, ...]
    gain: float = 0.0


def record(recordings: Sequence[Recording], progress: Report, cancelled: Callable[[], bool]) -> Recorded:
    """Render and write files that are to be compared: all are lowered alike where one would clip.

    `progress` is told shares 0..1. DuvError where that cannot be; Cancelled, and no file, where `cancelled` says so.
    """
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import chosen_soundfont
    from duv_studio.sound.wave_file import write_together

    soundfont = SoundFont.open(chosen_soundfont(recordings[0].soundfont))
    total = len(recordings)

    def told(number: int) -> Report:
        return lambda share: progress((number + share) / total)

    files = [(one.path, _blocks(one, soundfont, told(n), cancelled)) for n, one in enumerate(recordings)]
    written = write_together(files, bits=recordings[0].bits, cancelled=cancelled)
    return Recorded(tuple(one.path for one in written), min(one.gain for one in written))


def _blocks(
    one: Recording, soundfont: SoundFont, progress: Report, cancelled: Callable[[], bool]
) -> Iterator[NDArray[np.float32]]:
    from duv_studio.sound.offline import render_song
    from duv_studio.sound.schedule.listening import Listening

    return render_song(
        one.song,
        one.performance,
        soundfont,
        listening=Listening(programs=dict(one.programs)),
        gain=one.gains,
        start=one.start,
        stop=one.stop,
        progress=progress,
        cancelled=cancelled,
    )
