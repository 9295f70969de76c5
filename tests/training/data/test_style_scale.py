"""The scale that ships: what the tool writes is what is read, and the file is there for every family."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.style import StyleScale, read_scale, scale_json, shipped_scale
from tests.played_tracks import played_track, with_velocity
from tools import style_scale


def lively(spread: float, seed: int = 0) -> object:
    return with_velocity(played_track(seed=seed), 64 + spread * (-1.0) ** np.arange(300))


def test_what_is_written_is_read_again(tmp_path):
    tracks = [lively(4.0 * 2**k, seed=k) for k in range(4)]
    path = tmp_path / "scale.json"
    path.write_text(scale_json(tracks, ["made"]), encoding="utf-8")
    read, measured = read_scale(path), StyleScale.of(tracks)
    for track in tracks:
        assert read.style_of(track).dynamics == pytest.approx(measured.style_of(track).dynamics, abs=1e-4)
        assert read.style_of(track).articulation == pytest.approx(measured.style_of(track).articulation, abs=1e-4)


def test_the_scale_that_ships_knows_players():
    scale = shipped_scale()
    assert scale.style_of(lively(2.0)).dynamics < -1 < 1 < scale.style_of(lively(40.0)).dynamics
    # Drummers differ more from hit to hit than pianists do from note to note.
    assert scale.dynamics[Family.DRUMS].mean > scale.dynamics[Family.PIANO].mean + 0.5
    assert {scale.dynamics[family].sd < 1 for family in Family if family is not Family.PERCUSSION} == {True}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"families": {"piano": 3}}'])
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "scale.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DuvError, match="what is usual"):
        read_scale(path)


def test_the_tool_measures_training_tracks_of_the_recipes_sets(tmp_path, monkeypatch, capsys):
    asked = []
    tracks = [lively(4.0 * 2**k, seed=k) for k in range(4)]
    held_out = [played_track(seed=9, split="dev")]
    monkeypatch.setattr(style_scale, "load_corpora", lambda data, sets: asked.append(sets) or [*tracks, *held_out])
    out = tmp_path / "scale.json"
    monkeypatch.setattr(sys, "argv", ["style_scale", "somewhere", "--out", str(out)])
    style_scale.main()
    assert out.read_text(encoding="utf-8") == scale_json(tracks, asked[0])
    assert asked == [["gmd", "pop909", "open_multitrack", "bach_violin_audio", "giantmidi_eval"]]
    assert "4 tracks of gmd" in capsys.readouterr().out
