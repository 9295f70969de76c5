"""Scores of made songs, with a synthesizer that says little of its presets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound import RATE
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.schedule.score import TrackScore, schedule
from tests.midi_builder import Event, NoteTuple, TrackSpec, build_song

SECOND = 960  # ticks at 120 quarter notes a minute and 480 ticks each


@dataclass(frozen=True)
class Facts:
    """A synthesizer's facts: exclusive classes by key of drum kits, and what all presets listen to."""

    classes: Mapping[int, int] = field(default_factory=dict)
    listens: frozenset[int] = frozenset()

    def exclusive_class(self, bank: int, program: int, key: int, velocity: int) -> int:
        return self.classes.get(key, 0) if bank == 128 else 0

    def listens_to(self, bank: int, program: int) -> frozenset[int]:
        return self.listens


def song_of(*tracks: TrackSpec | Sequence[NoteTuple], smf_format: int = 1) -> Song:
    return parse(build_song(tracks, smf_format=smf_format))


def scores_of(
    song: Song,
    performance: Performance | None = None,
    *,
    programs: Mapping[int, int] | None = None,
    facts: Facts | None = None,
) -> tuple[TrackScore, ...]:
    played = song.as_written() if performance is None else performance
    return schedule(song, played, Listening(programs or {}), facts or Facts())


def ticks(frames: int) -> int:
    """The nearest tick, to the few that lengths are rounded by."""
    return round(frames * SECOND / RATE)


def control(tick: int, number: int, value: int, channel: int = 0) -> Event:
    return tick, bytes([0xB0 | channel, number, value])


def bend(tick: int, value: int, channel: int = 0) -> Event:
    """A pitch bend of 0..16383."""
    return tick, bytes([0xE0 | channel, value % 128, value // 128])


def program(tick: int, number: int, channel: int = 0) -> Event:
    return tick, bytes([0xC0 | channel, number])
