"""Gates and marks say what was measured, and pass nothing that was not."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation import release_gates as gates
from duv_studio.training.evaluation import results as r
from duv_studio.training.evaluation import targets as t
from duv_studio.training.evaluation.confidence import Estimate
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
    assert found["length r, pedal in the file"] == "not measured"


def test_lengths_of_keys_are_asked_of_the_file_with_a_pedal_where_pianists_use_one():
    rows = {r.EXPECTED: {"duration_r": 0.1}, r.PEDAL: {"duration_r": 0.35}}
    assert verdicts(split("piano · dev_piano", Family.PIANO, rows))["length r, pedal in the file"] == "reached"
    assert verdicts(split("piano · pop909", Family.PIANO, rows))["length r"] == "missed"


def test_small_families_must_be_ahead_of_both_baselines_and_certainly_for_the_stretch():
    rows = {"metrical lookup": {"velocity_r": 0.2}, r.BOOSTED: {"velocity_r": 0.29}, r.EXPECTED: {"velocity_r": 0.3}}
    found = verdicts(split("bass · open_multitrack", Family.BASS, rows))
    assert found["velocity r above metrical lookup"] == "reached, and the stretch"
    assert found["velocity r above gradient boosting"] == "reached"
    behind = verdicts(split("bass · open_multitrack", Family.BASS, rows | {r.BOOSTED: {"velocity_r": 0.4}}))
    assert behind["velocity r above gradient boosting"] == "missed"


def test_small_families_must_be_ahead_of_the_first_base():
    for name, reached, verdict in (("strings · rwc_NC", 0.3, "reached"), ("guitar · rwc_NC", 0.3, "missed")):
        found = verdicts(split(name, Family(name.split()[0]), {r.EXPECTED: {"velocity_r": reached}}))
        assert found["velocity r above the first base's"] == verdict


def test_every_drummer_must_be_played_better_than_the_lookup_plays():
    rows = {"metrical lookup": {"velocity_r": 0.4}, r.EXPECTED: {"velocity_r": 0.6}}
    whole = split("drums · gmd unseen", Family.DRUMS, rows)
    worse = {str(i): {"velocity_r": 0.3} for i in range(10)}
    ours = r.Row(r.EXPECTED, {**whole.rows[1].files, **worse}, 2000)
    parts = (r.Part("drummer3", tuple(map(str, range(10)))), r.Part("drummer7", tuple(map(str, range(10, 20)))))
    found = verdicts(replace(whole, rows=(whole.rows[0], ours), parts=parts))
    assert found["drummer3: velocity r above metrical lookup"] == "missed"
    assert found["drummer7: velocity r above metrical lookup"] == "reached"


@pytest.mark.parametrize(
    ("family", "auc", "verdict"),
    [
        (Family.PIANO, 0.65, "reached"),
        (Family.PIANO, 0.67, "missed"),
        (Family.DRUMS, 0.65, "missed"),
        (Family.DRUMS, 0.59, "reached, and the stretch"),
    ],
)
def test_piano_and_drums_must_be_hard_to_tell_from_players(family, auc, verdict):
    class Told:
        files = tuple("abcdefg")

        def value(self, counts=None):
            return auc

    row = r.Row(r.DEFAULT, {}, 100, {"auc_velocity": Told()})
    assert verdicts(r.SplitResult("x", family, False, (row,)))["AUC of notes, sampled"] == verdict
    assert "AUC of notes, sampled" not in verdicts(r.SplitResult("x", Family.BASS, False, (row,)))


def test_files_that_all_calibrated_do_not_say_whether_it_went_well():
    made = split("bass · x", Family.BASS, {r.DEFAULT: {"velocity_sd_ratio": 1.0}})
    assert verdicts(made)["velocity sd ratio, sampled"] == "reached, and the stretch"
    assert verdicts(replace(made, all_calibrate=True))["velocity sd ratio, sampled"] == "not measured"


def test_sets_of_few_files_judge_the_spread_of_their_family_together():
    def few(name: str, files: int) -> r.SplitResult:
        row = r.Row(r.DEFAULT, {f"{name}{i}": {"velocity_sd_ratio": 0.98} for i in range(files)}, 100)
        return r.SplitResult(f"guitar · {name}", Family.GUITAR, False, (row,))

    found = {(mark.split, mark.what): mark.verdict for mark in t.measured_targets([few("a", 3), few("b", 4)], 0)}
    assert found["guitar · a", "velocity sd ratio, sampled"] == "too few files"
    assert found["guitar · all sets", "velocity sd ratio, sampled"] == "reached, and the stretch"
    enough = t.measured_targets([few("a", 3), few("b", 5)], 0)
    assert not [mark for mark in enough if mark.split == "guitar · all sets"]


@pytest.mark.parametrize(
    ("bounds", "said", "inside", "outside"),
    [
        (t.Bounds(0.5), "≥ 0.5", 0.5, 0.49),
        (t.Bounds(high=0.5), "≤ 0.5", 0.5, 0.51),
        (t.Bounds(0.9, 1.1), "0.9–1.1", 1.1, 1.2),
        (t.LEAD, "> 0", 0.01, 0.0),
    ],
)
def test_bounds_hold_what_they_say(bounds, said, inside, outside):
    assert str(bounds) == said
    assert bounds.contains(inside) and not bounds.contains(outside)
    assert bounds.hold(Estimate(inside, -9, 9)) and not bounds.hold(Estimate(outside, inside, inside))


def test_a_sure_lead_is_asked_of_the_whole_interval():
    assert t.SURE_LEAD.hold(Estimate(0.1, 0.01, 0.2))
    assert not t.SURE_LEAD.hold(Estimate(0.1, -0.01, 0.2))


def test_a_lead_of_nothing_is_no_lead():
    files = {str(i): {"velocity_r": i / 20} for i in range(20)}
    rows = tuple(r.Row(name, files, 2000) for name in ("metrical lookup", r.EXPECTED))
    same = r.SplitResult("bass · open_multitrack", Family.BASS, False, rows)
    assert verdicts(same)["velocity r above metrical lookup"] == "missed"
    assert re.search(r"\| > 0 +\| interval > 0 \|", t.target_table(t.measured_targets([same], 0)))


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
    assert re.search(r"\| ≥ 0.45 +\| ≥ 0.65 +\| reached +\|", text)
    assert re.search(r"\| ≤ 11 +\| ≤ 9.8 +\| missed +\|", text)
    assert "| 0.9–1.1 | 0.95–1.05 | not measured |" in text


def test_an_unsafe_file_fails_a_gate():
    clean = dict.fromkeys(CHECKS, 0) | {"files": 3, "notes": 100}
    (gate,) = gates.release_gates([split("x · y", Family.OTHER, {}, **clean)])
    assert gate.passed and "nothing wrong" in gate.sentence
    (gate,) = gates.release_gates([split("x · y", Family.OTHER, {}, **(clean | {"new overlaps": 2}))])
    assert not gate.passed and "new overlaps 2" in gate.sentence
