"""`duv-studio evaluate --adapter X --songs FOLDER`, from MIDI files to tables, verdict and exit status."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duv_studio.cli import evaluate
from duv_studio.cli import evaluate_adapter as evaluation
from duv_studio.engine.adapters.header import LORA, AdapterHeader, pack_adapter
from duv_studio.engine.adapters.library import known_hash
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.library import find_model
from duv_studio.errors import DuvError
from duv_studio.training.data.evaluation_splits import Limit
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.from_midi import played_tracks
from duv_studio.training.data.manifest.lines import line_of
from duv_studio.training.lora.dataset.player_statistics import player_statistics, statistics_adapter
from tests.midi_builder import TrackSpec, build_song
from tests.rule_player import RulePredictor, make_played

SONGS = 4
GUITAR, BASS = 25, 33


def write_song(path: Path, seed: int, program: int | None = GUITAR, notes: int = 120) -> None:
    """A track played by the rules of tests/rule_player.py, and one of a piano."""
    track = make_played(notes, seed=seed)
    ticks = [np.round(x * 480).astype(int).tolist() for x in (track.onset, track.played_duration)]
    played = list(zip(*ticks, track.pitch.tolist(), track.velocity.astype(int).tolist(), strict=True))
    piano = [(onset, 200, 60, 64 + onset // 240 % 9) for onset, *_ in played]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(build_song([TrackSpec(played, program=program), TrackSpec(piano, channel=1, program=0)]))


@pytest.fixture
def songs(tmp_path) -> Path:
    for k in range(SONGS):
        write_song(tmp_path / "songs" / f"album {k % 2}" / f"{k}.mid", seed=k)
    return tmp_path / "songs"


def header(family: Family = Family.GUITAR, **more: object) -> AdapterHeader:
    about = {"name": "mine", "title": "Mine", "base": "base-open", "base_hash": known_hash(find_model())}
    about["targets"] = ("velocity",)  # snapped to a grid, the lengths follow no rule any more
    statistics = player_statistics([replace(make_played(), family=family)])
    return statistics_adapter(statistics, family=family, **{**about, **more})


@pytest.fixture
def adapter(tmp_path):
    """Writes an adapter of this header and returns its file."""

    def write(**more: object) -> Path:
        path = tmp_path / "mine.safetensors"
        path.write_bytes(pack_adapter({}, header(**more)))
        return path

    return write


class Stub(RulePredictor):
    """Stands for a loaded model: an adapter that is called so plays by the rules, the base guesses."""

    skilled = "mine"

    def __init__(self, model: Path, *, precision: str, adapter: str | Path) -> None:
        assert precision == "fp32"
        super().__init__(knows=self.skilled in Path(adapter).name)


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setattr("duv_studio.engine.humanizer.humanizer.Humanizer", Stub)
    monkeypatch.setattr(Stub, "skilled", "mine")
    return Stub


def command(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return evaluate.run(parser.parse_args([str(a) for a in arguments]))


def test_an_adapter_that_knows_the_player_improves(stub, songs, adapter, capsys, tmp_path):
    result = tmp_path / "result.json"
    assert command("--adapter", adapter(), "--songs", songs, "--json", result) == 0
    out = capsys.readouterr().out
    assert "Mine: guitar, for the base base-open, made of 96 notes in 1 file\n" in out
    assert "Judged by 480 notes in 4 songs that it never saw." in out
    assert re.search(r"\| adapter +\| +4 \| +480 \|", out) and re.search(r"\| flat +\| +4 \| +480 \| +0.000 \|", out)
    assert "**Improves.** The agreement" in out
    content = json.loads(result.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert content["verdict"] == "improves"
    assert (content["adapter"], content["base"]) == ("mine", "base-open")
    assert sorted(content["files"]["base"]) == [f"own/album {k % 2}/{k}" for k in (0, 2, 1, 3)]


def test_an_adapter_that_harms_fails(stub, songs, adapter, monkeypatch, capsys):
    monkeypatch.setattr(stub, "skilled", "none")
    assert command("--adapter", adapter(), "--songs", songs) == 1
    assert "**Harms.**" in capsys.readouterr().out


def test_songs_that_it_learned_from_are_left_out_even_under_another_name(stub, songs, adapter, tmp_path, capsys):
    learned = [track for k in (0, 1) for track in played_tracks(songs / f"album {k}" / f"{k}.mid", Family.GUITAR)]
    (songs / "album 1" / "1.mid").rename(songs / "renamed.mid")
    command("--adapter", adapter(songs=tuple(map(fingerprint, learned))), "--songs", songs)
    out = capsys.readouterr().out
    assert "Left out: 2 of 4 songs, which the adapter learned from or was chosen by." in out
    assert "240 notes in 2 songs" in out
    assert "at least 3 are needed" in " ".join(out.split())
    everything = [t for path in songs.rglob("*.mid") for t in played_tracks(path, Family.GUITAR)]
    with pytest.raises(DuvError, match="no song is left"):
        command("--adapter", adapter(songs=tuple(map(fingerprint, everything))), "--songs", songs)


def test_the_songs_of_a_manifest_are_those_of_its_files(stub, songs, adapter, tmp_path, capsys):
    tracks = [t for path in sorted(songs.rglob("*.mid")) for t in played_tracks(path)]
    manifest = tmp_path / "songs.jsonl"
    manifest.write_text("".join(f"{json.dumps(line_of(t))}\n" for t in tracks), encoding="utf-8")
    learned = (fingerprint(next(t for t in tracks if t.family is Family.GUITAR)),)
    command("--adapter", adapter(songs=learned), "--songs", manifest)
    of_manifest = capsys.readouterr().out
    command("--adapter", adapter(songs=learned), "--songs", songs)
    of_files = capsys.readouterr().out
    assert "Left out: 1 of 4 songs" in of_manifest
    assert re.search(r"\| adapter +\| +3 \| +360 \|", of_manifest)

    def adapters(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("| adapter ")]

    assert adapters(of_manifest) == adapters(of_files)


def test_files_that_cannot_be_read_are_named_and_passed_over(stub, songs, adapter, capsys):
    (songs / "broken.mid").write_bytes(b"nothing")
    (songs / "notes.txt").write_text("no music", encoding="utf-8")
    command("--adapter", adapter(), "--songs", songs)
    out, err = capsys.readouterr()
    assert "in 4 songs" in out
    assert "left out: " in err and "broken.mid" in err
    with pytest.raises(DuvError):
        command("--adapter", adapter(), "--songs", songs / "broken.mid")


def test_tracks_that_do_not_say_what_they_are_count_as_the_adapters_family(stub, adapter, tmp_path, capsys):
    write_song(tmp_path / "a.mid", 1, program=None)
    command("--adapter", adapter(), "--songs", tmp_path / "a.mid", "--instrument", "guitar")
    assert "120 notes in 1 song " in capsys.readouterr().out
    with pytest.raises(DuvError, match="plays guitar, not drums"):
        command("--adapter", adapter(), "--songs", tmp_path / "a.mid", "--instrument", "drums")


def test_no_track_of_its_family_is_said(stub, songs, adapter):
    with pytest.raises(DuvError, match="no song is left to judge the adapter by: none has an unseen drums track"):
        command("--adapter", adapter(family=Family.DRUMS), "--songs", songs)


def test_a_limit_takes_songs_from_all(stub, songs, adapter, capsys):
    command("--adapter", adapter(), "--songs", songs, "--limit", 3)
    out = capsys.readouterr().out
    assert "Of 4 unseen songs 3 were taken" in out
    assert re.search(r"\| adapter +\| +3 \|", out)


def test_the_same_performance_counts_once():
    tracks = [make_played(60, seed=k % 2, song=f"{k}") for k in range(4)]
    found = evaluation.unseen_by(header(), tracks, fingerprint, Limit())
    assert len(found.tracks) == 2
    assert found.left_out == ("Left out: 2 tracks that are the same performance as another.",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--adapter", "x"], "judged by songs"),
        (["--songs", "x"], "judged by songs"),
        (["--instrument", "guitar", "--data", "x"], "judged by songs"),
        (["--adapter", "x", "--songs", ".", "--data", "y"], "--data and --adapter do not go together"),
        (["--adapter", "x", "--songs", ".", "--gate"], "--gate and --adapter do not go together"),
        (["--adapter", "x", "--songs", "no/such/folder"], "no such folder or manifest"),
        (["--adapter", "x", "--songs", ".", "--json", "."], "this is a folder"),
        (["--adapter", "no such adapter", "--songs", "."], "there is no adapter"),
    ],
)
def test_what_cannot_work_is_said_at_once(arguments, said):
    with pytest.raises(DuvError, match=said):
        command(*arguments)


def test_statistics_play_beside_an_adapter_that_learned_more(stub, tmp_path):
    path = tmp_path / "mine"
    learned = replace(header(), kind=LORA, r=8, modules=("a",))
    assert list(evaluation.players_of(learned, path, Path())) == ["base", "statistics only", "adapter"]
    assert list(evaluation.players_of(header(), path, Path())) == ["base", "adapter"]


def test_the_model_that_ships_with_a_real_adapter(songs, adapter, capsys):
    path = adapter()
    calm = replace(header(), player=replace(header().player, dynamics_style=-2.0))
    path.write_bytes(pack_adapter({}, calm))
    assert command("--adapter", path, "--songs", songs) in (0, 1)
    out = capsys.readouterr().out
    rows = {line.split("|")[1].strip(): line.split("|")[2:] for line in out.splitlines() if line.startswith("| ")}
    assert rows["base"] != rows["adapter"]
    assert "NLL" in out and "within 80 %" in out and "95 % interval over songs" in out
