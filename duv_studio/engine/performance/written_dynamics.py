"""The dynamics that a file was written with: sections, steps and hairpins, found as straight pieces of its velocities.

Notation programs and careful hands write p, f and crescendi into velocities. They are a slow level that the notes play
around: it stays as it was written, and a performance differs from it note by note. Random or flat velocities have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray, PerSong, Song

BIN_BEATS = tuple(2.0**k for k in range(-2, 12))  # quarter notes; the finest that leaves few enough bins is taken
MOST_BINS = 2000  # a piece is looked for from every bin to every later one
FEWEST_BINS = 4  # of a piece: fewer are a figure of accents
# What a further piece must explain, times the noise variance and the logarithm of the number of bins; the first that
# finds more than chance does is taken.
STRICTNESS = (5.0, 15.0, 45.0)
TIMES_CHANCE, LEAST_TIMES_CHANCE = 1.5, 1.2  # of what is explained net of the pieces' penalties, or else before them
SHUFFLES = 4
LEAST_NOISE = 3.0  # MIDI velocity units; a smaller step is no change of level
PATTERN_SHARE = 0.1  # of the mean square of steps from note to note that counts as noise: patterns of accents
LEAST_SLOPE = 8.0  # MIDI velocity units from a piece's first note to its last: what less is, is level
SURE_SLOPE = 3.0  # standard errors of that
_FEWEST_TO_BEND = 3  # bins: fewer have no second difference
# Among the steps from note to note, this share are no change of level even in a saw of short crescendi; below it lie
# 0.524 standard deviations of a normal distribution.
_QUIET_SHARE, _QUIET_TO_SD = 0.4, 1 / 0.524


@dataclass(frozen=True)
class Pieces:
    """Straight pieces of a level over m notes: `piece` (m,) numbers them from 0, ascending; `slopes` (pieces,) bool."""

    piece: IntArray
    slopes: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.slopes)

    def level(self, beats: FloatArray, values: FloatArray) -> FloatArray:
        """The level (m,) of any values (m,) of the notes at `beats` (m,): a straight line through each piece."""
        size = np.maximum(np.bincount(self.piece, minlength=self.count), 1)
        mean = np.bincount(self.piece, values, self.count) / size
        time = beats - (np.bincount(self.piece, beats, self.count) / size)[self.piece]
        square = np.bincount(self.piece, time**2, self.count)
        rise = np.bincount(self.piece, time * (values - mean[self.piece]), self.count)
        slope = np.where(self.slopes & (square > 0), rise / np.maximum(square, 1e-9), 0.0)
        return np.asarray(mean[self.piece] + slope[self.piece] * time)


def one_piece(notes: int) -> Pieces:
    """The level of so many notes that has no dynamics: their mean."""
    return Pieces(np.zeros(notes, np.int64), np.zeros(1, bool))


def written_pieces(beats: FloatArray, velocity: FloatArray, voice: IntArray) -> Pieces:
    """The pieces of the level that velocities (m,) at ascending `beats` (m,) were written with.

    `voice` (m,) tells apart what has a level of its own at every dynamic, such as the drums of a kit. The pieces are
    the least-squares fit of straight lines, as many as pay a penalty for each (segmented regression by dynamic
    programming; Bai & Perron 2003, with an information criterion in the manner of Yao 1988).
    """
    if len(beats) < 2 * FEWEST_BINS:
        return one_piece(len(beats))
    start, place = _bins(beats)
    if len(start) < _FEWEST_TO_BEND:
        return one_piece(len(beats))
    even = _without_voices(velocity, voice)
    level = np.bincount(place, even) / np.bincount(place)
    first = _believed_change_points(start, level)
    piece = np.searchsorted(first, place, side="right") - 1
    return Pieces(piece, _slopes(start, level, first))


def _bins(beats: FloatArray) -> tuple[FloatArray, IntArray]:
    """Start of every bin (b,) that holds notes, in beats, and the bin of each note (m,)."""
    for size in BIN_BEATS:
        number, place = np.unique(np.floor(beats / size + 1e-6), return_inverse=True)
        if len(number) <= MOST_BINS:
            break
    return number * size, place.reshape(-1)


def _without_voices(velocity: FloatArray, voice: IntArray) -> FloatArray:
    """The velocities with the mean of every voice taken out, so that a beat without its snare is not a soft one."""
    number = np.unique(voice, return_inverse=True)[1].reshape(-1)
    mean = np.bincount(number, velocity) / np.bincount(number)
    return np.asarray(velocity - mean[number] + velocity.mean())


def _noise(level: FloatArray) -> float:
    """Standard deviation of what is no level: second differences leave steady level and slope out."""
    bend = np.diff(level, 2) / np.sqrt(6)
    usual = _QUIET_TO_SD * float(np.quantile(np.abs(bend), _QUIET_SHARE))
    return max(LEAST_NOISE, usual, float(np.sqrt(PATTERN_SHARE * np.mean(bend**2))))


def _believed_change_points(time: FloatArray, level: FloatArray) -> IntArray:
    """Index of the first bin of every piece, ascending from 0."""
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(level) for _ in range(SHUFFLES)]
    for strictness in STRICTNESS:
        penalty = strictness * _noise(level) ** 2 * np.log(len(level))
        found = _change_points(time, level, penalty)
        if len(found.first) == 1 or all(found.beats(_change_points(time, s, penalty)) for s in shuffled):
            return found.first
    return np.zeros(1, np.int64)


@dataclass(frozen=True)
class _Fit:
    """Pieces by their first bins, and the sum of squares that they explain, also net of penalties."""

    first: IntArray
    explained: float
    net: float

    def beats(self, chance: _Fit) -> bool:
        if self.explained <= LEAST_TIMES_CHANCE * chance.explained:
            return False
        return self.explained > TIMES_CHANCE * chance.explained or self.net > TIMES_CHANCE * chance.net


def _change_points(time: FloatArray, level: FloatArray, penalty: float) -> _Fit:
    """The pieces whose residuals and penalties have the least sum."""
    count = len(level)
    residual = _Residuals(time, level)
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    came_from = np.zeros(count + 1, np.int64)
    for stop in range(FEWEST_BINS, count + 1):
        cost = best[: stop - FEWEST_BINS + 1] + residual.of(stop, FEWEST_BINS)
        came_from[stop] = int(np.argmin(cost))
        best[stop] = cost[came_from[stop]] + penalty
    first = [int(came_from[count])]
    while first[-1] > 0:
        first.append(int(came_from[first[-1]]))
    net = count * float(np.var(level)) - float(best[count])
    return _Fit(np.array(first[::-1], np.int64), net + len(first) * penalty, net)


class _Residuals:
    """Sums of squares around straight lines, of any stretch of points, from running sums."""

    def __init__(self, time: FloatArray, level: FloatArray) -> None:
        x, y = time - time.mean(), level - level.mean()
        self._sums = [np.concatenate([[0.0], np.cumsum(a)]) for a in (np.ones(len(x)), x, x * x, y, x * y, y * y)]

    def of(self, stop: int, fewest: int) -> FloatArray:
        """Of the stretches start..stop for every start from 0 to stop - fewest."""
        n, x, xx, y, xy, yy = (total[stop] - total[: stop - fewest + 1] for total in self._sums)
        square, product = xx - x * x / n, xy - x * y / n
        explained = np.divide(product**2, square, out=np.zeros_like(square), where=square > 1e-9)
        return np.asarray(np.maximum(yy - y * y / n - explained, 0.0))


def _slopes(time: FloatArray, level: FloatArray, first: IntArray) -> NDArray[np.bool_]:
    """Which pieces rise or fall: by enough to be heard, and by more than noise does."""
    stops, noise = np.append(first[1:], len(level)), _noise(level)
    pieces = [slice(a, b) for a, b in zip(first.tolist(), stops.tolist(), strict=True)]
    rises = np.array([_rise(time[piece], level[piece]) for piece in pieces])
    # The standard error of a least-squares slope through n even steps, times their span.
    error = noise * np.sqrt(12 / (stops - first))
    return np.asarray(np.abs(rises) >= np.maximum(LEAST_SLOPE, SURE_SLOPE * error))


def _rise(time: FloatArray, level: FloatArray) -> float:
    slope = np.polyfit(time, level, 1)[0] if len(time) > 1 else 0.0
    return float(slope * (time[-1] - time[0]))


class WrittenPieces:
    """The pieces of a song's tracks, worked out once for each track as long as the same of its notes are asked for."""

    def __init__(self) -> None:
        self._of_song: PerSong[dict[int, tuple[IntArray, Pieces]]] = PerSong(lambda song: {})

    def of(self, song: Song, index: int, at: IntArray, voice: IntArray) -> Pieces:
        """The pieces of the notes `at` (m,) of a track, `voice` (m,) as in `written_pieces`."""
        of_tracks = self._of_song(song)
        known = of_tracks.get(index)
        if known is None or not np.array_equal(known[0], at):
            notes = song.tracks[index].notes
            found = written_pieces(notes.onset[at] / song.ppq, notes.velocity[at].astype(np.float64), voice)
            known = of_tracks[index] = at, found
        return known[1]
