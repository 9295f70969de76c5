"""The verdict on players whose skill is known: better, the same, worse, timid, and with too few songs to tell."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.adapters.header import HARMS, IMPROVES, NO_CLEAR_CHANGE
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE, GAIN, STATISTICS_ONLY
from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.results import Row, paired_estimate
from duv_studio.training.lora.judge import judge as judging
from duv_studio.training.lora.judge.report import as_json, markdown, scores_of
from duv_studio.training.lora.judge.verdict import Judgement, judge, verdict
from tests.rule_player import RulePredictor, make_played

GUESSES, KNOWS, TIMID = RulePredictor(knows=False), RulePredictor(), RulePredictor(share=0.4)


def songs(number: int, family: Family = Family.PIANO, notes: int = 120) -> list:
    return [make_played(notes, seed=k, song=f"{k:03}", family=family) for k in range(number)]


def judged(base, adapter, number: int = 6, **how) -> Judgement:
    return judge(songs(number), {BASE: base, ADAPTER: adapter}, 0, **how)


@pytest.mark.parametrize("number", [3, 4, 6])
def test_who_knows_the_player_better_improves(number):
    said = verdict(judged(GUESSES, KNOWS, number))
    assert said.word == IMPROVES
    assert (
        "The agreement with the player's velocities (r) rises, and its whole interval lies above 0." in said.sentences
    )
    assert "The surprise at the player's velocities (NLL, nats a note) falls" in " ".join(said.sentences)
    assert any(f"; {number} unseen songs)." in sentence for sentence in said.sentences)


@pytest.mark.parametrize("number", [1, 2])
def test_too_few_songs_never_improve(number):
    said = verdict(judged(GUESSES, KNOWS, number))
    assert said.word == NO_CLEAR_CHANGE
    assert "at least 3 are needed to say that an adapter improves anything" in said.sentences[-1]
    assert "interval" not in "".join(said.sentences)


def test_no_song_at_all_is_said():
    for tracks in ([], songs(2, notes=20)):
        said = verdict(judge(tracks, {BASE: GUESSES, ADAPTER: KNOWS}, 0))
        assert said.word == NO_CLEAR_CHANGE
        assert said.sentences[0] == "No unseen song could be measured."
        assert "There is no unseen song" in said.sentences[1]


def test_the_same_playing_is_no_change():
    said = verdict(judged(KNOWS, KNOWS))
    assert said.word == NO_CLEAR_CHANGE
    assert said.sentences[-1] == "None of this is both clear of chance and enough to count."


@pytest.mark.parametrize("number", [1, 4, 6])
def test_who_knows_less_harms_however_few_the_songs(number):
    said = verdict(judged(KNOWS, GUESSES, number))
    assert said.word == HARMS
    assert "falls by" in said.sentences[0] and "which is more than 0.02" in said.sentences[0]


def test_who_plays_too_evenly_harms_though_the_agreement_stays():
    found = judged(KNOWS, TIMID)
    said = verdict(found)
    assert abs(found.gain("velocity_r").value) < 0.02
    assert said.word == HARMS
    assert any("outside 0.8 to 1.2" in sentence for sentence in said.sentences)
    assert any("NLL" in s and "rises, and its whole interval lies above 0" in s for s in said.sentences)


def test_a_base_that_was_no_better_does_not_make_a_spread_harmful():
    found = judged(TIMID, TIMID)
    assert found.row(ADAPTER).mean["velocity_sd_ratio"] < 0.8
    assert verdict(found).word == NO_CLEAR_CHANGE


def table(**gains: tuple[float, ...]) -> Judgement:
    """A judgement with these differences by song, of a base that is all zeros but for its spread."""
    number = len(next(iter(gains.values())))
    even = {"velocity_sd_ratio": 1.0}
    base = {str(k): dict.fromkeys(gains, 0.0) | even for k in range(number)}
    ours = {str(k): even | {m: base[str(k)][m] + d[k] for m, d in gains.items()} for k in range(number)}
    return Judgement(Family.PIANO, (Row(BASE, base, 100), Row(ADAPTER, ours, 100)), seed=0)


@pytest.mark.parametrize(
    ("gains", "word"),
    [
        ({"velocity_r": (0.1, 0.1, 0.1), "nll": (0.0, 0.0, 0.0)}, IMPROVES),
        ({"velocity_r": (0.3, 0.1, -0.1)}, NO_CLEAR_CHANGE),  # on the mean better, but not in every song
        ({"velocity_r": (-0.019, -0.019, -0.019)}, NO_CLEAR_CHANGE),
        ({"velocity_r": (-0.021, -0.021, -0.021)}, HARMS),
        ({"velocity_r": (0.5, -0.3, -0.3)}, HARMS),
        ({"velocity_r": (0.1, 0.1, 0.1), "nll": (0.1, 0.11, 0.1)}, HARMS),  # better in one way, worse in another
        ({"velocity_r": (0.1, 0.1, 0.1), "nll": (1.0, 0.1, -1.0)}, IMPROVES),
        ({"velocity_r": (0.0, 0.0, 0.0), "nll": (-0.1, -0.11, -0.1)}, IMPROVES),
        ({"velocity_r": (0.1, 0.1, 0.1), "articulation_r": (-0.1, -0.1, -0.1)}, HARMS),
        ({"velocity_r": (float("nan"),) * 3}, HARMS),
        ({"velocity_r": (0.001, 0.001, 0.001)}, NO_CLEAR_CHANGE),  # sure, and nothing that anyone hears
        ({"velocity_r": (0.001, 0.001, 0.001), "nll": (0.002, 0.002, 0.002)}, NO_CLEAR_CHANGE),
    ],
)
def test_what_decides(gains, word):
    assert verdict(table(**gains)).word == word


@pytest.mark.parametrize(("ratio", "word"), [(0.85, NO_CLEAR_CHANGE), (0.75, HARMS), (1.25, HARMS)])
def test_a_spread_that_leaves_its_bounds_harms(ratio, word):
    found = table(velocity_r=(0.0, 0.0, 0.0))
    ours = {song: m | {"velocity_sd_ratio": ratio} for song, m in found.row(ADAPTER).files.items()}
    assert verdict(replace(found, rows=(found.rows[0], replace(found.rows[1], files=ours)))).word == word


def test_only_what_the_adapter_moves_counts():
    worse_lengths = table(velocity_r=(0.1, 0.1, 0.1), articulation_r=(-0.1, -0.1, -0.1))
    assert verdict(replace(worse_lengths, targets=("velocity",))).word == IMPROVES
    assert verdict(replace(worse_lengths, targets=("dur_beats",))).word == HARMS
    spread = {song: m | {"velocity_sd_ratio": 0.1} for song, m in worse_lengths.row(ADAPTER).files.items()}
    lost = replace(worse_lengths, rows=(worse_lengths.rows[0], replace(worse_lengths.rows[1], files=spread)))
    assert "spread" not in " ".join(verdict(replace(lost, targets=("dur_beats",))).sentences)


def test_drums_have_no_lengths_to_be_judged_by():
    found = judge(songs(4, Family.DRUMS), {BASE: GUESSES, ADAPTER: KNOWS}, 0)
    assert "articulation_r" not in found.row(ADAPTER).mean
    assert verdict(found).word == IMPROVES
    assert "lengths" not in markdown(found)


def test_a_piano_without_pedal_is_judged_by_how_long_it_sounds():
    cut_short = [replace(t, played_duration=t.sustained_duration[::-1] / 9) for t in songs(3)]
    for tracks, near in (
        (songs(3), True),
        (cut_short, True),
        ([replace(t, family=Family.BASS) for t in cut_short], False),
    ):
        r = judge(tracks, {BASE: KNOWS, ADAPTER: KNOWS}, 0).row(ADAPTER).mean["articulation_r"]
        assert (r > 0.8) is near


def test_takes_of_a_song_are_one_song():
    takes = [replace(t, song="one" if k < 3 else f"{k}") for k, t in enumerate(songs(5))]
    found = judge(takes, {BASE: GUESSES, ADAPTER: KNOWS}, 0)
    assert found.songs == ("pop909/3", "pop909/4", "pop909/one")
    assert found.notes == 5 * 120


def test_everybody_plays_and_nothing_of_the_playing_is_told():
    heard = []

    class Listener(RulePredictor):
        def predict(self, song, settings):
            heard.append(song)
            return super().predict(song, settings)

    done = []
    players = {BASE: KNOWS, STATISTICS_ONLY: TIMID, ADAPTER: Listener()}
    found = judge(songs(3), players, 0, lambda k, n: done.append((k, n)))
    assert [row.name for row in found.rows] == [*judging.BASELINES, BASE, STATISTICS_ONLY, ADAPTER]
    assert done == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert len(heard) == 3
    for song in heard:
        for track in song.tracks:
            assert len(set(track.notes.velocity.tolist())) <= 1
            assert np.all(np.isin(track.notes.duration, (239, 240)))  # a tick less where the pitch comes again
    flat = found.row("flat").mean
    assert flat["velocity_r"] == flat["articulation_r"] == flat["velocity_sd_ratio"] == 0
    assert "nll" not in flat
    assert found.row(ADAPTER).mean["cover_80"] == pytest.approx(0.8, abs=0.1)


def test_the_same_seed_gives_the_same_judgement():
    first, second, other = (judge(songs(2), {ADAPTER: KNOWS}, seed) for seed in (0, 0, 1))
    assert [row.files for row in first.rows] == [row.files for row in second.rows]
    for name, measure in ((ADAPTER, "velocity_sd_ratio"), ("random jitter", "velocity_r")):
        assert first.row(name).mean[measure] != other.row(name).mean[measure]


def test_intervals_of_few_songs_are_those_of_t():
    found = paired_estimate([0.1, 0.2, 0.3], 0)
    assert found.value == pytest.approx(0.2)
    assert found.high - found.value == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-5)
    assert not np.isfinite(paired_estimate([0.1, 0.2], 0).low)
    many = paired_estimate([0.1, 0.2, 0.3, 0.2, 0.2], 0)
    assert 0.1 < many.low < many.value < many.high < 0.3


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    for number in (3, 4, 6, 12):
        found = [paired_estimate(rng.normal(0, 1, number).tolist(), k) for k in range(400)]
        assert 0.92 < np.mean([e.low < 0 < e.high for e in found]) < 0.985


def test_tables_scores_and_json_agree():
    found = judged(GUESSES, KNOWS)
    said = verdict(found)
    text, scores, content = re.sub(" +", " ", markdown(found, said)), scores_of(found), as_json(found, said)
    ours = found.row(ADAPTER).mean
    assert f"| adapter | 6 | 720 | {ours['velocity_r']:.3f} |" in text
    gain = found.gain("velocity_r")
    assert f"| {gain.value:+.3f} | {gain.low:+.3f} … {gain.high:+.3f} |" in text
    assert text.endswith(f"**Improves.** {' '.join(said.sentences)}")
    assert scores[ADAPTER]["nll"] == ours["nll"]
    assert scores[GAIN.format(BASE)]["velocity_r low"] == gain.low
    assert all(np.isfinite(value) for row in scores.values() for value in row.values())
    again = json.loads(json.dumps(content, allow_nan=False))
    assert (again["verdict"], again["songs"], again["scores"]) == (IMPROVES, 6, scores)
    assert set(again["files"][ADAPTER]) == {f"pop909/{k:03}" for k in range(6)}
    for block in text.split("\n\n")[:2]:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_a_judgement_of_nothing_can_be_shown():
    found = judge([], {BASE: GUESSES, ADAPTER: KNOWS}, 0)
    assert scores_of(found) == {}
    assert markdown(found, verdict(found)).startswith("**No clear change.** No unseen song")
    json.dumps(as_json(found, verdict(found)), allow_nan=False)
