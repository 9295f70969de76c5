"""From data sets to a model with its card, by the one command."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from duv_studio.cli import train_base
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.errors import DuvError
from duv_studio.training.base import sets_training, trainer
from duv_studio.training.base.export import CARD_FILE, TABLE_MARK
from duv_studio.training.base.sets_training import PICTURES
from tests.midi_builder import TrackSpec, build_song

RECIPE = {
    "name": "tiny",
    "title": "Tiny",
    "sets": ["gmd"],
    "model": {"width": 16, "layers": 1, "heads": 2, "ff": 32, "feature_bins": 4},
    "optimiser": {"steps": 3, "batch_size": 2, "window": 32, "warmup_steps": 1, "precision": "32"},
    "curriculum": {"velocity": {"flat": 1.0}, "duration": {"notated": 1.0}, "families": {"drums": 1.0}},
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight takes of a drummer, six to learn from."""
    folder = tmp_path / "data" / "gmd"
    (folder / "midi").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = ["drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split"]
    for take in range(8):
        notes = [(k * 240, 120, 36 if k % 2 else 42, int(rng.integers(30, 120))) for k in range(48)]
        song = build_song([TrackSpec(notes, channel=9)], tempos=[(0, 120)], signatures=[(0, 4, 4)])
        (folder / "midi" / f"{take}.mid").write_bytes(song)
        split = "validation" if take > 5 else "train"
        rows.append(f"drummer1,s,s/{take},rock,120,beat,4-4,{take}.mid,,1,{split}")
    (folder / "info.csv").write_text("\n".join(rows) + "\n")
    return folder.parent


def run(folder: Path, data: Path, *more: str, **changes: str) -> int:
    recipe = folder / "tiny.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE | changes))
    parser = argparse.ArgumentParser()
    train_base.add_arguments(parser)
    work = folder / "work"
    return train_base.run(parser.parse_args(["--config", str(recipe), "--data", str(data), "--work", str(work), *more]))


def test_one_command_leads_from_data_to_a_model_and_its_figures(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, data, "--device", "cpu") == 0
    card = (tmp_path / "work" / "model" / CARD_FILE).read_text()
    above, below = card.split(TABLE_MARK)
    assert "3 steps" in above and str(tmp_path / "tiny.yaml") in above
    assert "drums · gmd" in below and "ours, variation 0.5" in below and "metrical lookup" in below
    assert Humanizer(tmp_path / "work" / "model").name == "tiny"
    assert "holds what it reaches" in capsys.readouterr().out


def test_the_card_shows_what_was_drawn_for_it(tmp_path: Path, data: Path) -> None:
    pytest.importorskip("matplotlib")
    pictures = tmp_path / "work" / "model" / PICTURES
    pictures.mkdir(parents=True)
    (pictures / "bass.png").write_bytes(b"of an earlier model")
    assert run(tmp_path, data, "--device", "cpu") == 0
    card = (tmp_path / "work" / "model" / CARD_FILE).read_text()
    assert [path.name for path in pictures.iterdir()] == ["drums.png"]
    assert card.endswith("(pictures/drums.png)\n")


def test_a_folder_that_is_named_like_a_model_that_ships_is_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: list[str] = []
    monkeypatch.chdir(tmp_path)
    found = SimpleNamespace(results=())
    monkeypatch.setattr(sets_training, "evaluate", lambda options, write: requested.append(str(options.model)) or found)
    folder = Path("base-open")
    folder.mkdir()
    (folder / CARD_FILE).write_text(f"above\n{TABLE_MARK}\n")
    sets_training.evaluate_into_card(folder, tmp_path)
    assert requested == [str(tmp_path / "base-open")]


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({}, ["--pairs", "no/such/folder"], "no pair"),
        ({"start_from": "nobody"}, [], 'no model "nobody"'),
        ({"keep": {"model": "nobody", "families": ["bass"]}}, [], 'no model "nobody"'),
        ({"keep": {"model": None, "families": ["brass"]}}, [], 'a family of keep is "brass"'),
    ],
)
def test_what_is_missing_is_said_before_training(
    tmp_path: Path, data: Path, changes: dict[str, Any], options: list[str], said: str
) -> None:
    with pytest.raises(DuvError, match=said):
        run(tmp_path, data, *options, **changes)
    assert not (tmp_path / "work").exists()


def test_a_run_that_is_asked_to_stop_goes_on_later(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trainer, "LOG_EVERY", 1)
    with monkeypatch.context() as requested:
        requested.setattr(train_base, "print_event", lambda event: signal.raise_signal(signal.SIGTERM))
        assert run(tmp_path, data, "--no-evaluation") == 1
    assert "Stopped at step 1" in capsys.readouterr().err
    assert not (tmp_path / "work" / "model").exists()
    assert run(tmp_path, data, "--no-evaluation") == 0
    assert capsys.readouterr().err.startswith("2/3")


def test_slow_steps_are_told_of_where_there_is_no_terminal(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trainer, "PULSE_S", 0.0)
    assert run(tmp_path, data, "--no-evaluation") == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("/")[0] for line in lines] == ["1", "2", "3"]
    assert [bool(re.search(r" s  about \d+ (s|min) left\b", line)) for line in lines] == [True, True, False]
    assert "train_loss" in lines[0], "the first step is told, too"
    assert len((tmp_path / "work" / "log.jsonl").read_text().splitlines()) == 1  # the log does not depend on the clock
    train_base.print_event(trainer.Event(1, 3, 0.5, {}))
    assert capsys.readouterr().err == "1/3  0 s\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train_base.print_event(trainer.Event(1, 3, 0.5, {}))
    assert capsys.readouterr().err == ""


def test_the_figures_can_be_left_out(tmp_path: Path, data: Path) -> None:
    assert run(tmp_path, data, "--no-evaluation") == 0
    card = (tmp_path / "work" / "model" / CARD_FILE).read_text()
    assert not card.split(TABLE_MARK)[1].strip()
