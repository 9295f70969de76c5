"""Files that count time in SMPTE frames: seconds by their frames, beats by their tempo."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.frame_clock import FrameClock, FrameRate
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Song, TrackPerformance
from tests.engine.plain_midi import read_chunks
from tests.midi_builder import Event, header, note_off, note_on, signature, tempo, track_chunk

_FRAMES = {24: Fraction(24), 25: Fraction(25), 29: Fraction(30_000, 1001), 30: Fraction(30)}


def _file(frames: int, ticks: int, events: list[Event], smf_format: int = 0) -> bytes:
    return header(smf_format, 1, (256 - frames) << 8 | ticks) + track_chunk(events)


def _notes(step: int, count: int = 8) -> list[Event]:
    return [e for i in range(count) for e in ((step * i, note_on(60, 64)), (step * i + step // 2, note_off(60)))]


def _seconds(song: Song) -> list[float]:
    return song.tempo.seconds(song.tracks[0].notes.onset).tolist()


@pytest.mark.parametrize("frames", _FRAMES)
@pytest.mark.parametrize("ticks", [1, 4, 40, 80, 100, 255])
@pytest.mark.parametrize("bpm", [None, 60.0, 97.0, 240.0])
def test_seconds_follow_from_the_frames_whatever_the_tempo(frames: int, ticks: int, bpm: float | None) -> None:
    step = frames * ticks
    events = [(0, tempo(bpm))] if bpm else []
    song = parse(_file(frames, ticks, events + _notes(step)))
    wanted = [float(step * i / (_FRAMES[frames] * ticks)) for i in range(8)]
    assert _seconds(song) == pytest.approx(wanted, abs=0.1 / float(_FRAMES[frames] * ticks))
    beats = np.array(wanted) * (bpm or 120) / 60
    assert song.tracks[0].notes.onset / song.ppq == pytest.approx(beats, abs=1e-2)
    assert song.tempo.bpm_at(0) == pytest.approx(bpm or 120, abs=0.01)


def test_beats_follow_changes_of_tempo_and_seconds_do_not() -> None:
    events: list[Event] = [(0, tempo(120)), (0, signature(3, 4)), (4000, tempo(60)), (8000, tempo(240))]
    events = sorted([*events, *((1000 * i, note_on(60, 64)) for i in range(12))], key=lambda event: event[0])
    song = parse(_file(25, 40, events))
    assert _seconds(song) == pytest.approx(list(range(12)), abs=1e-3)
    beats = [0, 2, 4, 6, 8, 9, 10, 11, 12, 16, 20, 24]
    assert song.tracks[0].notes.onset / song.ppq == pytest.approx(beats, abs=1e-3)
    assert song.meter.position(song.tracks[0].notes.onset).bar.tolist() == [0, 0, 1, 2, 2, 3, 3, 3, 4, 5, 6, 8]


@pytest.mark.parametrize("bpm", [None, 97.0])
def test_the_note_says_how_time_is_counted_and_where_beats_are_from(bpm: float | None) -> None:
    events = [(0, tempo(bpm))] if bpm else []
    song = parse(_file(29, 80, events + _notes(1200)))
    (notice,) = song.notices
    assert "29.97 frames a second of 80 ticks" in notice and song.warnings == ()
    assert ("120 beats a minute are assumed" in notice) == (bpm is None)


@pytest.mark.parametrize("changes", [[], [(0, 97.0)], [(0, 60.0), (1001, 240.0), (3000, 33.3)]])
def test_edits_are_written_in_ticks_of_the_file(changes: list[tuple[int, float]]) -> None:
    events = sorted([*((t, tempo(b)) for t, b in changes), *_notes(1000)], key=lambda event: event[0])
    data = _file(30, 80, events)
    song = parse(data)
    assert encode(song, song.as_written()) == data
    notes = song.tracks[0].notes
    clock = song.source.frame_clock
    assert clock is not None
    wanted = 1000 * np.arange(8) + 321
    durations = clock.ticks(wanted) - notes.onset
    written = encode(song, (TrackPerformance(np.full(8, 99), durations),))
    (plain,), _ = read_chunks(written)
    assert [tick for tick, event in plain.events if event[0] == 0x80] == wanted.tolist()
    assert [(tick, e[:2]) for tick, e in plain.events if e[0] == 0x90] == [(1000 * i, b"\x90\x3c") for i in range(8)]
    again = parse(written)
    assert again.tracks[0].notes.duration.tolist() == durations.tolist()
    assert plain.others({i for i, (_, e) in enumerate(plain.events) if e[0] == 0x80}) == read_chunks(data)[0][0].others(
        {i for i, (_, e) in enumerate(read_chunks(data)[0][0].events) if e[0] == 0x80}
    )


@given(st.integers(0, 2**32), st.sampled_from(list(_FRAMES)), st.integers(1, 255))
@settings(deadline=None)
def test_every_tick_of_a_file_has_a_place_of_its_own(seed: int, frames: int, ticks: int) -> None:
    dice = random.Random(seed)
    changes = [(dice.randrange(10**6), dice.randint(1, 0xFFFFFF)) for _ in range(dice.randrange(5))]
    clock = FrameClock(FrameRate(frames, ticks), changes)
    at = np.unique(np.array([dice.randrange(10**6) for _ in range(50)] + list(range(20))))
    ours = clock.ticks(at)
    assert (np.diff(ours) > 0).all()
    assert clock.in_file(ours).tolist() == at.tolist()
