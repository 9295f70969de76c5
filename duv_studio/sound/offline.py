"""A song rendered at once, block by block: the very audio that the player plays, for files and for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

import numpy as np

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.errors import Cancelled
from duv_studio.sound import RATE
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.takes import room
from duv_studio.sound.takes.block import BLOCK, Stereo
from duv_studio.sound.takes.mixer import Levels, Mixer, Tracks
from duv_studio.sound.takes.renderer import Renderer
from duv_studio.sound.takes.take import Take

_FADE = RATE // 100  # frames at an end within the song

Progress = Callable[[float], None]


def render_song(
    song: Song,
    performance: Performance | None,
    soundfont: SoundFont,
    *,
    listening: Listening | None = None,
    tracks: Collection[int] | None = None,
    gain: Sequence[float] | None = None,
    start: float = 0.0,
    stop: float | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Stereo]:
    """The audio of a song as it is played, in blocks (n, 2) of 44,100 frames a second; None plays what the file has.

    `tracks` are the indices in Song.tracks that are heard, None for all; `gain` are linear gains of the tracks, of
    which 0 leaves one out. From `start` to `stop` in seconds, with silence behind the end, so that loops keep their
    length; None goes on until the last note has died away. Ends within the song are faded over 10 ms. `progress` is
    told how much is done, 0..1; Cancelled where `cancelled` says so. The player has the same audio for the same gains,
    so nothing holds it within full scale; see `wave_file`.
    """
    take = Renderer(Synth(soundfont)).take(
        song, song.as_written() if performance is None else performance, listening or Listening()
    )
    levels, mixer = _levels(len(song.tracks), tracks, gain), Mixer()
    rendered = lru_cache(room.BLOCKS + 2)(lambda block: _tracks(take, levels, block))
    first = max(round(start * RATE), 0)
    if stop is None:
        first, last = min(first, take.frames), take.frames
    else:
        last = max(round(stop * RATE), first)
    for block in range(first // BLOCK, -(-last // BLOCK)):
        if cancelled is not None and cancelled():
            raise Cancelled
        audio = mixer.block(None, levels, block, rendered)
        begin, end = max(first - block * BLOCK, 0), min(last - block * BLOCK, BLOCK)
        at = block * BLOCK + begin
        yield _faded(audio[begin:end], at - first if first > 0 else None, last - at if last < take.frames else None)
        if progress is not None:
            progress(min((at + end - begin - first) / max(last - first, 1), 1.0))


def _levels(count: int, tracks: Collection[int] | None, gain: Sequence[float] | None) -> Levels:
    levels = (1.0,) * count if gain is None else tuple(gain)
    if len(levels) != count:
        raise ValueError(f"{len(levels)} gains for {count} tracks")
    return tuple(level if tracks is None or track in tracks else 0.0 for track, level in enumerate(levels))


def _tracks(take: Take, levels: Levels, block: int) -> Tracks:
    if block >= take.blocks:
        return [None] * len(levels)
    return [stem.rendered(block) if level else None for stem, level in zip(take.stems, levels, strict=True)]


def _faded(audio: Stereo, since: int | None, until: int | None) -> Stereo:
    """Audio `since` frames behind a beginning and `until` frames before an end that are to be faded; None for none."""
    place = np.arange(len(audio), dtype=np.float32)
    if since is not None and since < _FADE:
        audio = audio * np.minimum((place + (since + 1)) / np.float32(_FADE), 1)[:, None]
    if until is not None and until - len(audio) < _FADE:
        audio = audio * np.minimum((until - place) / np.float32(_FADE), 1)[:, None]
    return np.asarray(audio, np.float32)
