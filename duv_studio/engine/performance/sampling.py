"""Draws one performance from the predicted distributions: as varied as players are, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duv_studio.engine.features.note_features import State
from duv_studio.engine.features.part_merging import merge_tracks
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.model.prediction import Draw, Kernel, Prediction, TrackDraw, TrackPrediction
from duv_studio.engine.music.chords import chords_of
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.music.settings import check_share
from duv_studio.engine.performance.articulation import shape_durations
from duv_studio.engine.performance.correlated_noise import correlated_normals
from duv_studio.engine.performance.drum_hits import keep_ghosts, lift_crashes
from duv_studio.engine.performance.evenness import even_chords, fill_dips, level_repetitions
from duv_studio.engine.performance.histograms import Floats, moments, narrowed, quantile
from duv_studio.engine.performance.note_sequences import means_of
from duv_studio.engine.performance.ornaments import grace_pairs, smooth_strokes, soften_graces
from duv_studio.engine.performance.string_groups import even_strings
from duv_studio.engine.performance.written_dynamics import WrittenPieces, one_piece

KITS = (Family.DRUMS, Family.PERCUSSION)  # each pitch is an instrument with a level of its own
_MOST_GAIN = 3.5  # beyond it, a prediction that hardly differs between notes would be blown up
ASKED_OCTAVES = 0.35  # of length for each standard deviation of articulation that was asked for
_FULL_SPREAD_FROM = 0.5  # variation from which on the spread is the predicted one even there
AROUND_BEATS = 4.0  # quarter notes on either side that a note's velocity is compared with
# Local standard deviations above the local mean from which on a note is an accent: where someone set a few levels by
# hand, and among velocities of all values, of which some stand out by chance.
STANDS_OUT_OF_LEVELS, STANDS_OUT = 1.0, 2.0
FEW_LEVELS = 10  # distinct velocities
LEAST_ACCENT = 3.0  # MIDI units; less is heard by no one
KEPT_SHARE = 0.5  # of the distance to the local mean
_BLOCK = 65_536  # notes that are sampled at once

_pieces = WrittenPieces()


def draw(song: Song, prediction: Prediction, *, seed: int, variation: float) -> Draw:
    """Return a performance at full strength for every predicted track.

    `variation` 0 gives the one most expected performance whatever the seed, 1 the full spread of the prediction;
    the spread over a track stays the predicted one in between. DuvError when it is outside 0..1.
    """
    return draw_and_drop(song, dict(prediction), seed=seed, variation=variation)


def draw_and_drop(song: Song, prediction: dict[int, TrackPrediction], *, seed: int, variation: float) -> Draw:
    """The same as `draw`, but takes each track out of the prediction before it goes on, so that its memory is free.

    Parts of one instrument must be drawn in one call.
    """
    check_share("variation", variation)
    song = in_felt_beats(song)
    normals = _Normals(song, seed)
    drawn, known = {}, {}
    for index in list(prediction):
        track = song.tracks[index]
        change, ratios, known[index] = _sampled(track, prediction.pop(index), normals, variation)
        drawn[index] = _draw_track(song, track, known[index], change, ratios)
    return even_strings(song, known, drawn)


class _Normals:
    """Normal numbers for the notes of tracks: parts of one instrument share theirs, whichever of them are drawn."""

    def __init__(self, song: Song, seed: int) -> None:
        self._song, self._seed = song, seed
        self._known: dict[tuple[int, Kernel, str], FloatArray] = {}

    def of(self, index: int, group: tuple[int, ...], kernel: Kernel, stream: str) -> FloatArray:
        """One number for every note of a track, (n,)."""
        if (index, kernel, stream) not in self._known:
            members = group or (index,)
            merged, places = merge_tracks([self._song.tracks[member] for member in members])
            chord = chords_of(self._song, merged)
            z = correlated_normals(merged, self._song.ppq, kernel, seed=self._seed, stream=stream, chord=chord)
            self._known |= {(m, kernel, stream): z[place] for m, place in zip(members, places, strict=True)}
        return self._known[index, kernel, stream]


def _sampled(
    track: Track, prediction: TrackPrediction, normals: _Normals, variation: float
) -> tuple[FloatArray, FloatArray, TrackPrediction]:
    """A change of velocity and a log2 ratio of duration for each predicted note, (m,); the prediction without rows."""
    at = prediction.notes
    p, drawn = prediction, []
    for stream, kernel, edges, cdf, spread in (
        ("velocity", p.velocity_kernel, p.velocity_edges, p.velocity_cdf, p.velocity_spread),
        ("duration", p.duration_kernel, p.duration_edges, p.duration_cdf, p.duration_spread),
    ):
        z = normals.of(track.index, p.group, kernel, stream)[at] if variation and len(at) else np.zeros(len(at))
        drawn.append(sample(edges, cdf, z, variation, spread) if len(at) else z)
    nothing = np.zeros((0, 1), np.float32)
    return drawn[0], drawn[1], replace(prediction, velocity_cdf=nothing, duration_cdf=nothing)


def _draw_track(
    song: Song, track: Track, prediction: TrackPrediction, change: FloatArray, ratios: FloatArray
) -> TrackDraw:
    """The draw of a track from what was sampled for its m predicted notes."""
    velocity = track.notes.velocity.astype(np.float64)
    log_ratio = np.zeros(len(velocity))
    as_written = TrackDraw(
        velocity, log_ratio, velocity, np.full(len(velocity), -1), articulation=prediction.articulation
    )
    at = prediction.notes
    if not len(at):
        return as_written
    state = np.zeros(len(at), np.int64) if prediction.state is None else prediction.state
    change = keep_accents(track.notes.onset[at] / song.ppq, velocity[at], change, state == State.HINT)
    change = _well_mannered(song, track, prediction, at, state, change)
    free = state != State.LOCKED
    log_ratio[at] = _log_ratios(song, track, prediction, ratios, free)
    return _at_written_level(song, track, as_written, at[free], change[free], state[free])


def _well_mannered(
    song: Song, track: Track, prediction: TrackPrediction, at: IntArray, state: IntArray, change: FloatArray
) -> FloatArray:
    """The velocities (m,) with what no player would do mended, where the file does not ask for it.

    A prediction knows each note's chances and not which of them go together: that a stroke belongs to a tremolo, that
    a chord is repeated, or that a hit was a ghost.
    """
    notes, family = track.notes, prediction.family or track.family
    onset, pitch, written = notes.onset[at], notes.pitch[at], notes.velocity[at].astype(np.float64)
    drums, flat, level = family in KITS, bool((state == State.UNKNOWN).all()), float(written.mean())
    seconds, beats = song.tempo.seconds(onset), onset / song.ppq
    drawn = change - change.mean() + level
    chord = chords_of(song, track, notes.only(at))
    if flat and drums:
        drawn = lift_crashes(pitch, drawn)
    elif flat:
        drawn = even_chords(chord, fill_dips(chord, drawn, family), family)
        drawn = level_repetitions(beats, pitch, chord, drawn)
    elif drums:
        drawn = keep_ghosts(pitch, written, drawn)
    if flat:
        drawn = smooth_strokes(seconds, pitch, chord, drawn, drums)
    graces = grace_pairs(seconds, pitch, drums, song.tempo.seconds(notes.end[at]))
    return soften_graces(drawn, written, graces, drums, level)


def _at_written_level(
    song: Song, track: Track, as_written: TrackDraw, at: IntArray, change: FloatArray, state: IntArray
) -> TrackDraw:
    """The draw with the velocities `change` (m,) of the notes `at` (m,) at the level that they were written at.

    How loud a track is stays its owner's choice, and so do the dynamics that were written.
    """
    if not len(at):
        return as_written
    notes = track.notes
    beats, written = notes.onset[at] / song.ppq, notes.velocity[at].astype(np.float64)
    voice = notes.pitch[at] if track.family in KITS else np.zeros(len(at), np.int64)
    pieces = _pieces.of(song, track.index, at, voice) if (state == State.HINT).all() else one_piece(len(at))
    velocity, level, piece = (np.array(a) for a in (as_written.velocity, as_written.level, as_written.piece))
    level[at], piece[at] = pieces.level(beats, written), pieces.piece
    velocity[at] = change - pieces.level(beats, change) + level[at]
    return replace(as_written, velocity=velocity, level=level, piece=piece)


def _log_ratios(
    song: Song,
    track: Track,
    prediction: TrackPrediction,
    ratios: FloatArray,
    free: NDArray[np.bool_],
) -> FloatArray:
    """Log2 duration ratios of the m predicted notes from those sampled, (m,); 0 for those that are not `free` (m,)."""
    # The model knows how players of such a style differ from note to note, but where all of its players were alike,
    # hardly how far they go: who moves the slider to its end wants to hear it.
    wanted = np.where(free, ratios + ASKED_OCTAVES * prediction.articulation, 0.0)
    # As the model read it: the family that was chosen, without the key-switches, which are no part of a line.
    read = replace(track, family=prediction.family or track.family, notes=track.notes.only(prediction.notes))
    shaped = shape_durations(song, read, wanted, prediction.articulation)
    return np.where(free, shaped, 0.0)  # the tails of a chord may have drawn a locked note along


def sample(edges: Floats, cdf: Floats, z: FloatArray, variation: float, spread: float = 1.0) -> FloatArray:
    """Return one value per row, (m,), for standard normal numbers z (m,).

    At variation 1 it is the quantile at Phi(z): a fair sample. Below, z counts for less, and what is lost in
    variance is made up by larger differences between the expected values, so that the whole spreads as before:
    predicting the mean alone would leave a track far too even. Quantiles keep two-peaked rows (ghost note or
    accent) two-peaked. `spread` is a factor on the standard deviation of every row.
    """
    expected, variance = _by_block(len(cdf), lambda rows: moments(edges, cdf[rows]))
    between, within = float(expected.var()), float(variance.mean()) * spread**2
    tau = _enough_variation(variation, between, within)
    deviation, spent = np.zeros(len(cdf)), 0.0
    if tau:
        deviation, left = _by_block(len(cdf), lambda rows: _deviation(edges, cdf[rows], z[rows], tau, spread))
        spent = float(left.mean()) * spread**2
    gain = min(_MOST_GAIN, sqrt(1 + max(within - spent, 0) / between)) if between > 1e-9 else 1.0
    middle = expected.mean()
    return np.asarray(middle + gain * (expected - middle) + deviation)


def _deviation(edges: Floats, cdf: Floats, z: FloatArray, tau: float, spread: float) -> tuple[FloatArray, FloatArray]:
    """How far what is drawn lies from what is expected of it, and the variance that is drawn from; each (m,)."""
    centre, left = moments(edges, narrowed(cdf, tau))
    return spread * (quantile(edges, cdf, np.asarray(ndtr(tau * z))) - centre), left


def _by_block(rows: int, work_out: Callable[[slice], tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Two numbers for every row, worked out for some rows after the others: what lies between takes much memory."""
    one, other = np.empty(rows), np.empty(rows)
    starts = range(0, max(rows - _BLOCK, 0) + 1, _BLOCK)  # the last block takes the rest: small products differ in bits
    for start in starts:
        block = slice(start, rows if start == starts[-1] else start + _BLOCK)
        one[block], other[block] = work_out(block)
    return one, other


def _enough_variation(variation: float, between: float, within: float) -> float:
    """Return the variation, raised where even the largest gain would leave the track too even.

    That happens where the expected values hardly differ: there a player's liveliness is all in what can't be foretold.
    `between` is the variance of the expected values, `within` the mean variance around them.
    """
    missing = 1 - (_MOST_GAIN**2 - 1) * between / within if within > 0 else 0.0
    # Faded in, so that 0 stays the one performance without chance.
    return max(variation, sqrt(max(missing, 0.0)) * min(1.0, variation / _FULL_SPREAD_FROM))


def keep_accents(beats: FloatArray, written: FloatArray, drawn: FloatArray, hinted: NDArray[np.bool_]) -> FloatArray:
    """Return the drawn velocities (n,), raised where an accent among the `hinted` notes would get lost.

    `beats` (n,) are ascending onsets in quarter notes. An accent keeps at least half of its distance from the mean of
    its surroundings, whatever else is drawn.
    """
    if not hinted.any():
        return drawn
    low = np.searchsorted(beats, beats - AROUND_BEATS, side="left")
    high = np.searchsorted(beats, beats + AROUND_BEATS, side="right")
    mean = means_of(written, low, high)
    above = written - mean
    spread = np.sqrt(np.maximum(means_of(written**2, low, high) - mean**2, 0))
    by_hand = np.count_nonzero(np.bincount(written[hinted].astype(np.int64))) <= FEW_LEVELS
    least = np.maximum((STANDS_OUT_OF_LEVELS if by_hand else STANDS_OUT) * spread, LEAST_ACCENT)
    accent = hinted & (above > least)
    return np.where(accent, np.maximum(drawn, means_of(drawn, low, high) + KEPT_SHARE * above), drawn)
