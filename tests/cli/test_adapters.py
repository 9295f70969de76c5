"""Adapters from the command line: which one plays, what is reported, and what is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duv_studio.cli import main
from duv_studio.engine.adapters.header import HARMS
from tests.adapters_made import hide_shipped, make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own, and no adapters but one's own."""
    hide_shipped(monkeypatch, tmp_path / "none")
    return make_base()


@pytest.fixture
def midi(tmp_path: Path) -> Path:
    melody = [(240 * i, 240, 60 + i % 5, 60 + i % 7) for i in range(32)]
    below = [(onset, length, 115 - pitch, velocity) for onset, length, pitch, velocity in melody]
    specs = [TrackSpec(melody, name="Piano"), TrackSpec(below, channel=1, program=25, name="Guitar")]
    path = tmp_path / "song.mid"
    path.write_bytes(build_song(specs))
    return path


def run(capsys: Capture, midi: Path, *arguments: object) -> tuple[int, str, str]:
    target = midi.with_name("out.mid")
    target.unlink(missing_ok=True)
    status = main(["humanize", str(midi), "-o", str(target), *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def report(capsys: Capture, midi: Path, *arguments: object) -> tuple[dict[str, Any], bytes]:
    status, out, err = run(capsys, midi, "--json", *arguments)
    assert (status, err) == (0, "")
    return json.loads(out), midi.with_name("out.mid").read_bytes()


def test_adapters_are_chosen_and_reported(capsys: Capture, midi: Path, base: Path) -> None:
    file = make_adapter(base, "guitar", licence="CC0")
    make_adapter(base, "guitar", name="wild", seed=3, verdict=HARMS)
    automatic, played = report(capsys, midi, "--model", "tiny")
    assert automatic["adapters"] == {
        "guitar": {"name": "my-guitar", "title": "My guitar", "verdict": "improves", "licence": "CC0"}
    }
    assert automatic["model"] == "tiny"
    alone, without = report(capsys, midi, "--model", "tiny", "--adapter", "none")
    assert (alone["adapters"], alone["model"]) == ({}, "tiny")
    wild, other = report(capsys, midi, "--model", "tiny", "--adapter", "wild")
    assert wild["adapters"]["guitar"]["verdict"] == "harms"
    assert len({played, without, other}) == 3
    assert report(capsys, midi, "--model", "tiny", "--adapter", file)[1] == played
    assert report(capsys, midi, "--model", file)[1] == report(capsys, midi, "--model", "my-guitar")[1] == played


def test_the_text_names_the_adapter(capsys: Capture, midi: Path, base: Path) -> None:
    make_adapter(base, "guitar")
    status, out, _ = run(capsys, midi, "--model", "tiny")
    assert status == 0 and out.endswith("out.mid with the model tiny + my-guitar.\n")


def test_an_adapter_of_another_base_is_one_sentence(capsys: Capture, midi: Path, base: Path) -> None:
    make_adapter(base, "guitar")
    status, _, err = run(capsys, midi, "--model", "base-open", "--adapter", "my-guitar")
    assert status == 2 and len(err.splitlines()) == 1
    assert '"my-guitar" was made for the base model "tiny" (Tiny), which is installed, and "base-open" is loaded' in err
    assert "(choose that model, or give --model tiny)" in err
    assert not midi.with_name("out.mid").exists()


def test_what_was_made_for_an_earlier_base_is_told(capsys: Capture, midi: Path, tmp_path: Path) -> None:
    first = make_base("tiny", tmp_path / "then", seed=7)
    make_base("tiny-v1", seed=7)
    make_adapter(first, "guitar")
    told = '"my-guitar" does not play: it was made for "tiny-v1" (Tiny-V1); --model tiny-v1 plays with it'
    status, out, err = run(capsys, midi, "--model", "tiny")
    assert (status, err) == (0, f"duv-studio: the adapter {told}\n") and out.endswith("with the model tiny.\n")
    assert main(["batch", str(midi), str(tmp_path / "out"), "--model", "tiny", "--jobs", "1"]) == 0
    assert told in capsys.readouterr().err
    for arguments in (["--adapter", "none"], ["--exclude", "Guitar"]):
        assert told not in run(capsys, midi, "--model", "tiny", *arguments)[2]
    played, _ = report(capsys, midi, "--model", "tiny-v1")
    assert list(played["adapters"]) == ["guitar"]
    assert main(["adapters"]) == 0
    assert "my-guitar: guitar for tiny-v1, your own" in capsys.readouterr().out
    assert main(["adapters", "--json"]) == 0
    (fact,) = json.loads(capsys.readouterr().out)["adapters"]
    assert (fact["base"], fact["model"]) == ("tiny", "tiny-v1")


def test_an_unknown_adapter_is_one_sentence(capsys: Capture, midi: Path) -> None:
    status, _, err = run(capsys, midi, "--model", "tiny", "--adapter", "nobody")
    assert status == 2 and 'there is no adapter "nobody" (give an adapter file or a name: none is installed)' in err


def test_inspect_names_the_adapter_that_would_play(
    capsys: Capture, midi: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duv_studio.engine.model.library.DEFAULT_MODEL", "tiny")

    def inspected(*arguments: str) -> str:
        assert main(["inspect", str(midi), *arguments]) == 0
        return capsys.readouterr().out

    assert "   adapter" not in inspected()
    make_adapter(base, "guitar")
    assert inspected().count("   adapter  my-guitar\n") == 1
    assert [track["adapter"] for track in json.loads(inspected("--json"))["tracks"]] == [None, "my-guitar"]
