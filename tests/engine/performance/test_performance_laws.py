"""Laws that hold from the bytes of any MIDI file to its performance, whatever was drawn and at any intensity."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.engine.model.prediction import Draw, TrackDraw
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import MOST_INTENSITY, Settings
from duv_studio.engine.performance.blend import blend
from tests.engine.midi_strategies import midi_files

_slow_to_build = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
INTENSITIES = st.floats(0, MOST_INTENSITY) | st.just(MOST_INTENSITY)
Pair = tuple[int, int]


def wild(song: Song, seed: int) -> Draw:
    """A draw far beyond what any model would say."""
    rng = np.random.default_rng(seed)
    return {
        t.index: TrackDraw(rng.uniform(-200, 300, len(t.notes)), rng.uniform(-8, 8, len(t.notes))) for t in song.tracks
    }


def performed(song: Song, intensity: float, seed: int) -> Performance:
    chosen = Settings(intensity=intensity, drum_durations=True)
    return blend(song, wild(song, seed), chosen, select(song, chosen))


def overlaps(song: Song, performance: Performance) -> set[Pair]:
    """Pairs of notes of one pitch, channel and port, counted through all tracks, of which one begins in the other."""
    rows = [
        (track.port, track.channel, int(pitch), int(onset), int(onset + length))
        for track, played in zip(song.tracks, performance, strict=True)
        for pitch, onset, length in zip(track.notes.pitch, track.notes.onset, played.duration, strict=True)
    ]
    pairs = ((i, j) for i in range(len(rows)) for j in range(len(rows)))
    return {(i, j) for i, j in pairs if rows[i][:3] == rows[j][:3] and rows[i][3] < rows[j][3] < rows[i][4]}


@_slow_to_build
@given(midi_files(), st.integers(0, 99))
def test_no_intensity_gives_the_very_bytes(data: bytes, seed: int) -> None:
    song = parse(data)
    assert encode(song, performed(song, 0.0, seed)) == data


@_slow_to_build
@given(midi_files(), INTENSITIES, st.integers(0, 99))
def test_no_note_is_lost_or_moved(data: bytes, intensity: float, seed: int) -> None:
    song = parse(data)
    again = parse(encode(song, performed(song, intensity, seed)))
    assert [t.key for t in again.tracks] == [t.key for t in song.tracks]
    for before, after in zip(song.tracks, again.tracks, strict=True):
        assert np.array_equal(before.notes.onset, after.notes.onset)
        assert np.array_equal(before.notes.pitch, after.notes.pitch)
        assert np.array_equal(before.notes.off_event < 0, after.notes.off_event < 0)
        assert ((after.notes.velocity >= 1) & (after.notes.velocity <= 127)).all()


@_slow_to_build
@given(midi_files(), INTENSITIES, st.integers(0, 99))
def test_no_pitch_is_struck_while_it_sounds_that_was_not_before(data: bytes, intensity: float, seed: int) -> None:
    song = parse(data)
    if song.source.format != 2:  # its sequences are not played together
        assert overlaps(song, performed(song, intensity, seed)) <= overlaps(song, song.as_written())
