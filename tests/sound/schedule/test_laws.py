"""Laws of schedules, for files with everything in them."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.errors import DuvError
from duv_studio.sound.schedule.frames import LONGEST
from tests.engine.midi_strategies import midi_files
from tests.midi_builder import chunk, header, note_off, note_on, track_chunk
from tests.sound.schedule.scores import Facts, scores_of

# A note without its note-off and a pedal that is never released: both last as long as what the other track plays.
_PEDAL_THAT_STAYS_DOWN = (
    header(1, 3, 1)
    + track_chunk([])
    + track_chunk([(0, note_on(60, 1)), (0, bytes([0xB0, 64, 127]))])
    + chunk(b"MTrk", b"\0" + note_on(60, 64) + b"\3" + note_off(60))  # without its end, so that notes may be longer
)
FACTS = Facts({60: 1, 64: 1}, frozenset({1, 7, 74}))


def song_in(data: bytes) -> Song:
    try:
        return parse(data)
    except DuvError:
        assume(False)
        raise


def played(song: Song, seed: int, *, lengths: bool) -> Performance:
    random = np.random.default_rng(seed)
    return tuple(
        TrackPerformance(
            random.integers(1, 128, len(one.velocity)),
            random.integers(0, 600, len(one.duration)) if lengths else one.duration,
        )
        for one in song.as_written()
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=midi_files(), seed=st.integers(0, 100), lengths=st.booleans())
def test_every_note_of_every_song_has_its_time_and_tone(data: bytes, seed: int, lengths: bool) -> None:
    song = song_in(data)
    scores = scores_of(song, played(song, seed, lengths=lengths), facts=FACTS)
    assert [len(score) for score in scores] == [len(track.notes) for track in song.tracks]
    for score in scores:
        assert (np.diff(score.start) >= 0).all()
        assert (score.stop > score.start).all()
        assert (score.choke > score.start).all()
        assert (score.start <= LONGEST).all()
        assert ((score.velocity >= 1) & (score.velocity <= 127)).all()
        for note in range(0, len(score), 5):
            tone = score.tone(note)
            assert all(seconds >= 0 for seconds, _ in tone.bend.points)
            assert all(0 <= value <= 1 for _, value in tone.wheel.points)
        for lane in score.lanes:
            assert (np.diff(lane.gain.frame) >= 0).all()
            assert ((lane.gain.value >= 0) & (lane.gain.value <= 1)).all()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=midi_files(), seed=st.integers(0, 100), lengths=st.booleans())
@example(data=_PEDAL_THAT_STAYS_DOWN, seed=0, lengths=True)
def test_what_is_heard_is_what_the_written_file_sounds(data: bytes, seed: int, lengths: bool) -> None:
    song = song_in(data)
    wish = played(song, seed, lengths=lengths)
    written = parse(encode(song, wish))
    assume([len(track.notes) for track in written.tracks] == [len(track.notes) for track in song.tracks])
    # Lengths that the file cannot hold become the nearest that it can.
    fitted = tuple(
        TrackPerformance(wanted.velocity, found.duration)
        for wanted, found in zip(wish, written.as_written(), strict=True)
    )
    for heard, found in zip(scores_of(song, fitted, facts=FACTS), scores_of(written, facts=FACTS), strict=True):
        assert np.array_equal(heard.rows, found.rows)
