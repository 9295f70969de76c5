"""The command that comes next: its own parser takes it, and its paths come through a shell as they are."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from duv_studio.cli import main, next_command
from duv_studio.cli.parser import build_parser
from duv_studio.paths import resource
from tests.midi_builder import TrackSpec, build_song

FOLDER = Path('my takes/it\'s "one" $HOME & 練習')


def arguments(line: str) -> list[str]:
    """The words of a printed command, as a shell passes them on; its parser must take them."""
    program, *words = shlex.split(line.partition(": ")[2])
    assert line.startswith("Next") and program == "duv-studio"
    build_parser(words[0]).parse_args(words)
    return words


CASES = [
    (next_command.after_base(FOLDER / "b.ckpt"), "humanize", FOLDER / "b.ckpt"),
    (next_command.after_adapter(FOLDER / "best.ckpt", "base-open", True, False), "adapters", FOLDER),
    (next_command.after_adapter(FOLDER / "best.ckpt", "base-open", False, False), "humanize", FOLDER / "best.ckpt"),
    (next_command.after_adapter(FOLDER / "best.ckpt", None, False, True), "humanize", FOLDER / "best.ckpt"),
    (next_command.after_enrich(FOLDER / "m.jsonl", "Guitar", None), "train-lora", FOLDER / "m.jsonl"),
    (
        next_command.after_enrich(FOLDER / "m.jsonl", None, (FOLDER / "t.csv", FOLDER / "v.csv", FOLDER / "s.json")),
        "train-base",
        FOLDER / "s.json",
    ),
]


@pytest.mark.parametrize(("line", "command", "path"), CASES)
def test_it_can_be_copied(line: str, command: str, path: Path) -> None:
    words = arguments(line)
    assert words[0] == command and str(path) in words


@pytest.mark.parametrize("instrument", ["piano", "guitar", "bass", "strings", "drums"])
def test_the_recipe_of_every_family_ships(instrument: str) -> None:
    words = arguments(next_command.after_enrich(Path("m.jsonl"), instrument, None))
    assert resource("configs", words[words.index("--config") + 1]).is_file()


def test_an_own_base_is_named(tmp_path: Path) -> None:
    base = tmp_path / "my base.ckpt"
    base.write_bytes(b"")
    assert arguments(next_command.after_adapter(tmp_path / "a.ckpt", str(base), False, False))[-2:] == [
        "--model",
        str(base),
    ]


def test_enrich_says_it_with_the_instrument_that_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my takes"
    folder.mkdir()
    notes = [(240 * i, 200, 40 + i % 5, 60 + 7 * i % 50) for i in range(128)]
    (folder / "a.mid").write_bytes(build_song([TrackSpec(notes, name="Bass", program=33)]))
    manifest = tmp_path / "my manifest.jsonl"
    assert main(["enrich", "--input", str(folder), "--output", str(manifest)]) == 0
    words = arguments(capsys.readouterr().out.splitlines()[-1])
    assert words == ["train-lora", "--config", "bass_Lora.yaml", "--manifest", str(manifest)]
    assert json.loads(manifest.read_text("utf-8").splitlines()[0])["instrument"] == "bass"
