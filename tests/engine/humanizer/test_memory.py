"""Memory: what a note takes, and songs for which there is too little are refused before the work begins."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.batch.pool import FileOutput
from duv_studio.engine.batch.worker import Worker
from duv_studio.engine.features import passing_features
from duv_studio.engine.humanizer import memory, prediction_request
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from duv_studio.engine.model import inference
from duv_studio.engine.performance import correlated_noise, sampling
from duv_studio.errors import DuvError
from tests import ROOT
from tests.benchmarks.bench_memory import song_of, write_tiny_model
from tests.engine.batch.library import make_library

Call = Callable[[Humanizer, Song], object]


@pytest.fixture(scope="module")
def humanizer(tmp_path_factory: pytest.TempPathFactory) -> Humanizer:
    return Humanizer(write_tiny_model(tmp_path_factory.mktemp("model")), device="cpu", precision="fp32")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few thousand notes are as many pieces as millions are."""
    for module in (passing_features, correlated_noise, sampling):
        monkeypatch.setattr(module, "_BLOCK", 1_000)
    monkeypatch.setattr(prediction_request, "PORTION", 2_000)


@pytest.mark.parametrize(("kind", "most"), [("one piano", 900), ("20 tracks", 400), ("one drum kit", 900)])
def test_a_note_takes_less_than_a_kilobyte(humanizer: Humanizer, small_pieces: None, kind: str, most: int) -> None:
    def peak(notes: int) -> int:
        data = song_of(kind, notes)
        tracemalloc.start()
        try:
            song = midi_file.parse(data)
            humanizer.humanize(song, Settings())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 6_000, 16_000
    peak(2_000)  # what is loaded late is loaded
    assert (peak(many) - peak(few)) / (many - few) < most


@pytest.mark.parametrize("kind", ["one piano", "20 tracks", "one drum kit"])
def test_pieces_change_no_byte(humanizer: Humanizer, kind: str, request: pytest.FixtureRequest) -> None:
    song = midi_file.parse(song_of(kind, 5_000))
    whole = humanizer.humanize(song, Settings(seed=3))
    predicted = humanizer.predict(song, Settings(seed=3))
    request.getfixturevalue("small_pieces")
    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setattr(sampling, "_BLOCK", 65_536)  # products of few rows are not the same to the last bit
    pieces = humanizer.humanize(midi_file.parse(song.source.data), Settings(seed=3))
    assert midi_file.encode(song, pieces) == midi_file.encode(song, whole) != song.source.data
    again = humanizer.predict(song, Settings(seed=3))
    assert list(again) == list(predicted)
    for one, other in zip(again.values(), predicted.values(), strict=True):
        np.testing.assert_array_equal(one.velocity_cdf, other.velocity_cdf)
        np.testing.assert_array_equal(one.duration_cdf, other.duration_cdf)


def test_progress_goes_from_piece_to_piece(humanizer: Humanizer, small_pieces: None) -> None:
    told: list[float] = []
    humanizer.humanize(midi_file.parse(song_of("20 tracks", 8_000)), Settings(), progress=told.append)
    assert told == sorted(told) and told[0] < 0.1 and told[-1] == pytest.approx(1)


CALLS: dict[str, Call] = {
    "humanize": lambda humanizer, song: humanizer.humanize(song, Settings()),
    "predict": lambda humanizer, song: humanizer.predict(song, Settings()),
    "build_request": lambda humanizer, song: humanizer.build_request(song, Settings()),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_song_for_which_there_is_too_little_is_refused_before_the_work(
    humanizer: Humanizer, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = midi_file.parse(song_of("one piano", 2_000))
    needed = 2_000 * memory.NOTE_AT_ONCE
    monkeypatch.setattr(memory, "_FEW", 1_000)
    monkeypatch.setattr(memory, "free_memory", lambda: needed)
    call(humanizer, song)
    monkeypatch.setattr(memory, "free_memory", lambda: needed - 1)
    monkeypatch.setattr(inference, "run_windows", lambda *asked: pytest.fail("the work began"))
    with pytest.raises(DuvError, match=r"Humanizing 2,000 notes takes about 0\.\d GB of memory") as refused:
        call(humanizer, song)
    assert refused.value.hint


def test_of_many_tracks_not_all_are_predicted_at_once(humanizer: Humanizer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(prediction_request, "check_memory", lambda *notes: asked.append(notes))
    monkeypatch.setattr(prediction_request, "PORTION", 500)
    song = midi_file.parse(song_of("20 tracks", 2_000))
    humanizer.humanize(song, Settings())
    humanizer.predict(song, Settings())
    assert asked == [(2_000, 500), (2_000, 2_000)]


def test_small_songs_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: pytest.fail("asked"))
    memory.check_memory(100_000, 100_000)


def test_a_batch_tells_the_refusal_in_the_row_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = make_library(tmp_path)
    monkeypatch.setattr(memory, "_FEW", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    said: list[Any] = []
    Worker(library.setup).work(library.chunks(2), said.append)
    done = [one for one in said if isinstance(one, FileOutput)]
    assert len(done) == len(library.paths)
    assert all(one.data is None and "of memory" in one.error for one in done)


LIMITED = """
import resource
from duv_studio.engine.humanizer.memory import free_memory
before = free_memory()
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
print(0 < free_memory() < min(2**31, before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's")
def test_a_limit_of_the_process_counts() -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.strip() == "True", done.stderr


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"memory.max": "max", "memory.current": "5"}, []),
        ({"memory.max": "3000", "memory.current": "1000"}, [2000]),
        ({"memory.max": "3000", "memory.current": "1000", "memory.stat": "anon 900\ninactive_file 60\n"}, [2060]),
        ({"memory.max": "3000"}, []),
        ({}, []),
    ],
)
def test_a_container_s_limit_counts(tmp_path: Path, files: dict[str, str], left: list[int]) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "outer" / name).write_text(text)
    assert list(memory._left(tmp_path, "/outer/inner", "memory.max", "memory.current")) == left
