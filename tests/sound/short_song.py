"""A song of a few seconds in three tracks, played in two ways."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from tests.midi_builder import TrackSpec, build_song

PPQ = 480  # at 120 quarter notes a minute: 960 ticks are a second


def short_song() -> Song:
    """Chords under a pedal, a held tone that swells, moves and bends, and drums; some four seconds."""
    chords = [(beat * PPQ, 400, pitch, 60 + 5 * beat) for beat in range(6) for pitch in (60, 64, 67)]
    drums = [(beat * PPQ // 2, 60, (36, 42, 46, 42)[beat % 4], 90) for beat in range(12)]
    pedal = [(beat * PPQ + at, bytes([0xB0, 64, value])) for beat in range(6) for at, value in ((50, 127), (470, 0))]
    swell = [(step * 60, bytes([0xB1, 11, 40 + 80 * step // 48])) for step in range(48)]
    swell += [(step * 200, bytes([0xB1, 10, 10 * step])) for step in range(12)]
    swell += [(1000 + step * 30, bytes([0xE1, 0, 64 + step])) for step in range(40)]
    return parse(
        build_song(
            [
                TrackSpec(chords, channel=0, name="Piano", program=0, events=pedal),
                TrackSpec([(0, 6 * PPQ, 52, 70)], channel=1, name="Pad", program=48, events=swell),
                TrackSpec(drums, channel=9, name="Drums"),
            ]
        )
    )


def louder(song: Song, by: int = 20, tracks: tuple[int, ...] | None = None) -> Performance:
    """Its notes louder than they are written; of some tracks only."""
    return tuple(
        TrackPerformance(np.clip(p.velocity + by, 1, 127), p.duration) if tracks is None or i in tracks else p
        for i, p in enumerate(song.as_written())
    )
