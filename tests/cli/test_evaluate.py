"""The evaluation from played tracks to tables, gates and exit status, with humanizers whose skill is known."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from duv_studio.cli import evaluate
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from duv_studio.training.data import evaluation_splits
from duv_studio.training.data.evaluation_splits import Limit, corpus_splits, pair_split, spread, training_tracks
from duv_studio.training.evaluation import boosting_baseline as boosting
from duv_studio.training.evaluation import discriminator, release_gates, results, tables
from duv_studio.training.evaluation import evaluate as evaluation
from duv_studio.training.evaluation import file_safety as safety
from duv_studio.training.evaluation.comparison import compare, passage
from tests.rule_player import RulePredictor, make_played

PIANO, DRUMS = "piano · pop909", "drums · gmd"


@pytest.fixture(autouse=True)
def no_classifier(request, monkeypatch):
    """Classifiers take most of an evaluation's time: only the test that asks for them has them."""
    if "classifier" not in request.fixturenames:
        for module in (discriminator, boosting):
            monkeypatch.setattr(module, "find_spec", lambda name: None)


@pytest.fixture(autouse=True)
def no_calibration(monkeypatch):
    """Every held-out song judges, but where a test says otherwise."""
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: False)


@pytest.fixture
def classifier():
    pytest.importorskip("sklearn")


def corpus(dev: int = 4, train: int = 8) -> list:
    """Piano songs and drum takes, some held out."""
    tracks = []
    for family, name in ((Family.PIANO, "pop909"), (Family.DRUMS, "gmd")):
        for i in range(dev + train):
            part = "dev" if i < dev else "train"
            tracks.append(make_played(160, seed=i, corpus=name, song=f"{i:03}", family=family, split=part))
    return tracks


def judge(model, tracks=None, seed: int = 0) -> dict[str, results.SplitResult]:
    tracks = corpus() if tracks is None else tracks
    settings = replace(Settings(), intensity=1.0, seed=seed)
    return {r.name: r for r in compare(model, settings, corpus_splits(tracks), tracks)}


def test_splits_hold_the_held_out_songs_of_a_family_and_corpus():
    tracks = [*corpus(), make_played(160, seed=77, song="000"), make_played(20, song="too short")]
    piano, drums = sorted(corpus_splits(tracks), key=lambda s: s.name, reverse=True)
    assert [p.name for p in piano.pieces] == ["000", "001", "002", "003"]
    assert len(piano.pieces[0].tracks) == 2
    assert (piano.name, drums.name, piano.gated, drums.gated) == (PIANO, DRUMS, True, True)
    assert not corpus_splits([make_played(corpus="elsewhere")])[0].gated


def test_a_limit_takes_songs_from_the_whole_corpus():
    assert spread(list("abcdefghi"), 3) == ["a", "e", "i"]
    assert spread(list("ab"), 3) == ["a", "b"]
    assert [len(s.pieces) for s in corpus_splits(corpus(), limit=Limit(2))] == [2, 2]


def test_a_limit_of_notes_takes_as_many_songs_as_hold_them():
    assert [len(s.pieces) for s in corpus_splits(corpus(), limit=Limit(notes=500))] == [3, 3]
    assert Limit(notes=10).of("abc", [100, 100, 100]) == ["a"]
    assert Limit(2, 10_000).of("abc", [100, 100, 100]) == ["a", "c"]
    assert Limit().of("abc", [100, 100, 100]) == ["a", "b", "c"]


def test_the_lookup_learns_nothing_from_held_out_songs():
    tracks = corpus(dev=4, train=3)
    (piano,) = (s for s in corpus_splits(tracks) if s.family is Family.PIANO)
    training = training_tracks(tracks, piano)
    assert len(training) == 3
    held_out = {track.human.velocity.tobytes() for piece in piano.pieces for track in piece.tracks}
    assert not held_out & {lesson.velocity.tobytes() for lesson in training}
    drums = [track for track in tracks if track.family is Family.DRUMS]
    assert training_tracks(drums, piano) == []


def test_baselines_learn_what_the_model_learned_from():
    tracks = corpus(dev=4, train=3)
    (piano,) = (s for s in corpus_splits(tracks) if s.family is Family.PIANO)
    other = [make_played(corpus="elsewhere", split="train", seed=s) for s in range(2)]
    assert {t.corpus for t in training_tracks([*tracks, *other], piano, ["pop909", "elsewhere"])} == {"pop909"}
    assert {t.corpus for t in training_tracks([*tracks, *other], piano, ["elsewhere"])} == {"elsewhere"}
    free = [replace(track, free=True) for track in other]
    assert training_tracks([*tracks, *free, *other], piano, ["elsewhere"]) == other
    assert training_tracks([*tracks, *free], piano, ["elsewhere"]) == free


def test_unseen_drummers_are_a_split_of_their_own():
    drums = [track for track in corpus() if track.corpus == "gmd"]
    unseen = [replace(track, player="drummer3", split="dev") for track in drums[:3]]
    assert [s.name for s in corpus_splits([*drums, *unseen])] == ["drums · gmd", "drums · gmd unseen"]
    split = corpus_splits(unseen)[0]
    assert len(training_tracks(drums, split)) == 8


def test_a_humanizer_that_knows_the_player_beats_every_baseline():
    judged = judge(RulePredictor())
    for split in (PIANO, DRUMS):
        ours = judged[split].mean(results.EXPECTED, "velocity_r")
        for baseline in results.BASELINES:
            assert ours > judged[split].mean(baseline, "velocity_r") + 0.1
    assert judged[PIANO].mean(results.EXPECTED, "duration_r") > 0.8
    assert judged[PIANO].mean("flat", "velocity_r") == 0
    assert judged[PIANO].mean("flat", "velocity_sd_ratio") == 0
    assert all(gate.passed for gate in release_gates.release_gates(list(judged.values())))


def test_variation_costs_correlation_and_keeps_the_spread():
    piano = judge(RulePredictor())[PIANO]
    r = [piano.mean(row, "velocity_r") for row in (results.EXPECTED, results.DEFAULT, results.FULL)]
    assert r == sorted(r, reverse=True)
    for row in (results.EXPECTED, results.DEFAULT, results.FULL):
        assert piano.mean(row, "velocity_sd_ratio") == pytest.approx(1, abs=0.15)


def test_a_humanizer_that_guesses_fails_the_gates_on_correlation():
    checks = release_gates.release_gates(list(judge(RulePredictor(knows=False)).values()))
    failed = [gate.sentence for gate in checks if not gate.passed]
    assert any(PIANO in s and "metrical lookup" in s for s in failed)
    assert any(DRUMS in s and "metrical lookup" in s for s in failed)


def test_a_timid_humanizer_fails_only_the_gate_on_spread():
    checks = release_gates.release_gates(list(judge(RulePredictor(share=0.3)).values()))
    assert [gate.sentence.split(": ")[1][:17] for gate in checks if not gate.passed] == ["velocity sd ratio"] * 2


def test_a_lookup_that_could_not_learn_is_left_out_and_fails_its_gate():
    tracks = [track for track in corpus() if track.split == "dev"]
    judged = judge(RulePredictor(), tracks)
    assert "metrical lookup" not in [row.name for row in judged[PIANO].rows]
    failed = [gate.sentence for gate in release_gates.release_gates(list(judged.values())) if not gate.passed]
    assert len(failed) == 2
    assert all("not measured" in sentence for sentence in failed)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others():
    first, second, other = (judge(RulePredictor(), seed=seed)[PIANO] for seed in (0, 0, 1))
    assert [row.files for row in first.rows] == [row.files for row in second.rows]
    assert first.mean(results.FULL, "velocity_r") != other.mean(results.FULL, "velocity_r")
    assert first.mean(results.EXPECTED, "velocity_r") == other.mean(results.EXPECTED, "velocity_r")


def test_a_file_is_played_the_same_whatever_else_is_evaluated():
    tracks = corpus()
    alone = judge(RulePredictor(), [t for t in tracks if t.split == "train" or t.song == "002"])[PIANO]
    among = judge(RulePredictor(), tracks)[PIANO]
    for one, many in zip(alone.rows, among.rows, strict=True):
        assert one.files["002"] == many.files["002"]


def test_the_model_is_told_nothing_of_the_playing():
    heard = []

    class Listener(RulePredictor):
        def predict(self, song, settings):
            heard.append(song)
            return super().predict(song, settings)

    judge(Listener())
    assert len(heard) == 8  # once a file, however many ways it is rendered
    for song in heard:
        for track in song.tracks:
            assert len(set(track.notes.velocity.tolist())) <= 1
            assert np.all(track.notes.onset % 240 == 0)


def test_tables_have_a_row_for_everybody_and_a_cell_for_every_column():
    text = tables.markdown(judge(RulePredictor(), corpus(dev=5))[DRUMS], seed=0)
    blocks = text.split("\n\n")
    assert blocks[0] == f"### {DRUMS}"
    first = blocks[1].splitlines()
    assert len(first) == 2 + 7
    assert all(
        line.endswith(" – |") for line in blocks[2].splitlines()[2:]
    )  # AUC: without scikit-learn no one tells them apart
    assert re.search(r"\| flat +\| +5 \| +800 \| +0.000 \| +0.000 … 0.000 \|", text)
    for block in blocks:
        lines = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1
    assert "duration" not in text and "lengths" not in text  # nothing is known of how long drums are held
    assert re.search(r"\| the player +\| +5 \| +800 \| +– \|", text)
    (ahead,) = [line for line in text.splitlines() if line.startswith("| metrical lookup | +")]
    assert ahead.count("…") == 2  # r and MAE: there are no lengths and no classifier
    assert "Safety, 5 files written and read back" in text


def test_the_models_own_distributions_are_checked():
    judged = judge(RulePredictor())[PIANO]
    assert judged.mean(results.EXPECTED, "cover_80") == pytest.approx(0.8, abs=0.05)
    assert judged.mean(results.EXPECTED, "pooled_overlap") > judged.mean("flat", "pooled_overlap") + 0.3
    assert abs(judged.mean(results.DEFAULT, "velocity_sd_local") - 1) < 0.2
    assert judged.safety["files"] == 4
    assert not any(judged.safety[name] for name in safety.CHECKS)


def test_songs_that_calibrated_the_model_say_nothing_of_its_calibration(monkeypatch):
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: track.song in ("000", "002"))
    judged = judge(RulePredictor())[PIANO]
    assert judged.judges == 2
    row = judged.row(results.EXPECTED)
    assert [sorted(f for f, m in row.files.items() if name in m) for name in ("velocity_r", "velocity_sd_ratio")] == [
        ["000", "001", "002", "003"],
        ["001", "003"],
    ]
    assert row.pooled["pooled_w1"].files == ("001", "003")
    assert "of the 2 of these 4 files on which no model is calibrated" in tables.markdown(judged, 0)
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: True)
    kinder = judge(RulePredictor())[PIANO]
    assert kinder.judges == 4
    assert "of files that all served to calibrate models" in tables.markdown(kinder, 0)
    assert not judged.all_calibrate and "served to calibrate" not in tables.markdown(judged, 0)


def test_a_recording_that_calibrated_on_its_score_judges_nothing_with_its_own_timing(monkeypatch):
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: (track.corpus, track.song) == ("asap_NC", "000"))
    own_timing = [replace(make_played(160, corpus="asap_NC performed", song=f"{k:03}"), free=True) for k in range(3)]
    (split,) = corpus_splits(own_timing)
    assert split.judges == {"001", "002"}


def test_somebody_who_played_no_file_that_judges_has_no_distribution(monkeypatch):
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: track.song == "000")
    takes = [make_played(160, corpus="asap_NC", song=f"{k:03}") for k in range(3)]
    other = replace(takes[0], player="Somebody Else", velocity=takes[0].velocity[::-1])
    split = judge(RulePredictor(), [*takes, other])["piano · asap_NC"]
    another_player = split.row(results.ANOTHER)
    assert list(another_player.files) == ["000"]
    assert not another_player.pooled
    assert tables.markdown(split, 0)


def test_the_passage_of_a_single_chord_is_all_of_it():
    chord = make_played(40, song="000")
    at_once = replace(chord, onset=np.zeros(40), beat=np.zeros(40), bar=np.zeros(40, int), pitch=np.arange(40, 80))
    (split,) = corpus_splits([at_once])
    assert len(passage(split.pieces[0], {}).onset) == 40


def test_the_passage_shown_is_as_uneven_as_the_whole():
    played = make_played(160, song="000")
    calm_first = replace(played, velocity=np.where(np.arange(160) < 120, 64.0, played.velocity))
    (split,) = corpus_splits([calm_first])
    shown = passage(split.pieces[0], {"flat": [split.pieces[0].tracks[0].human]})
    assert 0 < np.std(shown.velocity[results.PLAYER]) < np.std(calm_first.velocity[120:])
    assert shown.onset[0] == 0 and shown.onset[-1] < 16
    assert np.array_equal(shown.velocity["flat"], shown.velocity[results.PLAYER])


def test_with_scikit_learn_there_are_classifiers_and_gradient_boosting(classifier):
    tracks = [track for track in corpus(train=4) if track.corpus == "pop909"]
    piano = judge(RulePredictor(), tracks)[PIANO]
    assert piano.mean("flat", "auc_velocity") > 0.99
    assert piano.mean(results.DEFAULT, "auc_both") < piano.mean("flat", "auc_both")
    assert piano.mean(results.BOOSTED, "velocity_r") > piano.mean("metrical lookup", "velocity_r") + 0.1
    assert piano.mean(results.BOOSTED, "velocity_sd_ratio") < 0.9
    assert piano.mean(results.BOOSTED_EXPECTED, "velocity_sd_ratio") == pytest.approx(1, abs=0.2)
    assert piano.mean(results.BOOSTED_EXPECTED, "velocity_r") > piano.mean(results.BOOSTED_DEFAULT, "velocity_r")
    text = tables.markdown(piano, seed=0)
    assert "AUC vel+dur" in text
    assert "| gradient boosting | +" in text  # how much ours is ahead


class StubHumanizer(RulePredictor):
    """Stands for a loaded model."""

    name, description, path = "stub", "A stub", Path("stub")

    def __init__(self, model: str | None = None, *, precision: str | None = None, adapter: str = "auto") -> None:
        super().__init__(knows=model != "guesser")


@pytest.fixture
def command(monkeypatch):
    """Runs the command on the made-up corpus and returns its exit status."""
    from duv_studio.engine.humanizer import humanizer
    from duv_studio.training.data.corpora import registry

    monkeypatch.setattr(humanizer, "Humanizer", StubHumanizer)
    monkeypatch.setattr(evaluation, "read_header", lambda path: SimpleNamespace(sets=("pop909", "gmd")))
    monkeypatch.setattr(evaluation, "load_network", lambda path: None)
    monkeypatch.setattr(evaluation, "sets_in", lambda folder: [])
    monkeypatch.setattr(registry, "load_corpora", lambda folder, sets: corpus())

    def run(*arguments: str) -> int:
        parser = argparse.ArgumentParser()
        evaluate.add_arguments(parser)
        return evaluate.run(parser.parse_args(arguments))

    return run


def test_command_prints_tables_and_gates(command, capsys):
    assert command("--data", "somewhere", "--gate", "--no-proofs") == 0
    out, err = capsys.readouterr()
    assert out.count("\n### ") == 3
    assert "A stub" in out
    assert out.count("pass  ") == 13
    assert "FAIL" not in out
    assert "piano · pop909: 4 files" in err


def test_a_model_that_reads_no_velocities_is_no_release(command, capsys):
    assert command("--data", "somewhere", "--gate", "--limit", "1") == 1
    out = capsys.readouterr().out
    assert "### piano · pop909: is it copied, is it heard?" in out
    failed = [line for line in out.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2 and all("human input comes back: r(out, human)" in line for line in failed)


def test_questions_are_asked_of_files_that_calibrated_nothing(command, monkeypatch):
    requested = []
    monkeypatch.setattr(evaluation_splits, "calibrates", lambda track: track.song in ("000", "002"))
    monkeypatch.setattr(
        evaluation, "run_sanity_checks", lambda model, pieces, *_: requested.extend(p.name for p in pieces) or []
    )
    assert command("--data", "somewhere") == 0
    assert requested == ["001", "003"] * 2


def test_a_failed_gate_counts_only_when_it_is_asked_for(command, capsys):
    assert command("--data", "somewhere", "--model", "guesser", "--no-proofs") == 0
    assert "FAIL  " in capsys.readouterr().out
    assert command("--data", "somewhere", "--model", "guesser", "--gate", "--no-proofs") == 1


@pytest.mark.parametrize(
    ("tracks", "said"), [([], "no track to evaluate"), ([make_played(corpus="elsewhere")], "decides about a release")]
)
def test_a_gate_is_not_passed_by_measuring_nothing(command, monkeypatch, tracks, said):
    monkeypatch.setattr("duv_studio.training.data.corpora.registry.load_corpora", lambda folder, sets: tracks)
    with pytest.raises(DuvError, match=said):
        command("--data", "somewhere", "--gate")


def test_json_holds_every_file(command, monkeypatch, tmp_path):
    monkeypatch.setattr("duv_studio.training.data.corpora.registry.load_corpora", lambda folder, sets: corpus(dev=6))
    path = tmp_path / "result.json"
    command("--data", "somewhere", "--limit", "5", "--json", str(path), "--seed", "5")
    content = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    requested = {"intensity": 1.0, "limit": 5, "notes": 50_000, "split": "dev", "seed": 5}
    assert content["about"] == {"model": "stub"} | requested
    row = content["splits"][PIANO]["ours, variation 0.5"]
    assert sorted(row["files"]) == ["000", "001", "002", "004", "005"]
    assert row["mean"]["velocity_r"] == pytest.approx(np.mean([f["velocity_r"] for f in row["files"].values()]))
    assert len(content["gates"]) == 13 + 2 * 5
    assert len(content["proofs"][PIANO]) == 12
    assert {mark["split"] for mark in content["marks"]} == {PIANO, DRUMS}
    ahead = content["differences"][PIANO][f"velocity_r: {results.EXPECTED} minus metrical lookup"]
    assert ahead[1] < ahead[0] < ahead[2]
    assert set(row["intervals"]) >= {"velocity_r", "velocity_mae", "velocity_sd_ratio", "duration_r"}


def test_pairs_are_a_split_by_the_name_of_their_folder(tmp_path):
    from tests.training.data.test_pairs import write_pair

    folder = tmp_path / "my_pairs" / "deadpan"
    folder.mkdir(parents=True)
    write_pair(folder)
    split = pair_split(folder)
    assert (split.name, split.gated, len(split.pieces)) == ("piano · my_pairs", True, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to evaluate"),
        (["--data", "x", "--intensity", "1.5"], "intensity"),
        (["--data", "x", "--outputs", "rival=."], "on pairs only"),
        (["--data", "x", "--json", "no/such/folder/x.json"], "no such folder"),
        (["--data", "x", "--json", "."], "this is a folder"),
        (["--data", "x", "--pictures", __file__], "this is a file"),
    ],
)
def test_what_cannot_work_is_said_at_once(command, arguments, said):
    with pytest.raises(DuvError, match=said):
        command(*arguments)


@pytest.mark.parametrize(
    ("option", "wrong"), [("--limit", "0"), ("--limit", "many"), ("--seed", "-1"), ("--seed", "x")]
)
def test_a_wrong_number_is_refused(command, option, wrong):
    with pytest.raises(SystemExit):
        command("--data", "x", option, wrong)


def test_a_missing_classifier_is_said(command, capsys):
    command("--data", "somewhere", "--limit", "1", "--no-proofs")
    assert "scikit-learn is not installed" in capsys.readouterr().err


def test_classifiers_can_be_left_out(command, capsys, classifier):
    command("--data", "somewhere", "--no-auc", "--limit", "3", "--no-proofs")
    blocks = capsys.readouterr().out.split("\n\n")
    flat = [line for block in blocks if "AUC vel" in block for line in block.splitlines() if line.startswith("| flat")]
    assert len(flat) == 2
    assert all(line.endswith(" – |") for line in flat)
    assert not any("AUC phrases" in block for block in blocks)
