"""What is kept of the model's answers, and what makes it read a track again."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.prediction import prediction_key
from duv_studio.engine.music.settings import LENGTHS, Settings
from duv_studio.ui.document import prediction_cache as predictions
from duv_studio.ui.document.prediction_cache import PredictionCache, readings_of, settings_to_read
from tests.songs import make_song, make_track, predict

ROWS = [(i * 240, 200, 60 + i % 7, 80) for i in range(40)]


@pytest.fixture
def song() -> Song:
    """A piano's two hands, and a bass."""
    left = [(onset, length, pitch - 24, velocity) for onset, length, pitch, velocity in ROWS]
    hands = (make_track(ROWS, name="Piano right"), make_track(left, index=1, name="Piano left"))
    return make_song(*hands, make_track(ROWS, index=2, name="Bass", program=33, channel=2, family=Family.BASS))


def changed(song: Song, **fields: object) -> set[int]:
    """The tracks that are read otherwise than under the defaults."""
    pairs = zip(readings_of(song, Settings()), readings_of(song, Settings(**fields)), strict=True)  # type: ignore[arg-type]
    return {index for index, (one, other) in enumerate(pairs) if one != other}


def test_what_the_model_reads_decides(song: Song) -> None:
    assert changed(song, intensity=1.3, velocity=0.1, variation=0.9, seed=7, exclude="x", drum_durations=True) == set()
    assert changed(song, track_intensity={"0:0:0": 0.5}, track_included={"0:0:0": False}) == set()
    for fields in ({"dynamics": 0.5}, {"articulation": 0.0}, {"protect_keyswitches": False}, {"lengths": "keys"}):
        assert changed(song, **fields) == {0, 1, 2}


def test_a_family_or_a_lock_concerns_only_what_is_read_together(song: Song) -> None:
    keys = [track.key for track in song.tracks]
    assert changed(song, track_family={keys[2]: Family.STRINGS}) == {2}
    assert changed(song, locked_notes={keys[2]: frozenset({1})}) == {2}
    assert changed(song, keyswitches={keys[2]: frozenset({24})}) == {2}
    assert changed(song, protected_pitches={keys[2]: frozenset({24})}, track_velocity={keys[2]: 0.5}) == set()
    assert changed(song, locked_notes={keys[2]: frozenset()}) == set()
    assert changed(song, locked_notes={keys[0]: frozenset({1})}) == {0, 1}  # the other hand hears it
    assert changed(song, track_family={keys[0]: Family.GUITAR}) == {0, 1}  # and is alone from now on


@given(
    st.builds(
        Settings,
        intensity=st.floats(0, 1.5),
        seed=st.integers(0, 9),
        include=st.none() | st.just("("),
        protect_keyswitches=st.booleans(),
        dynamics=st.none() | st.floats(-2, 2),
        articulation=st.none() | st.floats(-2, 2),
        lengths=st.sampled_from(LENGTHS),
        track_family=st.dictionaries(st.sampled_from(["0:0:0", "1:0:1"]), st.sampled_from(Family)),
        keyswitches=st.dictionaries(st.sampled_from(["0:0:0", "1:0:1"]), st.frozensets(st.integers(0, 9))),
        locked_notes=st.dictionaries(st.sampled_from(["0:0:0", "1:0:1"]), st.frozensets(st.integers(0, 9))),
    )
)
def test_nothing_that_the_model_reads_is_lost(settings: Settings) -> None:
    reduced = settings_to_read(settings)
    assert prediction_key(reduced) == prediction_key(settings)
    assert (reduced.intensity, reduced.seed, reduced.include) == (Settings().intensity, 0, None)


def test_while_a_track_is_read_again_the_last_answer_is_shown(song: Song) -> None:
    kept, plain = PredictionCache(), readings_of(song, Settings())
    lively = readings_of(song, Settings(dynamics=1.0))
    assert kept.show(plain) == {}
    kept.add(dict(enumerate(plain)), predict(song, 0))
    assert kept.show(plain) == dict(enumerate(plain))
    assert kept.show(lively) == dict(enumerate(plain))
    kept.add({0: lively[0]}, {0: predict(song, 1)[0]})
    shown = kept.show(lively)
    assert shown == {0: lively[0], 1: plain[1], 2: plain[2]}
    assert np.array_equal(kept.prediction(shown)[0].velocity_cdf, predict(song, 1)[0].velocity_cdf)
    assert kept.show(plain) == dict(enumerate(plain))  # both are kept


def test_a_track_of_which_there_is_nothing_to_say_is_known_and_not_drawn(song: Song) -> None:
    kept, readings = PredictionCache(), readings_of(song, Settings())
    kept.add(dict(enumerate(readings)), {1: predict(song)[1]})
    assert all(kept.has(index, reading) for index, reading in enumerate(readings))
    assert set(kept.show(readings)) == {1}


def test_the_oldest_go_and_what_is_shown_stays(song: Song, monkeypatch: pytest.MonkeyPatch) -> None:
    one = predict(song)[0]
    monkeypatch.setattr(predictions, "BUDGET", 3 * (one.velocity_cdf.nbytes + one.duration_cdf.nbytes))
    kept = PredictionCache()
    readings = [readings_of(song, Settings(dynamics=step / 10)) for step in range(6)]
    for reading in readings:
        kept.add({0: reading[0]}, {0: one})
        kept.show(readings[0])
    assert [kept.has(0, reading[0]) for reading in readings] == [True, False, False, False, True, True]


def test_an_answer_too_large_for_two_takes_the_place_of_the_last_one(
    song: Song, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropped at once, it would be missing again, and the model be asked for ever."""
    monkeypatch.setattr(predictions, "BUDGET", 1)
    kept, plain, lively = PredictionCache(), readings_of(song, Settings()), readings_of(song, Settings(dynamics=1.0))
    for readings in (plain, lively):
        kept.add(dict(enumerate(readings)), predict(song))
        assert kept.show(readings) == dict(enumerate(readings))
    assert not any(kept.has(index, reading) for index, reading in enumerate(plain))


def test_mappings_of_either_kind_make_the_same_reading(song: Song) -> None:
    plain = readings_of(song, Settings(track_family={}, locked_notes={}))
    assert plain == readings_of(song, Settings(locked_notes=MappingProxyType({"9:9:9": frozenset({1})})))
