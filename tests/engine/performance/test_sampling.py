"""Sampling: the spread is the predicted one at every variation, means survive, and the seed decides the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.features.note_features import State
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.prediction import Kernel, TrackPrediction
from duv_studio.engine.performance.histograms import moments
from duv_studio.engine.performance.sampling import draw, sample
from duv_studio.errors import DuvError
from tests.songs import PPQ, gaussian_cdf, gaussian_prediction, make_song, make_track

EDGES = np.linspace(-64, 64, 65, dtype=np.float32)
TAUS = [0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.0]


def rows_and_noise(spread: float = 8.0, sigma: float = 12.0, m: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return gaussian_cdf(EDGES, rng.normal(3, spread, m), np.full(m, sigma)), rng.normal(size=m)


def ghosts_and_accents(m: int = 20_000) -> np.ndarray:
    """Rows with 70 % near -20 and 30 % near +25."""
    low, high = (gaussian_cdf(EDGES, np.full(m, mean), np.full(m, 3.0)) for mean in (-20.0, 25.0))
    return (0.7 * low + 0.3 * high).astype(np.float32)


@pytest.mark.parametrize("tau", TAUS)
def test_the_whole_spread_is_the_predicted_one(tau: float) -> None:
    cdf, z = rows_and_noise()
    mean, variance = moments(EDGES, cdf)
    values = sample(EDGES, cdf, z, tau)
    assert values.var() == pytest.approx(mean.var() + variance.mean(), rel=0.03)
    assert values.mean() == pytest.approx(mean.mean(), abs=0.3)


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("spread", [0.4, 0.8, 1.3])
def test_the_spread_factor_scales_the_rows_and_not_their_means(tau: float, spread: float) -> None:
    cdf, z = rows_and_noise()
    mean, variance = moments(EDGES, cdf)
    values = sample(EDGES, cdf, z, tau, spread)
    assert values.var() == pytest.approx(mean.var() + spread**2 * variance.mean(), rel=0.03)
    sure = gaussian_cdf(EDGES, mean, np.full(len(mean), 0.5))
    assert np.abs(sample(EDGES, sure, z, tau, spread) - mean).mean() < 1, "what is known is not scaled"


@pytest.mark.parametrize("tau", TAUS)
def test_skewed_rows_keep_their_mean(tau: float) -> None:
    cdf, z = ghosts_and_accents(), np.random.default_rng(5).normal(size=20_000)
    assert sample(EDGES, cdf, z, tau).mean() == pytest.approx(0.7 * -20 + 0.3 * 25, abs=1.0)


@pytest.mark.parametrize("tau", [0.6, 0.8, 1.0])
def test_skewed_rows_keep_their_spread(tau: float) -> None:
    cdf, z = ghosts_and_accents(), np.random.default_rng(5).normal(size=20_000)
    cdf[::2] = np.concatenate([np.zeros((10_000, 12), np.float32), cdf[::2, :-12]], axis=1)
    cdf[:, -1] = 1
    mean, variance = moments(EDGES, cdf)
    assert sample(EDGES, cdf, z, tau).var() == pytest.approx(mean.var() + variance.mean(), rel=0.03)


def test_variation_one_is_a_fair_sample() -> None:
    cdf, z = rows_and_noise()
    values = sample(EDGES, cdf, z, 1.0)
    pit = np.sort([np.interp(v, EDGES, np.append(0, row)) for v, row in zip(values, cdf, strict=True)])
    assert np.abs(pit - (np.arange(len(pit)) + 0.5) / len(pit)).max() < 1.95 / np.sqrt(len(pit))


def test_ghosts_and_accents_stay_two_kinds_of_notes() -> None:
    z = np.random.default_rng(2).normal(size=20_000)
    values = sample(EDGES, ghosts_and_accents(), z, 1.0)
    assert (values < 0).mean() == pytest.approx(0.7, abs=0.02)
    assert ((values > -8) & (values < 12)).mean() < 0.005
    assert np.median(values[values < 0]) == pytest.approx(-20, abs=0.7)
    assert np.median(values[values > 0]) == pytest.approx(25, abs=0.7)


def test_without_variation_the_order_is_that_of_the_expected_values() -> None:
    cdf, z = rows_and_noise(m=500)
    values, mean = sample(EDGES, cdf, z, 0.0), moments(EDGES, cdf)[0]
    assert np.corrcoef(values, mean)[0, 1] == pytest.approx(1)
    assert values.std() / mean.std() == pytest.approx(np.sqrt(1 + 144 / 64), rel=0.1)


def test_rows_that_hardly_differ_are_not_blown_up() -> None:
    cdf, z = rows_and_noise(spread=0.5, m=500)
    values, mean = sample(EDGES, cdf, z, 0.0), moments(EDGES, cdf)[0]
    assert values.std() / mean.std() == pytest.approx(3.5, rel=1e-6)


@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("tau", [0.5, 0.8, 1.0])
def test_rows_that_hardly_differ_vary_as_predicted_all_the_same(spread: float, tau: float) -> None:
    cdf, z = rows_and_noise(spread=spread)
    mean, variance = moments(EDGES, cdf)
    assert sample(EDGES, cdf, z, tau).var() == pytest.approx(mean.var() + variance.mean(), rel=0.05)


def test_spread_fades_in_from_no_variation() -> None:
    cdf, z = rows_and_noise(spread=1.0)
    spreads = [sample(EDGES, cdf, z, tau).std() for tau in (0, 0.02, 0.1, 0.3, 0.5)]
    assert spreads == sorted(spreads) and spreads[1] - spreads[0] < 0.5


def test_equal_rows_give_equal_values_without_variation() -> None:
    cdf = gaussian_cdf(EDGES, np.full(9, 4.0), np.full(9, 10.0))
    assert sample(EDGES, cdf, np.zeros(9), 0.0) == pytest.approx(np.full(9, 4.0), abs=0.05)


@pytest.fixture
def song() -> Song:
    rng = np.random.default_rng(0)
    rows = [(i // 2 * PPQ, PPQ, int(p), 70) for i, p in enumerate(rng.integers(48, 84, 400))]
    # With a pedal: what is drawn for the lengths of such a piano is not shaped.
    return make_song(*(replace(make_track(rows, index=index), pedal=True) for index in range(2)))


@pytest.fixture
def prediction(song: Song) -> dict[int, TrackPrediction]:
    rng = np.random.default_rng(3)
    return {track.index: gaussian_prediction(track, rng) for track in song.tracks}


def test_the_same_seed_draws_the_same(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    one, two = (draw(song, prediction, seed=4, variation=0.5)[0] for _ in range(2))
    assert np.array_equal(one.velocity, two.velocity) and np.array_equal(one.log_ratio, two.log_ratio)


def test_other_seeds_and_other_tracks_draw_otherwise(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    same = {0: prediction[0], 1: prediction[0]}
    one, two = draw(song, same, seed=4, variation=0.5), draw(song, same, seed=5, variation=0.5)
    assert np.abs(one[0].velocity - two[0].velocity).mean() > 2
    assert np.abs(one[0].velocity - one[1].velocity).mean() > 2
    assert np.abs(one[0].log_ratio - two[0].log_ratio).mean() > 0.05


def test_without_variation_the_seed_does_not_matter(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    one, two = (draw(song, prediction, seed=seed, variation=0)[0] for seed in (4, 5))
    assert np.array_equal(one.velocity, two.velocity) and np.array_equal(one.log_ratio, two.log_ratio)


def test_a_track_does_not_depend_on_the_others(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    both = draw(song, prediction, seed=0, variation=0.7)
    alone = draw(song, {1: prediction[1]}, seed=0, variation=0.7)
    assert alone.keys() == {1}
    assert np.array_equal(both[1].velocity, alone[1].velocity)


def test_a_note_does_not_depend_on_which_others_are_predicted(
    song: Song, prediction: dict[int, TrackPrediction]
) -> None:
    whole = prediction[0]
    some = np.arange(0, 400, 3)
    part = replace(whole, notes=some, velocity_cdf=whole.velocity_cdf[some], duration_cdf=whole.duration_cdf[some])
    # At full variation no mean over the track is involved but the level that is kept.
    of_whole, of_part = (draw(song, {0: p}, seed=0, variation=1.0)[0] for p in (whole, part))
    assert np.ptp(of_part.velocity[some] - of_whole.velocity[some]) < 1e-2
    assert of_part.log_ratio[some[:5]] == pytest.approx(of_whole.log_ratio[some[:5]], abs=1e-3)
    left = np.setdiff1d(np.arange(400), some)
    assert np.array_equal(of_part.velocity[left], song.tracks[0].notes.velocity[left])
    assert not of_part.log_ratio[left].any()


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0])
def test_the_level_of_the_track_is_kept(song: Song, prediction: dict[int, TrackPrediction], variation: float) -> None:
    assert draw(song, prediction, seed=0, variation=variation)[0].velocity.mean() == pytest.approx(70, abs=0.01)


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0])
def test_locked_notes_stay_and_the_others_keep_their_level(
    song: Song, prediction: dict[int, TrackPrediction], variation: float
) -> None:
    notes = song.tracks[0].notes
    written = notes.velocity.copy()
    written[::5] = np.arange(80) + 30
    track = replace(song.tracks[0], notes=replace(notes, velocity=written))
    state = np.where(np.arange(400) % 5 == 0, State.LOCKED, State.UNKNOWN)
    drawn = draw(replace(song, tracks=(track,)), {0: replace(prediction[0], state=state)}, seed=2, variation=variation)
    locked = state == State.LOCKED
    assert np.array_equal(drawn[0].velocity[locked], written[locked])
    assert not drawn[0].log_ratio[locked].any() and np.count_nonzero(drawn[0].log_ratio) == 320
    assert drawn[0].velocity[~locked].mean() == pytest.approx(70)
    assert drawn[0].velocity[~locked].std() > 5


def test_all_notes_locked_are_all_as_written(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    of_track = replace(prediction[0], state=np.full(400, State.LOCKED))
    drawn = draw(song, {0: of_track}, seed=0, variation=0.5)[0]
    assert np.array_equal(drawn.velocity, song.tracks[0].notes.velocity) and not drawn.log_ratio.any()


def test_the_family_that_was_read_shapes_the_durations(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    def widest(family: Family | None) -> float:
        of_track = replace(prediction[0], family=family)
        ratios = draw(song, {0: of_track}, seed=0, variation=0.5)[0].log_ratio
        return float(np.ptp(ratios.reshape(-1, 2), axis=1).max())  # the song is chords of two equally long notes

    assert widest(Family.BASS) <= np.log2(1.12) + 1e-9 < widest(None)


def test_keyswitches_between_the_notes_of_a_line_leave_it_a_line() -> None:
    line = [(i * PPQ, PPQ, 40 + i % 5, 80) for i in range(32)]
    switches = [(i * 4 * PPQ - 120, 60, 12, 100) for i in range(1, 8)]
    ratios = []
    for rows in (line, line + switches):
        song = make_song(make_track(rows, family=Family.BASS))
        played = np.flatnonzero(song.tracks[0].notes.pitch > 12)
        short = gaussian_prediction(song.tracks[0], np.random.default_rng(0), notes=played)
        short = replace(short, duration_cdf=gaussian_cdf(short.duration_edges, np.full(32, -2.0), np.full(32, 0.1)))
        drawn = draw(song, {0: short}, seed=0, variation=0.0)[0].log_ratio
        assert not np.delete(drawn, played).any()
        ratios.append(drawn[played])
    assert np.array_equal(ratios[0], ratios[1]) and ratios[0][:-1] == pytest.approx(np.log2(0.75))


def test_an_articulation_that_is_asked_for_is_heard(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    lengths = []
    for articulation in (-2.0, -0.5, 0.0, 0.5, 2.0):
        asked = {i: replace(p, articulation=articulation) for i, p in prediction.items()}
        lengths.append(draw(song, asked, seed=1, variation=0.5)[0].log_ratio.mean())
    assert (np.diff(lengths) > 0.1).all()


def correlation_of_hands(song: Song, prediction: dict[int, TrackPrediction]) -> float:
    flat = gaussian_cdf(EDGES, np.zeros(400), np.full(400, 10.0))
    even = {
        i: replace(p, velocity_cdf=flat, velocity_kernel=Kernel(0.3, 0.2, 0, 0.3, 0, 0.2))
        for i, p in prediction.items()
    }
    drawn = draw(song, even, seed=1, variation=1.0)
    return float(np.corrcoef(drawn[0].velocity, drawn[1].velocity)[0, 1])


def test_parts_of_one_instrument_breathe_together(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    together = {i: replace(p, group=(0, 1)) for i, p in prediction.items()}
    assert abs(correlation_of_hands(song, prediction)) < 0.3
    assert correlation_of_hands(song, together) > 0.6


def test_a_part_is_drawn_as_it_would_be_in_company(song: Song, prediction: dict[int, TrackPrediction]) -> None:
    together = {i: replace(p, group=(0, 1)) for i, p in prediction.items()}
    both = draw(song, together, seed=0, variation=0.7)
    for index in (0, 1):
        alone = draw(song, {index: together[index]}, seed=0, variation=0.7)
        assert alone.keys() == {index}
        assert np.array_equal(both[index].velocity, alone[index].velocity)
        assert np.array_equal(both[index].log_ratio, alone[index].log_ratio)


@pytest.mark.parametrize("notes", [[], [0]])
def test_no_note_and_one_note(song: Song, notes: list[int]) -> None:
    track = song.tracks[0]
    one = gaussian_prediction(track, np.random.default_rng(0), notes=notes)
    drawn = draw(song, {0: one}, seed=0, variation=0.5)[0]
    assert np.isfinite(drawn.velocity).all() and np.isfinite(drawn.log_ratio).all()
    assert np.array_equal(drawn.velocity, track.notes.velocity), "a lone note is as loud as it was"
    assert np.count_nonzero(drawn.log_ratio) == len(notes)


@pytest.mark.parametrize("variation", [-0.1, 1.1, float("nan")])
def test_variation_out_of_range_is_told(song: Song, variation: float) -> None:
    with pytest.raises(DuvError, match=r"variation is .*, but it must be between 0 and 1"):
        draw(song, {}, seed=0, variation=variation)
