"""Which of a pianist's two lengths a track is played with: until the keys are let go, or until the sound ends."""

from __future__ import annotations

from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.engine.music.settings import KEYS, SOUND, Settings

PEDALLED = "a sustain pedal holds what the keys let go"
NO_PEDAL = "no sustain pedal holds what the keys let go"
ASKED = "asked for"


def is_pedalled(song: Song, track: Track) -> bool:
    """Whether a sustain pedal reaches a track: its own one, or that of another track on its channel."""
    return _place(song, track) in _pedalled_places(song)


def lengths_of(song: Song, track: Track, settings: Settings) -> tuple[str, str]:
    """The lengths that a track is played with, KEYS or SOUND, and why; of the families but the piano always KEYS.

    Pianists let keys go early because the pedal holds the sound. Where no pedal does, a file that is played by the
    lengths of keys sounds choppy.
    """
    if track.family is not Family.PIANO:
        return KEYS, ""
    if settings.lengths in (KEYS, SOUND):
        return settings.lengths, ASKED
    return (KEYS, PEDALLED) if is_pedalled(song, track) else (SOUND, NO_PEDAL)


def _place(song: Song, track: Track) -> tuple[int, int, int]:
    """Where messages go that reach the track; the sequences of a type 2 file are songs of their own."""
    return track.port, track.channel, track.chunk if song.source.format == 2 else 0


_pedalled_places = PerSong(lambda song: frozenset(_place(song, track) for track in song.tracks if track.pedal))
