"""What is told of a track's lengths: whether they were to stay, and else which of a pianist's two were predicted."""

from __future__ import annotations

from dataclasses import dataclass

from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.music.piano_lengths import lengths_of
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.performed_timing import PERFORMED, keeps_lengths


@dataclass(frozen=True)
class ToldLengths:
    """The lengths of one track; all "" where the settings let them be."""

    kept: str = ""  # why none is to change, though the settings would let them
    played: str = ""  # of those that are predicted: KEYS or SOUND
    reason: str = ""  # why these, of a piano

    def __str__(self) -> str:
        return f"lengths of the {self.played} ({self.reason})" if self.reason else self.kept


def told_lengths(song: Song, settings: Settings) -> tuple[ToldLengths, ...]:
    """Of every track, which lengths it is played with; the song has the families that are chosen."""
    kept = keeps_lengths(song, settings)
    return tuple(_told(song, track, settings, stays) for track, stays in zip(song.tracks, kept, strict=True))


def _told(song: Song, track: Track, settings: Settings, stays: bool) -> ToldLengths:
    if stays:
        return ToldLengths(kept=PERFORMED)
    share = settings.intensity * settings.track_intensity.get(track.key, 1.0)
    share *= settings.duration * settings.track_duration.get(track.key, 1.0)
    if not share or (track.family is Family.DRUMS and not settings.drum_durations):
        return ToldLengths()
    played, reason = lengths_of(song, track, settings)
    return ToldLengths(played=played, reason=reason)
