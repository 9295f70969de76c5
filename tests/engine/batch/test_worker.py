"""A worker plays files as `Humanizer` alone plays them, whoever shares their chunk; a file's trouble is its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.batch import worker as work
from duv_studio.engine.batch.events import Progressed, Started
from duv_studio.engine.batch.pool import FileJob, FileOutput
from duv_studio.engine.batch.worker import Worker
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model import inference as predictor
from duv_studio.engine.music.part_rows import parse_rules
from duv_studio.errors import DuvError
from tests.engine.batch.library import SETTINGS, Library, make_library, make_song, played
from tests.midi_builder import TrackSpec, build_song


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def worker(library: Library) -> Worker:
    return Worker(library.setup)


def done_by(worker: Worker, chunks: Sequence[Sequence[FileJob]]) -> dict[int, FileOutput]:
    events: list[Any] = []
    worker.work(chunks, events.append)
    done = [said for said in events if isinstance(said, FileOutput)]
    assert len(done) == sum(map(len, chunks)), "one result for each file"
    return {said.index: said for said in done}


def bytes_by(worker: Worker, chunks: Sequence[Sequence[FileJob]]) -> list[bytes | None]:
    done = done_by(worker, chunks)
    assert not any(said.error for said in done.values())
    return [done[index].data for index in sorted(done)]


def every_note(song: Song, what: str) -> np.ndarray:
    return np.concatenate([getattr(track.notes, what) for track in song.tracks])


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_bytes_are_those_of_a_file_alone(library: Library, worker: Worker, size: int) -> None:
    assert bytes_by(worker, library.chunks(size)) == list(library.played)
    assert len(set(library.played)) == len(library.played)


def test_bytes_may_be_given_instead_of_a_path(library: Library, worker: Worker) -> None:
    jobs = [FileJob(k, "nowhere.mid", path.read_bytes()) for k, path in enumerate(library.paths)]
    assert bytes_by(worker, [jobs]) == list(library.played)


def test_what_changed_is_counted(library: Library, worker: Worker) -> None:
    done = done_by(worker, library.chunks(4))
    for path, one in zip(library.paths, [done[k] for k in sorted(done)], strict=True):
        assert one.data is not None and one.selected and not one.warnings and one.seconds > 0
        before, after = midi_file.read(path), midi_file.parse(one.data)
        louder = every_note(after, "velocity") - every_note(before, "velocity")
        longer = every_note(after, "duration") / every_note(before, "duration") - 1
        assert one.notes == before.note_count
        assert one.notes_changed == np.sum((louder != 0) | (longer != 0))
        assert one.mean_velocity_change == pytest.approx(np.abs(louder).mean(), abs=2e-3)
        assert one.mean_duration_change == pytest.approx(np.abs(longer).mean(), abs=2e-4)


def test_windows_of_several_songs_share_a_call(
    library: Library, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    run = predictor.run_windows

    def counted(inputs: Any, windows: Any) -> Any:
        calls.append(len({window.network_input for window in windows}))
        return run(inputs, windows)

    monkeypatch.setattr(predictor, "run_windows", counted)
    bytes_by(worker, library.chunks(7))
    together = len(calls)
    assert max(calls) > 2
    calls.clear()
    bytes_by(worker, library.chunks(1))
    assert len(calls) > together


def test_bad_files_fail_alone_in_a_sentence_without_their_name(
    library: Library, worker: Worker, tmp_path: Path
) -> None:
    bad = {
        "text.mid": b"no music at all",
        "empty.mid": b"",
        "silent.mid": b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0",
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in (*bad, "missing.mid")] + [tmp_path, Path("null\0.mid")]
    jobs = [FileJob(10 + k, str(path)) for k, path in enumerate(paths)]
    done = done_by(worker, [[*library.chunks(7)[0], *jobs]])
    assert [done[k].data for k in range(7)] == list(library.played)
    for job, path in zip(jobs, paths, strict=True):
        one = done[job.index]
        assert one.data is None and one.error and "\n" not in one.error
        assert path.name not in one.error and "inside the program" not in one.error
    assert len({done[job.index].error for job in jobs}) >= 4


def test_what_could_not_be_read_of_a_file_is_said(library: Library, worker: Worker) -> None:
    cut = make_song(1)[:-40]
    done = done_by(worker, [[FileJob(0, "cut.mid", cut)]])[0]
    assert done.data is not None and done.warnings == midi_file.parse(cut).warnings != ()


def test_no_track_selected_leaves_the_bytes(library: Library) -> None:
    worker = Worker(replace(library.setup, settings=Settings(include="Trombone")))
    done = done_by(worker, library.chunks(7))
    assert [done[k].data for k in range(7)] == [path.read_bytes() for path in library.paths]
    assert not any(one.selected or one.notes_changed for one in done.values())


def test_families_go_by_name_and_need_not_match(library: Library) -> None:
    setup = replace(library.setup, families=(("Trombone", Family.OTHER), ("Piano", Family.GUITAR)))
    data = bytes_by(Worker(setup), library.chunks(7))
    humanizer = Humanizer(library.setup.model, adapter="none")
    for path, mine in zip(library.paths, data, strict=True):
        piano = midi_file.read(path).tracks[0]
        assert piano.name == "Piano" and piano.family is Family.PIANO
        assert mine == played(humanizer, path, replace(SETTINGS, track_family={piano.key: Family.GUITAR}))
    assert data != list(library.played)


def test_parts_go_by_name_and_need_not_match(library: Library) -> None:
    setup = replace(library.setup, parts=parse_rules(["Trombone: velocity=0", "Piano: velocity=0 keyswitch=C4"]))
    data = bytes_by(Worker(setup), library.chunks(7))
    humanizer = Humanizer(library.setup.model, adapter="none")
    for path, mine in zip(library.paths, data, strict=True):
        key = midi_file.read(path).tracks[0].key
        chosen = replace(SETTINGS, track_velocity={key: 0.0}, keyswitches={key: frozenset({60})})
        assert mine == played(humanizer, path, chosen)
    assert data != list(library.played)


@pytest.mark.parametrize("problem", [MemoryError(), RuntimeError("odd")])
def test_a_file_that_the_model_fails_over_takes_nobody_along(
    library: Library, worker: Worker, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    run_networks = predictor.run_networks

    def fails(inputs: Sequence[Any], **other: Any) -> Any:
        if any(len(network_input) == 520 for network_input in inputs):
            raise problem
        return run_networks(inputs, **other)

    monkeypatch.setattr(predictor, "run_networks", fails)
    done = done_by(worker, library.chunks(4))
    assert [done[k].data for k in range(7)] == [d if k != 3 else None for k, d in enumerate(library.played)]
    assert ("memory" if isinstance(problem, MemoryError) else "odd") in done[3].error


def test_a_file_that_cannot_be_encoded_takes_nobody_along(
    library: Library, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = midi_file.encode

    def fails(song: Any, performance: Any) -> bytes:
        if song.path == library.paths[2]:
            raise ValueError("odd")
        return encode(song, performance)

    monkeypatch.setattr(midi_file, "encode", fails)
    done = done_by(worker, library.chunks(7))
    assert [k for k in done if done[k].error] == [2] and done[2].data is None


def test_news_come_in_order(library: Library, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PROGRESS_EVERY_S", 0.0)
    events: list[Any] = []
    worker.work(library.chunks(3), events.append)
    for index in range(7):
        mine = [said for said in events if said.index == index]
        assert isinstance(mine[0], Started) and isinstance(mine[-1], FileOutput)
        fractions = [said.fraction for said in mine[1:-1] if isinstance(said, Progressed)]
        assert len(fractions) == len(mine) - 2 and fractions == sorted(fractions)
        assert fractions and fractions[0] > 0 and fractions[-1] == pytest.approx(1)


def test_the_next_chunk_is_read_while_one_is_predicted(
    library: Library, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_is_read = Event()
    run_networks = predictor.run_networks

    def after_that(inputs: Any, **other: Any) -> Any:
        assert second_is_read.wait(30)
        return run_networks(inputs, **other)

    monkeypatch.setattr(predictor, "run_networks", after_that)
    first, second = library.chunks(4)
    done: list[Any] = []

    def on_event(said: Any) -> None:
        done.extend([said] if isinstance(said, FileOutput) else [])
        if said == Started(second[-1].index):
            second_is_read.set()

    worker.work([first, second], on_event)
    assert [one.data for one in sorted(done, key=lambda one: one.index)] == list(library.played)


def test_other_weights_are_refused(library: Library) -> None:
    with pytest.raises(DuvError, match="this worker has other weights"):
        Worker(replace(library.setup, base_hash="0" * 32))


def test_a_missing_model_is_said(library: Library) -> None:
    with pytest.raises(DuvError, match='there is no model "nowhere"'):
        Worker(replace(library.setup, model="nowhere"))


def test_other_adapters_are_refused(library: Library) -> None:
    with pytest.raises(DuvError, match="this worker finds other adapters"):
        Worker(replace(library.setup, adapters=(("piano", "0" * 64),)))
    assert Worker(replace(library.setup, adapters=())).precision == "fp32"


def test_a_file_is_read_alike_by_its_path_and_by_its_bytes(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = [(i * 480, 100, 41 + i % 3, 80) for i in range(16)]
    for name, track, charset, expected in (
        ("Drum Rack 90bpm.mid", TrackSpec(clip), None, ("", Family.DRUMS)),
        ("song.mid", TrackSpec(clip, name="Гитара".encode("cp1251")), None, ("Гитара", Family.GUITAR)),
        ("song.mid", TrackSpec(clip, name="Гитара".encode("cp1251")), "latin-1", ("Ãèòàðà", Family.PIANO)),
    ):
        path, data = tmp_path / name, build_song([track], smf_format=0)
        path.write_bytes(data)
        monkeypatch.setattr(worker, "setup", replace(worker.setup, charset=charset))
        for job in (FileJob(0, str(path)), FileJob(0, str(path), data)):
            asked = worker.read_file(job, lambda said: None)
            assert asked is not None
            assert [(track.name, track.family) for track in asked.song.tracks] == [expected]


def test_a_result_names_the_tracks_of_which_it_is_unsure_what_plays_them(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [(i * 480, 240, 60 + i % 5, 80) for i in range(8)]
    tracks = [TrackSpec(notes, channel=i, name=name) for i, name in enumerate(("Groove", "Piano", "Take 5", "Flute"))]
    job = FileJob(0, "song.mid", build_song(tracks))
    assert done_by(worker, [[job]])[0].unsure == "Groove, Take 5"
    said = replace(worker.setup, families=(("Groove", Family.DRUMS),))
    monkeypatch.setattr(worker, "setup", said)
    assert done_by(worker, [[job]])[0].unsure == "Take 5"
    monkeypatch.setattr(worker, "setup", replace(said, settings=replace(said.settings, exclude="Take")))
    assert done_by(worker, [[job]])[0].unsure == ""
