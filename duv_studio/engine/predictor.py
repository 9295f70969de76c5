"""The one slow step: the transformer over a track of any length, by overlapping windows without a seam."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from duv_studio.engine.features import Features
from duv_studio.engine.model import DURATION_BINS, VELOCITY_BINS, DuvTransformer
from duv_studio.errors import Cancelled

WINDOW, HOP, FADE = 256, 192, 32  # notes
CUDA_BATCH = 64  # windows per call of the network; on a CPU it is one, see `threads_of_their_own`

FloatRows = NDArray[np.float32]
Span = tuple[int, int]  # notes start..stop of a window
Rows = dict[str, FloatRows]  # by head


@dataclass(frozen=True)
class Probabilities:
    """What the network says of n notes: each (n, bins), rows sum to 1."""

    velocity: FloatRows
    key: FloatRows
    sustained: FloatRows


@dataclass(frozen=True)
class Temperatures:
    """Softmax temperatures of the two kinds of heads."""

    velocity: float = 1.0
    duration: float = 1.0


def predict_track(
    model: DuvTransformer,
    features: Features,
    temperatures: Temperatures = Temperatures(),
    *,
    hints: FloatRows | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Probabilities:
    """Distributions of all n notes of a track; raises Cancelled between two calls of the network.

    `hints` (n, H) are for a model that was told to read H columns of them.
    On one machine the bits depend on nothing but the arguments: not on how many threads torch may use, nor on what
    else is predicted.
    """
    n = len(features.onset)
    spans = window_spans(n)
    sums = {k: np.zeros((n, b), np.float32) for k, b in _BINS.items()}
    total = np.zeros((n, 1), np.float32)

    def run(part: Sequence[Span]) -> list[Rows]:
        return _run(model, features, part, temperatures, hints)

    _stop_if(cancelled)
    with closing(_all_windows(run, spans, model.device)) as windows:
        for done, (start, stop, rows) in enumerate(windows, start=1):
            fade = _fade(start, stop, n)
            total[start:stop] += fade
            for name, row in rows.items():
                sums[name][start:stop] += fade * row
            if progress is not None:
                progress(done / len(spans))
            if done < len(spans):
                _stop_if(cancelled)
    return Probabilities(**{name: rows / total for name, rows in sums.items()})


_BINS = {"velocity": VELOCITY_BINS, "key": DURATION_BINS, "sustained": DURATION_BINS}


def window_spans(n: int) -> list[Span]:
    """Start and stop of the windows that cover n notes; all but a lone short one hold WINDOW notes."""
    if n <= WINDOW:
        return [(0, n)]
    starts = [*range(0, n - WINDOW, HOP), n - WINDOW]
    return [(s, s + WINDOW) for s in starts]


@contextmanager
def threads_of_their_own(most: int) -> Iterator[ThreadPoolExecutor]:
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

    A thread takes over the default at its first question, and would take it over after the answer: so ask first.
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


def _all_windows(
    run: Callable[[Sequence[Span]], list[Rows]], spans: list[Span], device: torch.device
) -> Generator[tuple[int, int, Rows], None, None]:
    """Start, stop and rows of every window, in order."""
    if device.type == "cpu":
        with threads_of_their_own(len(spans)) as pool:
            for (start, stop), (alone,) in zip(spans, pool.map(run, [[s] for s in spans]), strict=True):
                yield start, stop, alone
        return
    for first in range(0, len(spans), CUDA_BATCH):
        part = spans[first : first + CUDA_BATCH]
        for (start, stop), rows in zip(part, run(part), strict=True):
            yield start, stop, rows


def _fade(start: int, stop: int, n: int) -> FloatRows:
    """Triangular weight (stop - start, 1) of a window's notes, full where the track begins or ends."""
    place = np.arange(stop - start)
    rise = np.ones(len(place)) if start == 0 else (place + 1) / (FADE + 1)
    fall = np.ones(len(place)) if stop == n else (len(place) - place) / (FADE + 1)
    return np.clip(np.minimum(rise, fall), 0, 1).astype(np.float32)[:, None]


@torch.inference_mode()
def _run(
    model: DuvTransformer,
    features: Features,
    spans: Sequence[Span],
    temperatures: Temperatures,
    hints: FloatRows | None,
) -> list[Rows]:
    """Probabilities of each window, by head."""

    def windows(rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.stack([rows[s:e] for s, e in spans])).to(model.device)

    told = None if hints is None else windows(hints)
    logits = model(windows(features.floats), windows(features.indices), windows(features.onset), hints=told)
    heads = {
        "velocity": logits.velocity / temperatures.velocity,
        "key": logits.key / temperatures.duration,
        "sustained": logits.sustained / temperatures.duration,
    }
    rows = {name: torch.softmax(x.float(), -1).cpu().numpy() for name, x in heads.items()}
    return [{name: x[i] for name, x in rows.items()} for i in range(len(spans))]
