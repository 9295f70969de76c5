"""When notes really end: keys, pedals, messages that let go, keys that are struck again."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.song import TrackPerformance
from duv_studio.sound import RATE
from duv_studio.sound.schedule.ends import NEVER
from tests.midi_builder import Event, NoteTuple, TrackSpec, note_off, note_on
from tests.sound.schedule.scores import SECOND, control, scores_of, song_of, ticks

_CLOSE = 2  # ticks: lengths are rounded to 64 frames


def on(tick: int, pitch: int = 60) -> Event:
    return tick, note_on(pitch, 80)


def off(tick: int, pitch: int = 60) -> Event:
    return tick, note_off(pitch)


ENDS: list[tuple[str, list[Event], list[int]]] = [
    ("key alone", [on(0), off(480)], [480]),
    ("sustain", [on(0), control(100, 64, 127), off(480), control(900, 64, 0)], [900]),
    ("sustain that was down before", [control(0, 64, 127), on(0), off(480), control(900, 64, 0)], [900]),
    ("half a pedal is none", [on(0), control(100, 64, 63), off(480), control(900, 64, 0)], [480]),
    ("down behind the note-off of its tick", [on(0), off(480), control(480, 64, 127), control(900, 64, 0)], [480]),
    ("down before the note-off of its tick", [on(0), control(480, 64, 127), off(480), control(900, 64, 0)], [900]),
    ("up before the note-off of its tick", [control(0, 64, 99), on(0), control(480, 64, 0), off(480)], [480]),
    ("up and down at once holds no longer", [
        control(0, 64, 127), on(0), off(300), control(480, 64, 0), control(480, 64, 127), control(900, 64, 0),
    ], [480]),
    ("never released: to the end", [control(0, 64, 127), on(0), off(480), control(1500, 1, 0)], [1500]),
    ("released by a reset", [control(0, 64, 127), on(0), off(480), control(700, 121, 0)], [700]),
    ("sostenuto catches what is held", [on(0), control(300, 66, 127), off(480), control(900, 66, 0)], [900]),
    ("sostenuto lets later keys go", [control(0, 66, 127), on(10), off(480), control(900, 66, 0)], [480]),
    ("sostenuto does not catch what ended", [on(0), off(480), control(600, 66, 127), control(900, 66, 0)], [480]),
    ("sostenuto catches what sustain holds", [
        control(0, 64, 127), on(0), off(480), control(600, 66, 127), control(700, 64, 0), control(900, 66, 0),
    ], [900]),
    ("sustain takes over from sostenuto", [
        on(0), control(300, 66, 127), off(480), control(600, 64, 127), control(700, 66, 0), control(900, 64, 0),
    ], [900]),
    ("all notes off", [on(0), control(300, 123, 0), off(480)], [300]),
    ("all notes off, but the pedal holds", [
        control(0, 64, 127), on(0), control(300, 123, 0), off(480), control(900, 64, 0),
    ], [900]),
    ("all notes off in the tick of the note-on", [on(0), control(0, 123, 0), off(480)], [480]),
    ("a change of mode lets go", [on(0), control(300, 127, 0), off(480)], [300]),
    ("struck again under the pedal", [
        control(0, 64, 127), on(0), off(240), on(480), off(600), control(900, 64, 0),
    ], [480, 900]),
    ("struck again before it ended", [on(0), on(480), off(720), off(960)], [480, 960]),
    ("twice at once", [on(0), on(0), off(480), off(720)], [480, 720]),
    ("another key goes on", [on(0), on(240, 62), off(480), off(720, 62)], [480, 720]),
    ("mono: another key ends it", [control(0, 126, 1), on(0), on(240, 62), off(480), off(720, 62)], [240, 720]),
    ("mono, then poly", [
        control(0, 126, 1), control(10, 127, 0), on(20), on(240, 62), off(480), off(720, 62),
    ], [480, 720]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "events", "expected"), ENDS, ids=[name for name, _, _ in ENDS])
def test_notes_end_where_a_synthesizer_ends_them(name: str, events: list[Event], expected: list[int]) -> None:
    [score] = scores_of(song_of(TrackSpec(events=events)))
    assert np.allclose([ticks(stop) for stop in score.stop.tolist()], expected, atol=_CLOSE), name
    assert (score.choke == NEVER).all()


def held_by(pedal: TrackSpec, notes: TrackSpec | None = None, smf_format: int = 1) -> int:
    """Where the note of another chunk ends beside a pedal that is down from 0 to 900."""
    song = song_of(notes or TrackSpec([(0, 480, 60, 80)]), pedal, smf_format=smf_format)
    return ticks(int(scores_of(song)[0].stop[0]))


def test_a_pedal_reaches_its_channel_in_all_chunks() -> None:
    down = [control(0, 64, 127), control(900, 64, 0)]
    assert held_by(TrackSpec(events=down)) == pytest.approx(900, abs=_CLOSE)
    assert held_by(TrackSpec(events=down, port=1)) == pytest.approx(480, abs=_CLOSE)
    assert held_by(TrackSpec(events=down), smf_format=2) == pytest.approx(480, abs=_CLOSE)
    other = [control(0, 64, 127, 1), control(900, 64, 0, 1)]
    assert held_by(TrackSpec(events=other)) == pytest.approx(480, abs=_CLOSE)


def test_a_note_off_that_moves_comes_first_in_its_tick() -> None:
    song = song_of(TrackSpec(events=[on(0), off(480), control(600, 64, 127), control(900, 64, 0)]))
    for length, end in ((600, 600), (601, 900), (480, 480)):
        played = (TrackPerformance(np.array([80]), np.array([length])),)
        assert ticks(int(scores_of(song, played)[0].stop[0])) == pytest.approx(end, abs=_CLOSE)


def test_a_note_of_no_length_is_heard() -> None:
    [score] = scores_of(song_of([(0, 0, 60, 80), (480, 1, 62, 80)]))
    assert ((score.stop - score.start) >= RATE // 100).all()


def test_all_sound_off_silences_and_later_notes_sound() -> None:
    spec = TrackSpec([(0, 480, 60, 80), (600, 200, 62, 80)], events=[control(300, 120, 0)])
    [score] = scores_of(song_of(spec))
    assert ticks(int(score.choke[0])) == 300
    assert score.choke[1] == NEVER


def test_notes_that_never_end_last_as_long_as_their_chunk() -> None:
    [score] = scores_of(song_of(TrackSpec(events=[on(0)], end=2 * SECOND)))
    assert ticks(int(score.stop[0])) == pytest.approx(2 * SECOND, abs=_CLOSE)


def test_many_notes_are_fast_enough_to_be_scheduled() -> None:
    notes: list[NoteTuple] = [(k * 20, 15, 40 + k % 40, 1 + k % 127) for k in range(20_000)]
    pedal = [control(k * 100, 64, 127 * (k % 2)) for k in range(4_000)]
    [score] = scores_of(song_of(TrackSpec(notes, events=pedal)))
    assert len(score) == 20_000
    assert (score.stop > score.start).all()
    assert (np.diff(score.start) >= 0).all()
