"""Evaluations of several models side by side."""

from __future__ import annotations

import json

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.report import save_json
from duv_studio.training.evaluation.results import BOOSTED, EXPECTED, PEDAL, PLAYER, Row, SplitResult
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


def test_lengths_are_compared_as_keys_where_a_pedal_was_given(tmp_path):
    assert "| piano · a | 5 | 0.200 (0.200…0.200) |" in tables([evaluation(tmp_path, "open", 0.5)])


def test_only_the_named_splits(tmp_path):
    found = [evaluation(tmp_path, "open", 0.5, ("piano · a", "drums · b"))]
    assert "drums · b" in tables(found)
    assert "drums · b" not in tables(found, ["piano · a"])
