"""Random numbers that belong to notes: the same for the same seed, correlated as players' deviations are."""

from __future__ import annotations

import hashlib
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from duv_studio.engine.midi.song import FloatArray, IntArray, Track
from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.music.chords import chord_ids

SLOW_BEATS = 40.0  # over how many quarter notes the slow wave forgets itself (by e)
FAST_BEATS = 4.0
_BAND_CENTRES = np.arange(24.0, 109.0, 14.0)  # seven registers, MIDI pitch
_BAND_WIDTH = 9.0  # standard deviation, semitones
_BLOCK = 65_536  # notes


def uniforms(key: str, shape: tuple[int, ...]) -> FloatArray:
    """Return numbers in (0, 1) that depend on nothing but the key and the shape.

    Philox by its raw output: NumPy guarantees that stream for good, and not those of its distributions.
    """
    digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
    stream, values = np.random.Philox(key=int.from_bytes(digest, "little")), np.empty(int(np.prod(shape)))
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        block[:] = stream.random_raw(len(block)) >> np.uint64(11)
        block += 0.5
        block *= 2.0**-53
    return values.reshape(shape)


def correlated_normals(
    track: Track, ppq: int, kernel: Kernel, *, seed: int, stream: str, chord: IntArray | None = None
) -> FloatArray:
    """Return one standard normal number per note of the whole track, (n,), that hang together as `kernel` says.

    They depend on the seed, the track's place in the song and the stream ("velocity", "duration") and never on which
    notes or tracks are humanized, so that a choice of notes leaves the others as they were. `chord` (n,) numbers what
    is struck together, by default what is struck at once.
    """
    if chord is None:
        chord = chord_ids(track.notes.onset / ppq)
    beats = track.notes.onset[np.flatnonzero(np.diff(chord, prepend=-1))] / ppq
    k, n, bands = len(beats), len(chord), len(_BAND_CENTRES)
    pitch = track.notes.pitch

    def normals(component: str, *shape: int) -> FloatArray:
        values = uniforms(f"{seed}/{track.index}/{stream}/{component}", shape)
        return np.asarray(ndtri(values, out=values))

    total = kernel.slow + kernel.fast + kernel.band + kernel.chord + kernel.chord_band + kernel.own
    z = np.zeros(n)
    if kernel.slow:
        z += sqrt(kernel.slow / total) * ornstein_uhlenbeck(beats, SLOW_BEATS, normals("slow", k, 1))[chord, 0]
    if kernel.fast:
        z += sqrt(kernel.fast / total) * ornstein_uhlenbeck(beats, FAST_BEATS, normals("fast", k, 1))[chord, 0]
    if kernel.band:
        z += sqrt(kernel.band / total) * _mix(
            pitch, ornstein_uhlenbeck(beats, FAST_BEATS, normals("band", k, bands)), chord
        )
    if kernel.chord:
        z += sqrt(kernel.chord / total) * normals("chord", k)[chord]
    if kernel.chord_band:
        z += sqrt(kernel.chord_band / total) * _mix(pitch, normals("chord_band", k, bands), chord)
    return z + sqrt(kernel.own / total) * normals("own", n)


def band_weights(pitch: IntArray) -> FloatArray:
    """How much of every register a note takes, (n, 7), with squares that sum to 1."""
    weights = np.exp(-0.5 * ((pitch[:, None] - _BAND_CENTRES) / _BAND_WIDTH) ** 2)
    return np.asarray(weights / np.sqrt((weights**2).sum(axis=1, keepdims=True)))


def _mix(pitch: IntArray, values: FloatArray, chord: IntArray) -> FloatArray:
    """What notes (n,) take of the registers of their chords (k, 7); some after the others, or it takes much memory."""
    mixed = np.empty(len(pitch))
    for start in range(0, len(pitch), _BLOCK):
        block = slice(start, start + _BLOCK)
        mixed[block] = np.einsum("nb,nb->n", band_weights(pitch[block]), values[chord[block]])
    return mixed


def ornstein_uhlenbeck(beats: FloatArray, memory: float, normals: NDArray[np.float64]) -> FloatArray:
    """Ornstein-Uhlenbeck processes of unit variance at k ascending times, (k, c) from (k, c) independent normals.

    The recurrence x[i] = keep[i] x[i - 1] + sqrt(1 - keep[i]^2) e[i] is solved for all i at once, over spans that
    double in length (a parallel scan): log2(k) vectorised steps, and exact for any spacing of the onsets. The
    processes take the place of the normals.
    """
    keep = np.exp(-np.diff(beats, prepend=-np.inf) / memory)[:, None]
    x: FloatArray = normals
    x *= np.sqrt(1 - keep**2)
    span = 1
    while span < len(x) and keep[span:].max() > 1e-12:
        for stop in range(len(x), span, -_BLOCK):  # the last first: what comes later reads what is still unchanged
            start = max(stop - _BLOCK, span)
            x[start:stop] += keep[start:stop] * x[start - span : stop - span]
        keep[span:] = keep[span:] * keep[:-span]
        span *= 2
    return x
