"""Files that are read by themselves: each drummer's, and polyphony."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.evaluation_splits import EvaluationSplit, corpus_splits
from duv_studio.training.data.paired_piece import Piece
from duv_studio.training.evaluation import results as r
from duv_studio.training.evaluation.parts import part_lines, parts_of
from duv_studio.training.evaluation.tables import markdown
from tests.rule_player import make_played


def pieces(*names: str) -> EvaluationSplit:
    return EvaluationSplit("piano · x", Family.PIANO, tuple(Piece(n, Family.PIANO, ()) for n in names), False)


def test_drummers_are_told_by_the_corpus_that_names_them():
    takes = [
        replace(
            make_played(song=f"s{k}", corpus="gmd", family=Family.DRUMS, seed=k), player=f"drummer{k % 2}", split="dev"
        )
        for k in range(5)
    ]
    (split,) = corpus_splits(takes)
    assert parts_of(split) == (r.Part("drummer0", ("s0", "s2", "s4")), r.Part("drummer1", ("s1", "s3")))
    assert parts_of(replace(split, corpus="open_multitrack")) == ()


def test_polyphony_is_told_by_name():
    split = pieces("Bach/Fugue/bwv_863", "Bach__Fugue__bwv_891__Duepree06M", "Two-part Inventions/1", "Chopin/Etude")
    polyphony, rest = parts_of(split)
    assert (polyphony.name, len(polyphony.files), rest) == ("polyphony", 3, r.Part("the rest", ("Chopin/Etude",)))
    assert parts_of(pieces("Chopin/Etude")) == ()


def drummers(ours: dict[str, float], lookup: float = 0.4) -> r.SplitResult:
    """Six files of each drummer, the model at its own r."""
    files = {f"{name}/{k}": value for name, value in ours.items() for k in range(6)}
    rows = (
        r.Row(r.LOOKUP, {file: {"velocity_r": lookup} for file in files}, 100),
        r.Row(r.EXPECTED, {file: {"velocity_r": value} for file, value in files.items()}, 100),
    )
    parts = tuple(r.Part(name, tuple(f for f in files if f.startswith(name))) for name in ours)
    return r.SplitResult("drums · gmd", Family.DRUMS, False, rows, parts=parts)


def test_each_drummer_is_a_line_and_the_lookup_is_beaten_or_not():
    text = "\n".join(part_lines(drummers({"drummer1": 0.6, "drummer2": 0.3}), 0))
    assert "| drummer1 |     6 |      0.600 |           0.400 |                 – | +0.200 (+0.200 … +0.200) |" in text
    assert "| drummer2 |     6 |      0.300 |           0.400 |                 – | -0.100 (-0.100 … -0.100) |" in text
    assert "Above the metrical lookup with 1 of 2 drummers." in text
    assert "#### By drummer" in markdown(drummers({"drummer1": 0.6}), 0)


def test_polyphony_shows_lines_below_the_top_and_their_memory():
    files = {"Fugue": ("a",), "x": ("b", "c")}
    of = {file: {"velocity_r": 0.5, "below_top_r": 0.25, "line_memory": 0.1} for file in "abc"}
    rows = (r.Row(r.EXPECTED, of, 100), r.Row(r.DEFAULT, of, 100))
    parts = (r.Part("polyphony", files["Fugue"]), r.Part("the rest", files["x"]))
    text = "\n".join(part_lines(r.SplitResult("piano · x", Family.PIANO, False, rows, parts=parts), 0))
    assert "| polyphony |     1 |      0.500 |" in text
    (line,) = [line for line in text.splitlines() if line.startswith("| polyphony | ") and "0.250" in line]
    assert "+0.10" in line


def test_a_part_has_only_its_files_and_no_measure_of_all():
    whole = drummers({"drummer1": 0.6, "drummer2": 0.3})
    part = whole.of(whole.parts[1])
    assert part.mean(r.EXPECTED, "velocity_r") == pytest.approx(0.3)
    assert set(part.row(r.EXPECTED).files) == set(whole.parts[1].files)
    assert part.parts == () and not part.row(r.EXPECTED).pooled
