"""Evaluations of several models side by side."""

from __future__ import annotations

import json

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.report import save_json
from duv_studio.training.evaluation.results import BOOSTED, DEFAULT, EXPECTED, PEDAL, PLAYER, Row, SplitResult
from tools.compare_bases import tables


def evaluation(path, model: str, ours: float, splits: tuple[str, ...] = ("piano · a",)) -> dict:
    results = []
    for split in splits:
        rows = {
            PLAYER: {"velocity_r": 1.0},
            BOOSTED: {"velocity_r": 0.4},
            EXPECTED: {"velocity_r": ours, "duration_r": 0.1},
            PEDAL: {"duration_r": 0.2},
        }
        made = tuple(Row(name, dict.fromkeys("abcde", m), 9) for name, m in rows.items())
        results.append(SplitResult(split, Family.PIANO, False, made))
    save_json(path / "figures.json", results, {"model": model, "seed": 0}, [], [], {})
    return json.loads((path / "figures.json").read_text(encoding="utf-8"))


def test_every_model_is_a_column_and_every_split_a_line(tmp_path):
    found = [evaluation(tmp_path, "open", 0.5), evaluation(tmp_path, "research", 0.6, ("piano · a", "drums · b"))]
    agreement = tables(found).split("\n\n")[1].splitlines()
    assert agreement[0] == "| split | files | gradient boosting | open | research |"
    assert agreement[2].startswith("| piano · a | 5 | 0.400 (0.400…0.400) | 0.500 (0.500…0.500) | 0.600 ")
    assert agreement[3].split(" | ")[3] == "–", "what a model was not asked is a dash"


def test_lengths_from_a_file_with_a_pedal_are_named_and_stand_beside_those_without(tmp_path):
    lines = tables([evaluation(tmp_path, "open", 0.5)]).split("**Length r (as played on keys)**")[1].splitlines()
    assert lines[4] == "| piano · a (pedal in the file) | 5 | 0.200 (0.200…0.200) |"
    assert lines[5] == "| piano · a | 5 | 0.100 (0.100…0.100) |"


def test_a_question_that_no_split_answers_has_no_table(tmp_path):
    text = tables([evaluation(tmp_path, "open", 0.5)])
    assert text.count("**") == 2 * 2
    assert "Bar-mean r" not in text


def spread_of(path, judges: int, all_calibrate: bool) -> str:
    files = {file: {"velocity_sd_ratio": 1.0} for file in "abcde"}
    rows = tuple(Row(name, files, 9) for name in (PLAYER, DEFAULT))
    made = SplitResult("bass · a", Family.BASS, False, rows, judges=judges, all_calibrate=all_calibrate)
    save_json(path / "figures.json", [made], {"model": "open", "seed": 0}, [], [], {})
    return tables([json.loads((path / "figures.json").read_text(encoding="utf-8"))])


def test_spread_says_how_many_files_judge_and_that_none_does(tmp_path):
    assert "| bass · a | 3 | 1.00 (1.00…1.00) |" in spread_of(tmp_path, 3, all_calibrate=False)
    assert "| bass · a (every file calibrates) | 5 | 1.00 " in spread_of(tmp_path, 5, all_calibrate=True)


def test_only_the_named_splits(tmp_path):
    found = [evaluation(tmp_path, "open", 0.5, ("piano · a", "drums · b"))]
    assert "drums · b" in tables(found)
    assert "drums · b" not in tables(found, ["piano · a"])
