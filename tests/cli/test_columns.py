"""What is printed fits into the columns of a terminal, whatever the tracks and adapters are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.cli import main
from duv_studio.cli.adapters import _line
from duv_studio.cli.text import fit_columns
from duv_studio.text_width import COLUMNS, width
from tests.midi_builder import TrackSpec, build_song

NAMES = {
    "Japanese": "人間らしさを加える装置のためのとても長いトラックの名前・改訂版・" * 3,
    "Cyrillic": "Фортепиано с очень длинным названием дорожки " * 5,
    "one long word": "Piano" * 60,
    "combining": "e\u0301" * 120,
    "short": "Piano",
}


@pytest.mark.parametrize("name", NAMES)
def test_inspect_and_humanize_fit(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.mid"
    tune = [(i * 240, 200, 60 + 5 * i % 11, 90) for i in range(32)]
    echo = [(onset + 120, length, pitch, 50) for onset, length, pitch, _ in tune]
    tracks = [TrackSpec(tune, name=NAMES[name]), TrackSpec(echo, name=NAMES[name] + " echo", channel=1, program=19)]
    path.write_bytes(build_song(tracks, tempos=[(480 * i, 90 + i) for i in range(20)]))
    for command in (["inspect"], ["humanize", "-o", str(tmp_path / "b.mid"), "--intensity", "0"]):
        assert main([*command, str(path)]) == 0
        wide = [line for line in capsys.readouterr().out.splitlines() if width(line) > COLUMNS]
        assert [line for line in wide if " --" not in line and str(tmp_path) not in line] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_list_of_adapters_fits(name: str) -> None:
    fact = {"name": NAMES[name][:80], "family": "guitar", "base": "base-open", "model": None, "own": True}
    line = _line(fact | {"verdict": "no clear change", "automatic": False})
    lines = fit_columns(line, 2).splitlines()
    assert all(width(part) <= COLUMNS for part in lines)
    assert "".join(part.strip() for part in lines).replace(" ", "") == line.replace(" ", "")


def test_what_can_be_copied_stays_whole() -> None:
    command = "Next: duv-studio train-lora --config " + "a/long/folder/" * 9 + "x.yaml"
    table = "| " + " | ".join(["cell"] * 30) + " |"
    assert fit_columns(f"{command}\n\n{table}") == f"{command}\n\n{table}"
