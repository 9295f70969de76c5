"""The work of a batch: chunks of files in, the result of each out, with the next chunk read meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from duv_studio.engine.adapters.library import known_hash
from duv_studio.engine.adapters.resolve import choose
from duv_studio.engine.batch.events import Progressed, Started
from duv_studio.engine.batch.fingerprint import digest_of
from duv_studio.engine.batch.pool import FileJob, FileOutput, Setup
from duv_studio.engine.batch.results import sentence
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from duv_studio.engine.model.device import DeviceLost
from duv_studio.engine.music.family_overrides import families_by_name, with_families
from duv_studio.engine.music.name_patterns import matched_name
from duv_studio.engine.music.part_rules import settings_with
from duv_studio.engine.music.selection import TrackSelection, select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.engine.performance.change_summary import summarize, tally
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.prediction_request import PredictionRequest
    from duv_studio.engine.model.inference import Probabilities

FileEvent = Started | Progressed | FileOutput
OnEvent = Callable[[FileEvent], None]
PROGRESS_EVERY_S = 0.1  # seconds between two news of progress
_MOST_NAMES = 5  # of tracks that a result tells


@dataclass(frozen=True)
class PendingFile:
    """A file that was read, and what it asks of the model."""

    index: int
    song: Song
    settings: Settings
    selection: tuple[TrackSelection, ...]
    request: PredictionRequest
    seconds: float

    @property
    def notes(self) -> int:
        """How many are to be predicted."""
        return sum(map(len, self.request.inputs))


@dataclass(frozen=True)
class PredictedFile:
    """A file and what the model says to its inputs; None with the reason where it failed."""

    asked: PendingFile
    outputs: Sequence[Probabilities] | None
    error: str = ""


class Worker:
    """A loaded model that plays files; several threads may use it."""

    def __init__(self, setup: Setup) -> None:
        """Load the model; DuvError when it cannot be had or is not, with its adapters, the one that is meant."""
        from duv_studio.engine.humanizer.humanizer import Humanizer

        self.setup = setup
        check_model_files(setup)
        self._humanizer = Humanizer(setup.model, setup.device, setup.precision, setup.adapter)
        self.precision = str(self._humanizer.precision)

    def work(self, chunks: Iterable[Sequence[FileJob]], on_event: OnEvent) -> None:
        """Play the files of all chunks; for each of them one FileOutput is reported, from other threads too.

        The files of a chunk are predicted together, while the next chunk is read and the last one is encoded. Raises
        DeviceLost, with which no file can be blamed.
        """
        coming = iter(chunks)
        reader, finisher = ThreadPoolExecutor(1, "read"), ThreadPoolExecutor(1, "finish")
        try:
            reading = reader.submit(self._read_next, coming, on_event)
            while (asked := reading.result()) is not None:
                reading = reader.submit(self._read_next, coming, on_event)
                for predicted in self._answer(asked, on_event):
                    finisher.submit(_finish, predicted, on_event)
            finisher.shutdown()
        finally:  # unlike `with`, wait for no one after an error: the next chunk may never come
            reader.shutdown(wait=False)
            finisher.shutdown(wait=False)

    def _read_next(self, coming: Iterator[Sequence[FileJob]], on_event: OnEvent) -> list[PendingFile] | None:
        """The files of the next chunk, but those that failed; None after the last chunk."""
        chunk = next(coming, None)
        if chunk is None:
            return None
        read = [self.read_file(job, on_event) for job in chunk]
        return [asked for asked in read if asked is not None]

    def read_file(self, job: FileJob, on_event: OnEvent) -> PendingFile | None:
        started = time.perf_counter()
        on_event(Started(job.index))
        try:
            song = self._song(job)
            families = families_by_name(song, self.setup.families)
            settings = replace(self.setup.settings, track_family=families)
            settings = settings_with(song, settings, self.setup.parts, strict=False)
            selection = select(song, settings)
            request = self._humanizer.build_request(song, settings)
        except Exception as error:
            on_event(FileOutput(job.index, None, sentence(error), seconds=time.perf_counter() - started))
            return None
        return PendingFile(job.index, song, settings, selection, request, time.perf_counter() - started)

    def _song(self, job: FileJob) -> Song:
        if job.data is None:
            return midi_file.read(job.path, self.setup.charset)
        return midi_file.parse(job.data, charset=self.setup.charset, file_name=PurePath(job.path).stem)

    def _answer(self, chunk: Sequence[PendingFile], on_event: OnEvent) -> Iterable[PredictedFile]:
        """Predict the files of a chunk together; one by one where that fails, to find the one that it is about."""
        try:
            return _answered(chunk, on_event)
        except DeviceLost:
            raise  # another process may do what is left
        except Exception as error:
            if len(chunk) <= 1:
                return [PredictedFile(asked, None, sentence(error)) for asked in chunk]
        return (predicted for asked in chunk for predicted in self._answer([asked], on_event))


def check_model_files(setup: Setup) -> None:
    """DuvError when the model or the adapters that are found here are not those that the batch began with."""
    choice = choose(setup.model, setup.adapter)
    if known_hash(choice.base.path) != setup.base_hash:
        raise DuvError(
            f'this worker has other weights of the model "{setup.model}" than the batch began with',
            hint="install the same model everywhere",
        )
    adapters = tuple(sorted((str(family), digest_of(file.path)) for family, file in choice.adapters))
    if setup.adapters is not None and adapters != setup.adapters:
        raise DuvError(
            "this worker finds other adapters than the batch began with", hint="install the same adapters everywhere"
        )


def _answered(chunk: Sequence[PendingFile], on_event: OnEvent) -> list[PredictedFile]:
    from duv_studio.engine.model.inference import run_networks

    started = time.perf_counter()
    inputs = [network_input for asked in chunk for network_input in asked.request.inputs]
    outputs = iter(run_networks(inputs, progress=_of_files(chunk, on_event)))
    a_note = (time.perf_counter() - started) / max(sum(asked.notes for asked in chunk), 1)
    return [
        PredictedFile(
            replace(asked, seconds=asked.seconds + a_note * asked.notes),
            [next(outputs) for _ in asked.request.inputs],
        )
        for asked in chunk
    ]


def _of_files(chunk: Sequence[PendingFile], on_event: OnEvent) -> Callable[[int, float], None]:
    """Progress of single inputs as progress of files, reported now and then for all that came on."""
    whose = [asked for asked in chunk for _ in asked.request.inputs]
    sizes = [len(network_input) for asked in chunk for network_input in asked.request.inputs]
    done: dict[int, dict[int, float]] = {asked.index: {} for asked in chunk}
    told, changed = time.monotonic(), set[int]()
    notes = {asked.index: max(asked.notes, 1) for asked in chunk}

    def progressed(network_input: int, fraction: float) -> None:
        nonlocal told
        index = whose[network_input].index
        done[index][network_input] = fraction * sizes[network_input]
        changed.add(index)
        if time.monotonic() - told >= PROGRESS_EVERY_S:
            told = time.monotonic()
            for index in sorted(changed):
                on_event(Progressed(index, sum(done[index].values()) / notes[index]))
            changed.clear()

    return progressed


def _finish(predicted: PredictedFile, on_event: OnEvent) -> None:
    """Render and encode a file, and tell the result."""
    asked, started = predicted.asked, time.perf_counter()
    try:
        done = _done(predicted)
    except Exception as error:
        done = FileOutput(asked.index, None, sentence(error))
    on_event(replace(done, seconds=asked.seconds + time.perf_counter() - started))


def _done(predicted: PredictedFile) -> FileOutput:
    asked = predicted.asked
    if predicted.outputs is None:
        return FileOutput(asked.index, None, predicted.error)
    performance = render(asked.song, asked.request.prediction(predicted.outputs), asked.settings)
    found = tally(asked.song, summarize(asked.song, performance, asked.selection, asked.settings))
    return FileOutput(
        asked.index,
        midi_file.encode(asked.song, performance),
        warnings=asked.song.warnings,
        selected=any(chosen.included for chosen in asked.selection),
        notes=found.notes,
        notes_changed=found.notes_changed,
        mean_velocity_change=found.mean_velocity_change,
        mean_duration_change=found.mean_duration_change,
        unsure=_unsure(asked),
    )


def _unsure(asked: PendingFile) -> str:
    """Names of the selected tracks whose instrument is in doubt, the first few of them."""
    song = with_families(asked.song, asked.settings.track_family)
    pairs = zip(song.tracks, asked.selection, strict=True)
    names = [matched_name(track) for track, chosen in pairs if track.doubt and chosen.included]
    return ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
