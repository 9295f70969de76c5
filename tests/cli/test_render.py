"""`duv-studio render`: what its audio files hold, and one sentence for everything that goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from duv_studio.cli import main, render
from duv_studio.sound import RATE
from tests import ROOT
from tests.midi_builder import TrackSpec, build_song
from tests.sound.soundfonts import tiny_soundfont

Capture = pytest.CaptureFixture[str]
Audio = NDArray[np.float64]
BAR = 2.5  # seconds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A song of two bars, piano and drums, and a SoundFont; the current folder."""
    melody = [(240 * i, 200, 60 + i % 5, 80) for i in range(16)]
    beat = [(480 * i, 120, 36 + 2 * (i % 2), 100) for i in range(8)]
    tracks = [TrackSpec(melody, name="Piano"), TrackSpec(beat, channel=9, name="Drums")]
    song = build_song(tracks, tempos=[(0, 96)], signatures=[(0, 4, 4)])
    (tmp_path / "song.mid").write_bytes(song)
    (tmp_path / "cut.mid").write_bytes(song[:-12])
    (tmp_path / "empty.mid").write_bytes(build_song([TrackSpec([], name="Piano")]))
    tiny_soundfont(tmp_path / "tiny.sf2")
    (tmp_path / "broken.sf2").write_bytes(b"RIFF\4\0\0\0sfbk")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rendered(words: str, song: str = "song.mid", output: str = "out.wav") -> Audio:
    assert main(["render", song, "-o", output, "--soundfont", "tiny.sf2", *words.split()]) == 0
    audio, rate = soundfile.read(output)
    assert rate == RATE and audio.shape[1] == 2
    return np.asarray(audio)


def level(audio: Audio) -> float:
    return float(np.sqrt(np.mean(audio**2)))


@pytest.mark.parametrize(
    ("words", "output", "format", "subtype"),
    [
        ("", "out.flac", "FLAC", "PCM_24"),
        ("", "OUT.WAV", "WAV", "PCM_24"),
        ("--bits 16", "out.flac", "FLAC", "PCM_16"),
        ("--bits 16", "out.wav", "WAV", "PCM_16"),
    ],
)
def test_the_suffix_is_the_format(folder: Path, words: str, output: str, format: str, subtype: str) -> None:
    audio = rendered(words, output=output)
    with soundfile.SoundFile(folder / output) as file:
        assert (file.format, file.subtype, file.channels, file.samplerate) == (format, subtype, 2, RATE)
    assert len(audio) >= 2 * BAR * RATE - RATE and level(audio) > 0.001


@pytest.mark.usefixtures("folder")
def test_tracks_are_heard_alone() -> None:
    whole, piano, drums = (rendered(words) for words in ("", "--tracks Piano", "--tracks (?i)drum"))
    assert level(piano) > 0.001 and level(drums) > 0.001
    np.testing.assert_allclose(whole, piano + drums, atol=1e-5)


@pytest.mark.usefixtures("folder")
def test_bars_are_cut_out_of_the_song() -> None:
    whole, first, second = (rendered(words) for words in ("", "--bars 1", "--bars 2-2"))
    length, fade = round(BAR * RATE), RATE // 50
    assert len(first) == length and not np.array_equal(first[-fade:], whole[length - fade : length])
    np.testing.assert_array_equal(first[:-fade], whole[: length - fade])
    np.testing.assert_array_equal(second[fade:], whole[length + fade :])  # the last one until all has died away
    np.testing.assert_array_equal(rendered("--bars 1-2"), whole)


@pytest.mark.usefixtures("folder")
def test_it_plays_as_humanize_plays() -> None:
    asked = ["--intensity", "1", "--seed", "5", "--exclude", "(?i)drum"]
    assert main(["humanize", "song.mid", "-o", "played.mid", *asked]) == 0
    by_itself, of_the_file = rendered(f"--humanize {' '.join(asked)}"), rendered("", "played.mid")
    np.testing.assert_array_equal(by_itself, of_the_file)
    assert not np.array_equal(by_itself[: len(of_the_file)], rendered("")[: len(by_itself)])


@pytest.mark.usefixtures("folder")
def test_what_an_instrument_is_can_be_said() -> None:
    as_piano, as_drums = rendered("--tracks Piano"), rendered("--tracks Piano --family Piano=drums")
    assert level(as_piano) > 0.001 and level(as_drums) > 0.001
    assert not np.array_equal(as_piano, as_drums)  # it has no program of its own


def report(capsys: Capture, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["render", "song.mid", "-o", "out.flac", "--json", *words]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert isinstance(facts, dict)
    return facts


def test_a_report_for_programs(folder: Path, capsys: Capture) -> None:
    facts = report(capsys, "--soundfont", "tiny.sf2", "--tracks", "Drums", "--bars", "2", "--bits", "16")
    assert {name: facts[name] for name in ("input", "output", "rate", "bits", "bars", "performance", "gain")} == {
        "input": "song.mid",
        "output": "out.flac",
        "rate": RATE,
        "bits": 16,
        "bars": [2, 2],
        "performance": None,
        "gain": 0.0,
    }
    assert facts["soundfont"]["path"] == "tiny.sf2"
    assert [(track["name"], track["heard"], track["notes"]) for track in facts["tracks"]] == [
        ("Piano", False, 16),
        ("Drums", True, 8),
    ]
    assert facts["frames"] == soundfile.info(folder / "out.flac").frames
    assert facts["seconds"] == pytest.approx(facts["frames"] / RATE, abs=0.001)


def test_the_report_names_the_model(folder: Path, capsys: Capture) -> None:
    facts = report(capsys, "--soundfont", "tiny.sf2", "--humanize", "--intensity", "0.5", "--seed", "3")
    assert facts["performance"]["model"] and facts["performance"]["settings"]["intensity"] == 0.5
    assert facts["performance"]["settings"]["seed"] == 3


def test_the_soundfont_that_ships_plays_velocities(folder: Path, capsys: Capture) -> None:
    levels = []
    for velocity in (40, 110):
        (folder / "note.mid").write_bytes(build_song([TrackSpec([(0, 960, 60, velocity)], name="Piano")]))
        assert main(["render", "note.mid", "-o", "note.flac", "--bars", "1"]) == 0
        levels.append(level(soundfile.read("note.flac")[0]))
    assert levels[0] > 0.0005 and 20 * np.log10(levels[1] / levels[0]) > 6
    assert "with MuseScore_General" in " ".join(capsys.readouterr().out.split())


def test_what_is_too_loud_is_lowered_and_said(folder: Path, capsys: Capture) -> None:
    chord = [(0, 960, pitch, 127) for pitch in range(30, 90)]
    (folder / "song.mid").write_bytes(build_song([TrackSpec(chord, name=name) for name in "ABCD"]))
    audio = rendered("")
    assert 0.9 < np.abs(audio).max() < 1
    assert "dB softer" in capsys.readouterr().out


# ---- what goes wrong ------------------------------------------------------------------------------------------------

WRONG = {
    "a suffix that is none": ("song.mid -o out.mp3", ".wav or .flac"),
    "no suffix": ("song.mid -o out", ".wav or .flac"),
    "no such folder": ("song.mid -o gone/out.wav", "There is no such folder"),
    "no such song": ("gone.mid -o out.wav", "gone.mid"),
    "no such SoundFont": ("song.mid -o out.wav --soundfont gone.sf2", "there is no such SoundFont"),
    "another kind of file": ("song.mid -o out.wav --soundfont song.mid", "whose name ends in .sf2 or .sf3"),
    "a damaged SoundFont": ("song.mid -o out.wav --soundfont broken.sf2", "broken.sf2"),
    "a file without notes": ("empty.mid -o out.wav", "There are no notes in the file"),
    "a wrong pattern": ("song.mid -o out.wav --tracks (Piano", "the tracks pattern"),
    "a pattern without a track": ("song.mid -o out.wav --tracks Flute", "no track matches"),
    "bars that it does not have": ("song.mid -o out.wav --bars 3-9", "It has 2 bars"),
    "bars that are none": ("song.mid -o out.wav --bars 4-2", "names no bars"),
    "no number of a bar": ("song.mid -o out.wav --bars two", "names no bars"),
    "half a performance": ("song.mid -o out.wav --intensity 0.5", "add --humanize"),
    "rows without a performance": ("song.mid -o out.wav --keyswitch Piano=none", "--set says how"),
    "a wrong row": ("song.mid -o out.wav --humanize --set Flute:velocity=0", "Flute"),
    "bits that are none": ("song.mid -o out.wav --bits 12", "--bits"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_trouble_is_one_sentence_and_nothing_is_written(folder: Path, capsys: Capture, case: str) -> None:
    command, said = WRONG[case]
    before = sorted(folder.iterdir())
    words = command.split()
    status = main(["render", *words, *([] if "--soundfont" in words else ["--soundfont", "tiny.sf2"])])
    printed = capsys.readouterr()
    assert status == 2 and printed.out == ""
    assert len(printed.err.splitlines()) == 1 and said in printed.err, printed.err
    assert sorted(folder.iterdir()) == before


def test_a_damaged_song_is_rendered_as_far_as_it_can_be_read(folder: Path, capsys: Capture) -> None:
    assert main(["render", "cut.mid", "-o", "out.wav", "--soundfont", "tiny.sf2"]) == 1
    assert "cut.mid: " in capsys.readouterr().err
    assert level(soundfile.read("out.wav")[0]) > 0.001


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to itself")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    (folder / "out.wav").write_text("mine")
    before, told = sorted(folder.iterdir()), []

    def kill(*_: object) -> Callable[[float], None]:
        return lambda fraction: told.append(fraction) or (os.kill(os.getpid(), number) if len(told) == 2 else None)

    monkeypatch.setattr(render, "_in_seconds", kill)
    assert main(["render", "song.mid", "-o", "out.wav", "--soundfont", "tiny.sf2"]) == 130
    assert len(told) == 2 and told[-1] < 1
    assert (folder / "out.wav").read_text() == "mine" and sorted(folder.iterdir()) == before


def test_a_file_as_it_is_needs_neither_a_model_nor_a_device(folder: Path) -> None:
    code = (
        "import sys; from duv_studio.cli import main; "
        "status = main('render song.mid -o out.flac --soundfont tiny.sf2'.split()); "
        "print(status, *{'torch', 'miniaudio', 'PySide6'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "0"


def test_progress_is_told_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = list(progress_of(monkeypatch))
    assert bars == sorted(bars) and bars[-1] == 5  # seconds of audio


def progress_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    told: list[int] = []
    monkeypatch.setattr(render.Progress, "to", lambda self, done, more="": told.append(done))
    rendered("")
    return iter(told)
