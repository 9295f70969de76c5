"""What the command line says of instruments that are unsure and of velocities that mean little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duv_studio.cli.entry import main
from tests.midi_builder import TrackSpec, build_song

NOTES = [(i * 480, 240, 60 + i % 5, 80) for i in range(16)]


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    tracks = [
        TrackSpec(NOTES, name="Groove (A)"),
        TrackSpec(NOTES, channel=1, name="Church Organ", program=19),
        TrackSpec(NOTES, channel=2, name="Piano", program=0),
    ]
    path.write_bytes(build_song(tracks))
    return path


UNSURE = (
    "unsure: no program and a name that tells no instrument: taken for a piano; "
    r"say what it is with --family 'Groove \(A\)=FAMILY'"
)
VELOCITY = "velocity: an organ sounds the same at every velocity; --set 'Church Organ: velocity=0' leaves it as it is"


def test_inspect_says_what_is_unsure(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(song)]) == 0
    text = capsys.readouterr().out
    assert (text.count(f"   {UNSURE}\n"), text.count(f"   {VELOCITY}\n")) == (1, 1)
    assert (text.count("unsure"), text.count("velocity:")) == (1, 1)


def test_a_chosen_family_is_not_unsure(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(song), "--family", r"Groove \(A\)=drums"]) == 0
    assert "unsure" not in capsys.readouterr().out


def test_both_are_in_the_json(song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["inspect"], ["humanize", "-o", str(tmp_path / "out.mid"), "--intensity", "0"]):
        assert main([*command, str(song), "--json"]) == 0
        tracks = json.loads(capsys.readouterr().out)["tracks"]
        assert [bool(track["doubt"]) for track in tracks] == [True, False, False]
        assert [bool(track["velocity_note"]) for track in tracks] == [False, True, False]


def test_humanize_says_it_of_the_tracks_that_it_changes(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["humanize", str(song), "-o", str(tmp_path / "out.mid"), "--intensity", "0"]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert f"\n  {UNSURE}\n" in text and f"\n  {VELOCITY}\n" in text
    assert main([*command, "--include", "Piano"]) == 0
    text = capsys.readouterr().out
    assert "unsure" not in text and "velocity:" not in text
    assert main([*command, "--set", "Church Organ: velocity=0"]) == 0
    text = capsys.readouterr().out
    assert UNSURE in text and VELOCITY not in text, "what is done is not advised"


def test_names_are_read_in_the_charset_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "song.mid", tmp_path / "out.mid"
    path.write_bytes(build_song([TrackSpec(NOTES, name="Гитара".encode("cp1251"))]))
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "  texts    cp1251\n" in text and "1. Гитара\n" in text and "guitar" in text
    assert main(["inspect", str(path), "--charset", "latin-1", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["charset"], facts["tracks"][0]["name"]) == ("iso8859-1", "Ãèòàðà")
    command = ["humanize", str(path), "-o", str(out), "--intensity", "0", "--include", "Гитара"]
    for charset, status in (([], 0), (["--charset", "windows-1251"], 0), (["--charset", "klingon"], 2)):
        assert main([*command, *charset]) == status
    assert "klingon" in capsys.readouterr().err
    assert out.read_bytes() == path.read_bytes()
