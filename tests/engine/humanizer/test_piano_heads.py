"""The head of the network that a piano's lengths come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.inference import Probabilities, run_networks
from duv_studio.engine.model.prediction import prediction_key
from tests.adapters_made import hide_shipped, make_base
from tests.songs import make_song, make_track

ROWS = [(i * 240, 200, 60 + i % 7, 80) for i in range(40)]
LOW = [(i * 480, 400, 40 + i % 7, 80) for i in range(20)]


@pytest.fixture
def humanizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Humanizer:
    hide_shipped(monkeypatch, tmp_path / "none")
    return Humanizer(make_base())


def song(*, pedal: bool = False, family: Family = Family.PIANO) -> Song:
    return make_song(replace(make_track(ROWS, family=family), pedal=pedal))


def lengths(humanizer: Humanizer, of: Song, asked: str) -> np.ndarray:
    return humanizer.predict(of, Settings(lengths=asked))[0].duration_cdf


def cumulative(rows: np.ndarray) -> np.ndarray:
    sums = np.cumsum(rows, axis=1, dtype=np.float64)
    return (sums / sums[:, -1:]).astype(np.float32)


@pytest.mark.parametrize("pedal", [False, True])
def test_lengths_come_from_the_head_that_is_asked_for(
    humanizer: Humanizer, monkeypatch: pytest.MonkeyPatch, pedal: bool
) -> None:
    of, outputs = song(pedal=pedal), dict[str, Probabilities]()
    for asked, head in (("keys", "key"), ("sound", "sustained")):
        request = humanizer.build_request(of, Settings(lengths=asked))
        (read,) = request.inputs
        assert read.heads == {"velocity", head}, "and no other is kept in memory"
        (outputs[asked],) = run_networks([read])
        expected = cumulative(getattr(outputs[asked], head))
        np.testing.assert_array_equal(lengths(humanizer, of, asked), expected)
    by_itself = lengths(humanizer, of, "auto")
    np.testing.assert_array_equal(by_itself, lengths(humanizer, of, "keys" if pedal else "sound"))
    assert not np.array_equal(by_itself, lengths(humanizer, of, "sound" if pedal else "keys"))


def test_other_instruments_have_one_length(humanizer: Humanizer) -> None:
    of = song(family=Family.GUITAR)
    np.testing.assert_array_equal(lengths(humanizer, of, "keys"), lengths(humanizer, of, "sound"))


def test_hands_are_read_together_each_by_its_own_pedal(humanizer: Humanizer) -> None:
    right = replace(make_track(ROWS, name="Right hand"), pedal=True)
    of = make_song(right, make_track(LOW, index=1, channel=1, name="Left hand"))
    (read,) = humanizer.build_request(of, Settings()).inputs
    assert read.heads == {"velocity", "key", "sustained"}
    found = {asked: humanizer.predict(of, Settings(lengths=asked)) for asked in ("auto", "keys", "sound")}
    for index, asked in ((0, "keys"), (1, "sound")):
        np.testing.assert_array_equal(found["auto"][index].duration_cdf, found[asked][index].duration_cdf)


def test_velocities_do_not_depend_on_it_and_the_model_is_asked_again(humanizer: Humanizer) -> None:
    keys, sound = (humanizer.predict(song(), Settings(lengths=asked))[0] for asked in ("keys", "sound"))
    np.testing.assert_array_equal(keys.velocity_cdf, sound.velocity_cdf)
    assert len({prediction_key(Settings(lengths=asked)) for asked in ("auto", "keys", "sound")}) == 3
