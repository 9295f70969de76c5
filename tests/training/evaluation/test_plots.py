"""A picture per family, of a passage that was not picked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation import plots as pictures
from duv_studio.training.evaluation.results import DEFAULT, EXPECTED, PLAYER, Passage, Row, SplitResult


def split(name: str, family: Family, notes: int = 100, corpus: str | None = "pop909") -> SplitResult:
    """Five files, of r 0.1 to 0.5."""
    rng = np.random.default_rng(0)
    rows = (Row(EXPECTED, {str(i): {"velocity_r": (i + 1) / 10} for i in range(5)}, notes),)
    lanes = (PLAYER, DEFAULT, "random jitter")
    passages = tuple(
        Passage(str(i), np.arange(20) / 2, {lane: rng.uniform(20, 100, 20) for lane in lanes}) for i in range(5)
    )
    return SplitResult(name, family, False, rows, passages=passages, corpus=corpus)


def test_the_middling_file_is_shown():
    assert pictures.median_passage(split("piano · x", Family.PIANO)).file == "2"


def test_every_family_gets_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    results = [
        split("piano · x", Family.PIANO),
        split("piano · large", Family.PIANO, notes=1000),
        split("drums · y", Family.DRUMS),
    ]
    written = pictures.draw_families(tmp_path / "new", results)
    assert [path.name for path in written] == ["piano.png", "drums.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


def test_the_largest_set_that_may_be_shown_is_drawn(monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(pictures, "draw_result", lambda path, result: drawn.append(result.name))
    large, small = split("piano · large", Family.PIANO, 500), split("piano · small", Family.PIANO)
    huge = [split("piano · NC", Family.PIANO, 9000, "asap_NC"), split("piano · pairs", Family.PIANO, 9000, None)]
    pictures.draw_families(tmp_path, [small, large, *huge])
    pictures.draw_families(tmp_path, [split("bass · only", Family.BASS, corpus="rwc_NC")])
    assert drawn == ["piano · large", "bass · only"]
