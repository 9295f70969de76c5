"""`enrich --csv-train`: the tables that base training takes, from the same manifest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from duv_studio.cli import main
from duv_studio.training.base.csv_write import write_tables
from duv_studio.training.data.manifest.lines import line_of
from tests.midi_builder import TrackSpec, build_song
from tests.rule_player import make_played


def folder_of(path: Path, songs: int) -> Path:
    path.mkdir()
    for k in range(songs):
        notes = [(i * 240, 200 + k, 60 + (i + k) % 7, 50 + (7 * i + k) % 40) for i in range(80)]
        (path / f"song {k}.mid").write_bytes(build_song([TrackSpec(notes)], tempos=[(0, 120)]))
    return path


def tracks_in(table: Path) -> set[str]:
    with table.open(newline="") as f:
        return {row["song"] for row in csv.DictReader(f)}


def enrich(folder: Path, into: Path, *names: str) -> int:
    tables = [word for name in names for word in (f"--{name}", str(into / f"{name}.out"))]
    return main(["enrich", "--input", str(folder), "--output", str(into / "m.jsonl"), "--jobs", "1", *tables])


def test_the_songs_are_parted_into_two_tables(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 6)
    assert enrich(folder, tmp_path, "csv-train", "csv-valid", "stats-json") == 0
    train, valid = tracks_in(tmp_path / "csv-train.out"), tracks_in(tmp_path / "csv-valid.out")
    assert valid
    assert not train & valid
    assert train | valid == {f"song {k}" for k in range(6)}
    assert json.loads((tmp_path / "stats-json.out").read_text())


def test_all_three_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enrich(folder_of(tmp_path / "in", 2), tmp_path, "csv-train") == 2
    assert "three together" in capsys.readouterr().err


@pytest.mark.parametrize("songs", [2, 3])
def test_of_few_songs_one_judges(tmp_path: Path, songs: int) -> None:
    manifest = tmp_path / "m.jsonl"
    lines = [line_of(make_played(40, corpus="own", song=f"s{k}", split="train"), file=f"{k}.mid") for k in range(songs)]
    manifest.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    write_tables(manifest, tmp_path / "t.csv", tmp_path / "v.csv", tmp_path / "s.json")
    assert len(tracks_in(tmp_path / "v.csv")) == 1
    assert len(tracks_in(tmp_path / "t.csv")) == songs - 1
