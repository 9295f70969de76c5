"""What is read of a run's result, and how it is said and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from duv_studio.engine.adapters.header import HARMS, IMPROVES
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE, GAIN, LOOKUP, STATISTICS_ONLY
from duv_studio.errors import DuvError
from duv_studio.training.lora.judge import report
from duv_studio.ui.wizard.result.gain_plot import GainPlot, GainRow, places_of, signed
from duv_studio.ui.wizard.result.run_result import read_run_result
from duv_studio.ui.wizard.result.score_table import ROWS, SHOWN, gain_rows, table
from duv_studio.ui.wizard.result.verdict_card import VerdictCard, reasons

SCORES = {
    "base": {"velocity_r": 0.5, "nll": 4.0},
    "adapter": {"velocity_r": 0.6, "nll": 3.8, "velocity_sd_ratio": 0.98},
    "flat": {"velocity_r": 0.0},
    GAIN.format("base"): {"velocity_r": 0.1, "velocity_r low": 0.05, "velocity_r high": 0.15, "nll": -0.2},
}


def write_result(folder: Path, **said: Any) -> Path:
    folder.mkdir(exist_ok=True)
    known = {"status": "finished", "verdict": IMPROVES, "why": ["It rises."], "checks": [], "unseen_songs": SCORES}
    (folder / "result.json").write_text(json.dumps(known | said))
    return folder


def test_a_result_is_read_whole(tmp_path: Path) -> None:
    checks = [{"name": "The adapter learned something", "passed": False, "said": "3 are still 0"}]
    (tmp_path / "run.json").write_text(json.dumps({"recipe": {"base_checkpoint": "base-open"}}))
    found = read_run_result(write_result(tmp_path, checks=checks))
    assert (found.verdict, found.sentences, found.base, found.header) == (IMPROVES, ("It rises.",), "base-open", None)
    assert [c.passed for c in found.checks] == [False]
    gain = found.gain("velocity_r")
    assert gain is not None and gain.clear and (gain.low, gain.high) == (0.05, 0.15)
    assert found.gain("nll").low is None and found.gain("articulation_r") is None  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "[]", '{"checks": []}', '{"status": "finished", "unseen_songs": {"base": 3}}'])
def test_a_damaged_result_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(DuvError, match="damaged"):
        read_run_result(tmp_path)


def test_a_run_without_an_end_is_said(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="no training has ended"):
        read_run_result(tmp_path)


def test_a_result_of_before_is_none_of_the_run_that_was_cut_off(tmp_path: Path) -> None:
    write_result(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"status": "running", "recipe": {}}))
    with pytest.raises(DuvError, match="no training has ended"):
        read_run_result(tmp_path)


def test_measures_and_rows_are_those_that_a_training_writes() -> None:
    assert {shown.name for shown in SHOWN} <= {name for name, *_ in report.COLUMNS}
    assert (GAIN, BASE, LOOKUP) == ("adapter minus {}", "base", "metrical lookup")
    assert {key for key, _ in ROWS} == {BASE, STATISTICS_ONLY, ADAPTER, "flat", LOOKUP}


def test_the_table_has_what_was_measured(tmp_path: Path) -> None:
    columns, rows = table(read_run_result(write_result(tmp_path)))
    assert [c.name for c in columns] == ["velocity_r", "nll", "velocity_sd_ratio"]
    assert rows == [
        ("Base model", ["0.500", "4.000", "–"]),
        ("With the adapter", ["0.600", "3.800", "0.98"]),
        ("Does nothing", ["0.000", "–", "–"]),
    ]


WITHOUT_BASE: dict[str, Any] = {
    "kind": "model",
    "unseen_songs": {
        LOOKUP: {"velocity_r": 0.4},
        "adapter": {"velocity_r": 0.6, "nll": 3.8},
        GAIN.format(LOOKUP): {"velocity_r": 0.2, "velocity_r low": 0.1, "velocity_r high": 0.3},
    },
}


def test_a_model_without_a_base_is_shown_beside_the_lookup(tmp_path: Path) -> None:
    found = read_run_result(write_result(tmp_path, **WITHOUT_BASE))
    assert table(found)[1] == [("Mean of each place in the bar", ["0.400", "–"]), ("Trained model", ["0.600", "3.800"])]
    assert [(row.value, row.clear) for row in gain_rows(found)] == [(0.2, 1)]


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        (IMPROVES, "It plays more like you than the mean of each place in the bar"),
        (HARMS, "The mean of each place in the bar plays better"),
        ("no clear change", "No clear change"),
    ],
)
def test_a_model_without_a_base_is_not_compared_with_one(
    verdict: str, headline: str, tmp_path: Path, qtbot: QtBot
) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    figures = "Agreement: 0.400 with the metrical lookup, 0.600 with the model."
    why = ["The agreement rises.", figures]
    card.show_outcome(read_run_result(write_result(tmp_path, **WITHOUT_BASE | {"verdict": verdict, "why": why})))
    assert (card.headline.text(), card.text.text()) == (headline, "The agreement rises.")


def test_the_plot_says_which_way_is_better(tmp_path: Path) -> None:
    up, down = gain_rows(read_run_result(write_result(tmp_path)))
    assert up.clear == 1 and down.clear == 0
    assert places_of(up).value > 0.5 and places_of(down).value > 0.5  # less surprise is better, too
    assert up.words == "Velocity follows the player (r): +0.100, 95 % interval +0.050 to +0.150, better"
    worse = GainRow("x", 2.0, 1.0, 3.0, -1, ".1f")
    assert worse.clear == -1 and places_of(worse).high < places_of(worse).value < places_of(worse).low < 0.5  # type: ignore[operator]


finite = st.floats(-1e6, 1e6)


@given(finite, finite, finite, st.sampled_from([-1, 1]))
def test_everything_stands_on_the_plot(value: float, one: float, other: float, better: int) -> None:
    row = GainRow("x", value, min(one, other), max(one, other), better, ".3f")
    places = places_of(row)
    assert all(0 <= p <= 1 for p in (places.value, places.low, places.high) if p is not None)


def test_differences_have_a_sign() -> None:
    assert (signed(0.0312, ".3f"), signed(-1.25, ".1f")) == ("+0.031", "−1.2")


def test_the_plot_is_painted_and_told_to_those_who_do_not_see_it(tmp_path: Path, qtbot: QtBot) -> None:
    plot = GainPlot()
    qtbot.addWidget(plot)
    plot.show_rows(gain_rows(read_run_result(write_result(tmp_path))))
    empty, blank = GainPlot(), plot.grab().toImage()
    qtbot.addWidget(empty)
    empty.resize(plot.size())
    assert blank != empty.grab().toImage()
    assert "95 % interval" in plot.accessibleDescription() and plot.sizeHint().height() > empty.sizeHint().height()


@pytest.mark.parametrize(("said", "headline"), [
    ({}, "It plays more like you than the model alone"),
    ({"verdict": HARMS}, "The model alone plays better"),
    ({"verdict": "no clear change"}, "No clear change"),
    ({"status": "interrupted", "verdict": ""}, "Stopped before its end"),
    ({"status": "failed"}, "It did not learn what it should"),
    ({"verdict": "", "why": []}, "Trained, and not judged"),
])  # fmt: skip
def test_the_headline_is_the_verdict(said: dict[str, Any], headline: str, tmp_path: Path, qtbot: QtBot) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.show_outcome(read_run_result(write_result(tmp_path, **said)))
    assert card.headline.text() == headline


def test_figures_are_left_to_the_plot_where_there_are_reasons() -> None:
    why, figure = "The agreement rises.", "Agreement: 0.5 with the base, 0.6 with the adapter."
    assert reasons([why, figure]) == [why] and reasons([figure]) == [figure]
