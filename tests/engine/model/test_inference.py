"""The network and its windows: small random networks, since the laws hold whatever the weights."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from duv_studio.engine.features import passing_features
from duv_studio.engine.features.note_features import features
from duv_studio.engine.model import inference
from duv_studio.engine.model.inference import (
    HOP,
    WINDOW,
    NetworkInput,
    Temperatures,
    predict_track,
    run_networks,
    window_spans,
)
from duv_studio.engine.model.precision import Precision
from duv_studio.engine.model.quantized_linear import in_precision
from duv_studio.engine.model.transformer import Clocks, DuvTransformer, ModelConfig, rotate
from duv_studio.errors import Cancelled
from tests.played_tracks import played_track


@pytest.fixture(scope="module")
def model() -> DuvTransformer:
    torch.manual_seed(0)
    network = DuvTransformer(ModelConfig(width=32, layers=2, heads=2, ff=64)).eval()
    for parameter in network.parameters():
        parameter.data *= 4  # as it starts, a network says nearly the same of every note
    return network


@pytest.mark.parametrize("n", [1, 2, 255, 256, 257, 448, 449, 1000, 20_000])
def test_windows_cover_every_note(n: int) -> None:
    spans = window_spans(n)
    covered = np.zeros(n, int)
    for start, stop in spans:
        assert 0 <= start < stop <= n
        covered[start:stop] += 1
    assert covered.min() >= 1
    assert all(b[0] - a[0] <= HOP for a, b in pairwise(spans))


@pytest.mark.parametrize("n", [1, 2, 300, 700])
def test_rows_are_probabilities(model: DuvTransformer, n: int) -> None:
    found = predict_track(model, features(played_track(n).table()))
    for rows in (found.velocity, found.key, found.sustained):
        assert rows.shape[0] == n and (rows >= 0).all()
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)


def test_long_tracks_have_no_seam(model: DuvTransformer) -> None:
    """From one note to the next a prediction may not jump more at window edges than it does elsewhere."""
    track = played_track(1200)
    read = features(track.table(np.full(1200, 64.0)))
    whole = torch.softmax(
        model(*(torch.from_numpy(x[None]) for x in (read.floats, read.indices, read.onset))).velocity, -1
    )[0]
    found = predict_track(model, read).velocity
    centre = np.arange(found.shape[1])
    difference = np.abs(np.diff((found - whole.detach().numpy()) @ centre))
    edges = [e for s in window_spans(1200) for e in s if 0 < e < 1200]
    near = np.unique([e + k for e in edges for k in (-1, 0)])
    assert difference[near].max() <= 2 * np.quantile(difference, 0.99)


def test_every_note_depends_on_its_neighbours(model: DuvTransformer) -> None:
    track = played_track(200)
    pitch = track.pitch.copy()
    pitch[100] = 90
    base = predict_track(model, features(track.table())).velocity
    moved = predict_track(model, features(track.take(np.arange(200)).table(track.velocity))).velocity
    np.testing.assert_array_equal(base, moved)
    changed = predict_track(model, features(replace(track, pitch=pitch).table())).velocity
    assert np.abs(changed - base).max(axis=1)[[95, 105]].min() > 1e-6


def test_a_higher_temperature_spreads(model: DuvTransformer) -> None:
    read = features(played_track(64).table())
    cold, hot = (predict_track(model, read, Temperatures(t, t)).velocity for t in (0.5, 2.0))
    assert (cold.max(axis=1) > hot.max(axis=1)).all()


def test_cancel_and_progress(model: DuvTransformer) -> None:
    read = features(played_track(4000).table())
    told: list[float] = []
    with pytest.raises(Cancelled):
        predict_track(model, read, progress=told.append, cancelled=lambda: bool(told))
    assert len(told) == 1 and 0 < told[0] < 1
    predict_track(model, read, progress=told.append)
    assert told[-1] == 1 and sorted(told[1:]) == told[1:]
    assert WINDOW > HOP


LENGTHS = (700, 40, 1, 256, 40, 300, 40, 7, 256, 1000, 40)  # some alike, so that they share calls


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_an_answer_does_not_depend_on_what_else_is_asked(precision: Precision, threads: int) -> None:
    """To the last bit, in the shape that ships, for a batch of songs must give the bytes of one song alone."""
    torch.manual_seed(1)
    shape = ModelConfig(width=256, layers=2, heads=8, ff=1024, feature_bins=16, stem=288)
    networks = [in_precision(DuvTransformer(shape).eval(), precision) for _ in range(2)]
    inputs = [
        NetworkInput(networks[k % 3 == 2], features(played_track(n, seed=k).table()), Temperatures(1 + k / 10, 0.9))
        for k, n in enumerate(LENGTHS)
    ]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = run_networks(inputs)
    finally:
        torch.set_num_threads(before)
    for network_input, shared in zip(inputs, together, strict=True):
        alone = predict_track(network_input.network, network_input.features, network_input.temperatures)
        for rows, same in zip(vars(shared).values(), vars(alone).values(), strict=True):
            np.testing.assert_array_equal(rows, same)


def test_calls_run_ahead_of_who_takes_their_answers_by_a_few_at_most(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or all answers for a long song would wait in memory at once."""
    begun: list[int] = []
    monkeypatch.setattr(inference, "run_windows", lambda _, windows: begun.append(1) or [])
    notes = NetworkInput(model, features(played_track(WINDOW).table()))
    with closing(inference.window_batches([notes] * 400)) as calls:
        next(calls)
        assert len(begun) <= 2 * torch.get_num_threads() + 1
        assert len(list(calls)) == len(begun) - 1 > 50


@pytest.mark.parametrize("heads", [{"velocity"}, {"key"}, {"velocity", "sustained"}])
def test_only_what_is_asked_for_is_kept(model: DuvTransformer, heads: set[str]) -> None:
    read = features(played_track(700).table())
    whole = vars(predict_track(model, read))
    (some,) = run_networks([NetworkInput(model, read, heads=frozenset(heads))])
    for name, rows in vars(some).items():
        np.testing.assert_array_equal(rows, whole[name] if name in heads else whole[name][:0])


def test_features_that_pass_by_are_read_alike_and_given_up(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing_features, "_BLOCK", 100)
    read = features(played_track(1500).table())
    passing = passing_features.PassingFeatures(read)
    found, expected = run_networks([NetworkInput(model, passing)])[0], predict_track(model, read)
    np.testing.assert_array_equal(found.velocity, expected.velocity)
    np.testing.assert_array_equal(found.key, expected.key)
    with pytest.raises(LookupError, match="given up"):
        passing.floats[50:1450]


def test_progress_is_told_by_question(model: DuvTransformer) -> None:
    told: dict[int, list[float]] = {}
    inputs = [NetworkInput(model, features(played_track(n).table())) for n in (30, 900, 30)]
    run_networks(inputs, progress=lambda index, fraction: told.setdefault(index, []).append(fraction))
    assert sorted(told) == [0, 1, 2]
    assert all(fractions[-1] == 1 and fractions == sorted(fractions) for fractions in told.values())
    assert run_networks([]) == []


def test_padding_changes_nothing(model: DuvTransformer) -> None:
    read = features(played_track(40).table())
    floats, indices, onset = (torch.from_numpy(x[None]) for x in (read.floats, read.indices, read.onset))
    alone = model(floats, indices, onset).velocity
    padded = [torch.cat([x, x[:, :24] * 0 + 1], dim=1) for x in (floats, indices, onset)]
    valid = torch.arange(64)[None] < 40
    torch.testing.assert_close(model(*padded, valid).velocity[:, :40], alone, atol=1e-4, rtol=1e-4)


def test_features_are_dropped_in_training_only(model: DuvTransformer) -> None:
    network = DuvTransformer(ModelConfig(width=32, layers=1, heads=2, ff=64, dropout=0.0, feature_dropout=0.5))
    network.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("blocks.1")})
    read = features(played_track(8).table())
    batch = [torch.from_numpy(x[None]) for x in (read.floats, read.indices, read.onset)]
    runs = {mode: [network.train(mode)(*batch).velocity for _ in range(2)] for mode in (True, False)}
    assert not torch.equal(*runs[True]) and torch.equal(*runs[False])


def test_rotation_is_relative() -> None:
    """Scores of rotated queries and keys depend on distances alone: moving a phrase by 3 beats changes none."""
    torch.manual_seed(0)
    onset = torch.tensor([[0.0, 0.5, 0.5, 2.0]])
    q, k = torch.randn(1, 2, 4, 8), torch.randn(1, 2, 4, 8)

    def scores(at: torch.Tensor) -> torch.Tensor:
        turn = Clocks(8)(at)
        return rotate(q, turn) @ rotate(k, turn).transpose(-1, -2)

    torch.testing.assert_close(scores(onset), scores(onset + 3.0), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(scores(onset)[:, 1], scores(onset * 2)[:, 1])


def test_chord_notes_share_the_beat_clock() -> None:
    cos, _ = Clocks(8)(torch.tensor([[0.0, 1.0, 1.0]]))
    torch.testing.assert_close(cos[0, 1, 1], cos[0, 1, 2])
    assert not torch.allclose(cos[0, 0, 1], cos[0, 0, 2])
