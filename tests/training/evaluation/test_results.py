"""One row against another: on the same files only, and with the interval of the difference itself."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.training.evaluation.metrics import Histograms, transport
from duv_studio.training.evaluation.results import Row, difference


def row(name: str, values: list[float], first: int = 0) -> Row:
    return Row(name, {str(first + i): {"velocity_r": v} for i, v in enumerate(values)}, 100)


def test_a_small_steady_lead_is_certain_although_the_files_differ_widely():
    files = np.random.default_rng(0).uniform(0, 1, 30)
    ours, theirs = row("ours", (files + 0.02).tolist()), row("theirs", files.tolist())
    assert ours.estimate("velocity_r", 0).low < theirs.estimate("velocity_r", 0).high
    ahead = difference(ours, theirs, "velocity_r", 0)
    assert (ahead.value, ahead.low, ahead.high) == pytest.approx((0.02, 0.02, 0.02))


def test_only_files_that_both_played_count():
    ahead = difference(row("ours", [0.5, 0.6, 0.7]), row("theirs", [0.1, 0.1], first=1), "velocity_r", 0)
    assert ahead.value == pytest.approx(0.55)
    assert not difference(row("ours", [0.5]), row("theirs", [0.5], first=7), "velocity_r", 0).known
    assert not difference(row("ours", [0.5]), row("theirs", [0.5]), "auc_velocity", 0).known


def test_measures_of_all_files_are_compared_on_the_same_resamples():
    rng = np.random.default_rng(1)
    human, output = rng.dirichlet(np.ones(255), 9), rng.dirichlet(np.ones(255), 9)
    of_all = Histograms(tuple("abcdefghi"), human, output, transport)
    same = Row("x", {}, 0, {"pooled_w1": of_all})
    ahead = difference(same, same, "pooled_w1", 0)
    assert (ahead.value, ahead.low, ahead.high) == (0, 0, 0)
    fewer = Row("y", {}, 0, {"pooled_w1": Histograms(tuple("ab"), human[:2], output[:2], transport)})
    assert not difference(same, fewer, "pooled_w1", 0).known
    assert same.estimate("pooled_w1", 0).low < same.mean["pooled_w1"] < same.estimate("pooled_w1", 0).high
