"""The one slow step: the transformer over a track of any length, by overlapping windows without a seam."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from duv_studio.engine.features.note_features import Features
from duv_studio.engine.features.passing_features import PassingFeatures, PassingRows
from duv_studio.engine.model.device import device_errors
from duv_studio.engine.model.transformer import DURATION_BINS, VELOCITY_BINS, DuvTransformer, Logits
from duv_studio.errors import Cancelled

WINDOW, HOP, FADE = 256, 192, 32  # notes
CUDA_BATCH = 64  # windows per call of the network
CPU_BATCH, CPU_NOTES = 32, 1024  # likewise; more notes were slower, they leave the caches

FloatRows = NDArray[np.float32]
Span = tuple[int, int]  # notes start..stop of a window
Rows = dict[str, FloatRows]  # by head
_BINS = {"velocity": VELOCITY_BINS, "key": DURATION_BINS, "sustained": DURATION_BINS}
HEADS = frozenset(_BINS)


@dataclass(frozen=True)
class Probabilities:
    """What the network says of n notes: each (n, bins), rows sum to 1; (0, bins) where that was not asked for."""

    velocity: FloatRows
    key: FloatRows
    sustained: FloatRows


@dataclass(frozen=True)
class Temperatures:
    """Softmax temperatures of the two kinds of heads."""

    velocity: float = 1.0
    duration: float = 1.0


@dataclass(frozen=True)
class NetworkInput:
    """A track's n notes to be read by a network; `hints` (n, H) are for one that reads H columns of them.

    Of Probabilities only the `heads` are filled: they are most of what a prediction needs of memory.
    """

    network: DuvTransformer
    features: Features | PassingFeatures
    temperatures: Temperatures = Temperatures()
    hints: FloatRows | None = None
    heads: frozenset[str] = HEADS

    def __len__(self) -> int:
        return len(self.features.onset)


def predict_track(
    model: DuvTransformer,
    features: Features,
    temperatures: Temperatures = Temperatures(),
    *,
    hints: FloatRows | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Probabilities:
    """Distributions of all n notes of a track; as `run_networks` gives them for one input."""
    told = None if progress is None else lambda _, fraction: progress(fraction)
    return run_networks([NetworkInput(model, features, temperatures, hints)], progress=told, cancelled=cancelled)[0]


def run_networks(
    inputs: Sequence[NetworkInput],
    *,
    progress: Callable[[int, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Probabilities]:
    """What the networks say of every input's notes; raises Cancelled between two calls of a network.

    `progress` gets the index of an input and the share that is done. Windows of equal length share a call of their
    network, whichever input they come from. On one machine the bits of an output depend on nothing but its input:
    not on how many threads torch may use, nor on what else is asked.
    """
    sums = [_Sum(len(network_input), network_input.heads) for network_input in inputs]
    _stop_if(cancelled)
    with closing(window_batches(inputs)) as calls:
        for windows, found in calls:
            for window, rows in zip(windows, found, strict=True):
                sums[window.network_input].add(window, rows)
                if isinstance(passing := inputs[window.network_input].features, PassingFeatures):
                    passing.release(window.start)  # those that follow begin later
            if progress is not None:
                for index in dict.fromkeys(window.network_input for window in windows):
                    progress(index, sums[index].done)
            if not all(one.done == 1 for one in sums):
                _stop_if(cancelled)
    return [one.mean() for one in sums]


@dataclass(frozen=True)
class Window:
    """Some notes of an input, start..stop, that a network reads together."""

    network_input: int  # its index
    start: int
    stop: int


class _Sum:
    """The rows of an input's windows, faded into each other."""

    def __init__(self, notes: int, heads: Collection[str]) -> None:
        self._rows = {n: np.zeros((notes if n in heads else 0, bins), np.float32) for n, bins in _BINS.items()}
        self._total = np.zeros((notes, 1), np.float32)
        self._windows, self._left = (len(window_spans(notes)),) * 2
        self._heads = heads

    @property
    def done(self) -> float:
        """How much is there, 0 to 1."""
        return 1 - self._left / self._windows

    def add(self, window: Window, rows: Rows) -> None:
        """Take in a window's rows. Three windows may meet at a note, and sums depend on their order: the windows'."""
        place = slice(window.start, window.stop)
        fade = _fade(window.start, window.stop, len(self._total))
        self._total[place] += fade
        for name in self._heads:
            self._rows[name][place] += fade * rows[name]
        self._left -= 1

    def mean(self) -> Probabilities:
        """What all windows say together; to be asked once, when all are there."""
        for name in self._heads:
            self._rows[name] /= self._total
        return Probabilities(**self._rows)


def window_spans(n: int) -> list[Span]:
    """Start and stop of the windows that cover n notes; all but a lone short one hold WINDOW notes."""
    if n <= WINDOW:
        return [(0, n)]
    starts = [*range(0, n - WINDOW, HOP), n - WINDOW]
    return [(s, s + WINDOW) for s in starts]


@contextmanager
def worker_threads(most: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of as many threads as torch may use here, at most `most`; within each, torch uses no others.

    Windows side by side, one per thread, are as fast as one after the other on all threads. And they are the same to
    the last bit for any number of threads, which matrix products that are split among threads are not: same seed,
    same bytes. What waits in the pool when it is left is dropped.
    """
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(min(threads, most), "predict", _be_alone, (threads,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _be_alone(threads: int) -> None:
    """Let torch use one thread in this thread.

    A thread takes over the default at its first input, and would take it over after the answer: so ask first.
    Setting the number sets the default for threads to come as well; another thread puts that back.
    """
    torch.get_num_threads()
    torch.set_num_threads(1)
    restore = Thread(target=torch.set_num_threads, args=(threads,))
    restore.start()
    restore.join()


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled


def window_batches(inputs: Sequence[NetworkInput]) -> Generator[tuple[list[Window], list[Rows]], None, None]:
    """The windows of every call and their rows; those of one input come in their order."""
    here = [q.network.device.type == "cpu" for q in inputs]
    elsewhere = [k for k, is_here in enumerate(here) if not is_here]
    for windows in _calls(inputs, elsewhere, CUDA_BATCH, CUDA_BATCH * WINDOW, 1):
        yield windows, run_windows(inputs, windows)
    threads = torch.get_num_threads()
    calls = _calls(inputs, [k for k, is_here in enumerate(here) if is_here], CPU_BATCH, CPU_NOTES, threads)
    if calls:
        with worker_threads(len(calls)) as pool:
            yield from _answered(pool, inputs, calls, 2 * threads)


def _answered(
    pool: ThreadPoolExecutor, inputs: Sequence[NetworkInput], calls: Sequence[list[Window]], ahead: int
) -> Iterator[tuple[list[Window], list[Rows]]]:
    """The windows of every call and their rows, in order; so many calls are under way that memory holds no more."""
    waiting: deque[tuple[list[Window], Future[list[Rows]]]] = deque()
    for windows in calls:
        waiting.append((windows, pool.submit(run_windows, inputs, windows)))
        if len(waiting) > ahead:
            yield _result(*waiting.popleft())
    while waiting:
        yield _result(*waiting.popleft())


def _result(windows: list[Window], rows: Future[list[Rows]]) -> tuple[list[Window], list[Rows]]:
    return windows, rows.result()


def _calls(
    inputs: Sequence[NetworkInput], which: Sequence[int], most: int, most_notes: int, threads: int
) -> list[list[Window]]:
    """The windows of some inputs, those together that share a call: of one network and exactly one length.

    Padding to a common length would share more, but change last bits. Long windows come first, so that no thread begins
    one when the others have nothing left; and all threads get as many calls, of about the same size.
    """
    alike: dict[tuple[int, int], list[Window]] = {}
    for index in which:
        for start, stop in window_spans(len(inputs[index])):
            alike.setdefault((id(inputs[index].network), stop - start), []).append(Window(index, start, stop))
    calls = []
    for (_, length), windows in sorted(alike.items(), key=lambda entry: -entry[0][1]):
        most_here = max(1, min(most, most_notes // length))
        rounds = -(-len(windows) // (most_here * threads))
        size = -(-len(windows) // (rounds * threads))
        calls += [windows[k : k + size] for k in range(0, len(windows), size)]
    return calls


def _fade(start: int, stop: int, n: int) -> FloatRows:
    """Triangular weight (stop - start, 1) of a window's notes, full where the track begins or ends."""
    place = np.arange(stop - start)
    rise = np.ones(len(place)) if start == 0 else (place + 1) / (FADE + 1)
    fall = np.ones(len(place)) if stop == n else (len(place) - place) / (FADE + 1)
    return np.clip(np.minimum(rise, fall), 0, 1).astype(np.float32)[:, None]


@torch.inference_mode()
def run_windows(inputs: Sequence[NetworkInput], windows: Sequence[Window]) -> list[Rows]:
    """Probabilities of each window of a call, by head."""
    asked = [inputs[window.network_input] for window in windows]
    network = asked[0].network

    def stacked(rows: Sequence[NDArray[Any] | PassingRows]) -> Tensor:
        cut = [r[w.start : w.stop] for r, w in zip(rows, windows, strict=True)]
        return torch.from_numpy(np.stack(cut)).to(network.device)

    hints = [q.hints for q in asked if q.hints is not None]
    read = [q.features for q in asked]
    with device_errors(network.device):
        logits = network(
            stacked([f.floats for f in read]),
            stacked([f.indices for f in read]).long(),
            stacked([f.onset for f in read]),
            hints=stacked(hints) if hints else None,
        )
        return [_rows(logits, at, network_input) for at, network_input in enumerate(asked)]


def _rows(logits: Logits, at: int, asked: NetworkInput) -> Rows:
    warmth = asked.temperatures
    temperatures = {"velocity": warmth.velocity, "key": warmth.duration, "sustained": warmth.duration}
    scaled = {name: getattr(logits, name)[at] / temperatures[name] for name in asked.heads}
    return {name: torch.softmax(x.float(), -1).cpu().numpy() for name, x in scaled.items()}
