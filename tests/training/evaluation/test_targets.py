"""Gates and marks say what was measured, and pass nothing that was not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation import results as r
from duv_studio.training.evaluation import targets as t
from duv_studio.training.evaluation.file_safety import CHECKS


def split(name: str, family: Family, rows: dict[str, dict[str, object]], **safety: int) -> r.SplitResult:
    """A split of 20 files; a measure is a mean, around which the files vary by 0.05 at random."""
    made = []
    for row, measures in rows.items():
        noise = np.random.default_rng(len(made)).normal(0, 0.05, 20)
        files = {str(i): {m: v + noise[i] for m, v in measures.items()} for i in range(20)}
        made.append(r.Row(row, files, 2000))
    return r.SplitResult(name, family, False, tuple(made), name.endswith("performed"), safety=safety)


def verdicts(result: r.SplitResult) -> dict[str, str]:
    return {mark.what: mark.verdict for mark in t.measured_targets([result], 0)}


@pytest.mark.parametrize(
    ("reached", "verdict"), [(0.45, "missed"), (0.55, "reached"), (0.66, "reached, and the stretch")]
)
def test_a_mark_has_two_steps(reached, verdict):
    found = verdicts(split("piano · asap_NC", Family.PIANO, {r.EXPECTED: {"velocity_r": reached}}))
    assert found["velocity r"] == verdict
    assert found["articulation r"] == "not measured"


def test_small_families_must_certainly_be_ahead_of_both_baselines():
    rows = {"metrical lookup": {"velocity_r": 0.2}, r.BOOSTED: {"velocity_r": 0.29}, r.EXPECTED: {"velocity_r": 0.3}}
    found = verdicts(split("bass · open_multitrack", Family.BASS, rows))
    assert found["velocity r above metrical lookup"] == "reached"
    assert found["velocity r above gradient boosting"] == "missed"


def test_a_lead_of_nothing_is_no_lead():
    files = {str(i): {"velocity_r": i / 20} for i in range(20)}
    rows = tuple(r.Row(name, files, 2000) for name in ("metrical lookup", r.EXPECTED))
    same = r.SplitResult("bass · open_multitrack", Family.BASS, False, rows)
    assert verdicts(same)["velocity r above metrical lookup"] == "missed"
    assert "| interval > 0 |" in t.target_table(t.measured_targets([same], 0))


def test_four_files_decide_nothing():
    rows = tuple(
        r.Row(name, {str(i): {"velocity_r": value + i / 100, "velocity_sd_ratio": 1.0} for i in range(4)}, 400)
        for name, value in (("metrical lookup", 0.1), (r.EXPECTED, 0.6), (r.DEFAULT, 0.5))
    )
    found = verdicts(r.SplitResult("strings · bach_violin_audio", Family.STRINGS, False, rows))
    assert found["velocity r above metrical lookup"] == found["velocity sd ratio, sampled"] == "too few files"


def test_spread_must_be_neither_timid_nor_wild():
    for ratio, verdict in ((0.8, "missed"), (1.0, "reached, and the stretch"), (1.08, "reached"), (1.3, "missed")):
        found = verdicts(split("strings · x", Family.STRINGS, {r.DEFAULT: {"velocity_sd_ratio": ratio}}))
        assert found["velocity sd ratio, sampled"] == verdict


def test_rivals_from_outside_are_marks_of_their_own():
    rows = {"rival": {"velocity_r": 0.1}, r.EXPECTED: {"velocity_r": 0.3}, r.OTHERS: {"velocity_r": 0.7}}
    found = verdicts(split("piano · dev_piano", Family.PIANO, rows))
    assert found["velocity r above rival"] == "reached"
    assert found["AUC below rival"] == "not measured"
    assert not any("mean of the other" in what for what in found)


def test_the_table_names_what_was_aimed_at():
    rows = {r.EXPECTED: {"velocity_r": 0.55, "velocity_mae": 12.0}}
    text = t.target_table(t.measured_targets([split("piano · asap_NC performed", Family.PIANO, rows)], 0))
    assert re.search(r"\| ≥ 0.65 +\| ≥ 0.72 +\| missed +\|", text)
    assert re.search(r"\| ≤ 11 +\| ≤ 9.8 +\| missed +\|", text)
    assert "| 0.9–1.1 | 0.95–1.05 | not measured |" in text


def test_an_unsafe_file_fails_a_gate():
    clean = dict.fromkeys(CHECKS, 0) | {"files": 3, "notes": 100}
    (gate,) = t.release_gates([split("x · y", Family.OTHER, {}, **clean)])
    assert gate.passed and "nothing wrong" in gate.sentence
    (gate,) = t.release_gates([split("x · y", Family.OTHER, {}, **(clean | {"new overlaps": 2}))])
    assert not gate.passed and "new overlaps 2" in gate.sentence
