"""Sections of a song: from its markers, or by novelty along the bars (Foote, 2000)."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.midi.text_encoding import text_in

KINDS = ("intro", "verse", "pre_chorus", "chorus", "bridge", "solo", "outro", "other")
FEWEST_BARS, MOST_BARS = 16, 4000
LEAST_SECTION = 4  # bars
REACH = 8  # bars before and after a boundary that are compared
LEAST_NOVELTY = 0.15  # of 1: bars alike on either side, and nothing in common between them
ALIKE = 0.7  # similarity from which on two sections are the same
DENSITY_WEIGHT = 0.5  # of one standard deviation of density, beside pitch classes of length 1
_TEXT, _MARKER, _CUE = 0x01, 0x06, 0x07
FEWEST = 2  # markers that name sections; one alone says little
_LONGEST = 60  # characters
# Tried in this order on the plain form of a text: "pre chorus" holds a chorus, and a "guitar solo 2" is a solo.
_NAMES = (
    ("pre_chorus", r"pre ?(chorus|refrain)|build( ?up)?|[bB] ?メロ"),
    ("chorus", r"(last |final |post )?(chorus|refrain|hook|drop)|サビ"),
    ("intro", r"intro(duction|duktion)?|イントロ|前奏"),
    ("outro", r"outro|coda|ending|fade( ?out)?|アウトロ|後奏|エンディング"),
    ("verse", r"verse|vers|strophe|couplet|estrofa|[aA] ?メロ"),
    ("bridge", r"bridge|middle (eight|8)|brucke|pont|puente|[cC] ?メロ"),
    ("solo", r"(\w+ )?solo|ソロ|間奏"),
    ("other", r"interlude|instrumental|break(down)?|transition|vamp|tag|turn ?around|zwischenspiel"),
)
_COMPILED = tuple((KINDS.index(kind), re.compile(rf"(the |\w )?({pattern})( [a-z])?$")) for kind, pattern in _NAMES)


def sections_of_bars(bar: IntArray, pitch: IntArray, pitched: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """First bars (k,) and kinds (k,), indices of KINDS, of the sections that notes make; k = 0 where they make none.

    Every array is (n,); `bar` counts from 0. Drums (not `pitched`) count for density only, unless all notes are drums.
    """
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if not len(bar) or not FEWEST_BARS <= int(bar.max()) + 1 <= MOST_BARS:
        return nothing
    rows = _bar_features(bar, pitch, pitched if pitched.any() else ~pitched)
    scale = 2 * float(rows.var(axis=0).sum())  # the mean squared distance of two bars
    if scale < 1e-9:
        return nothing
    starts = np.concatenate([[0], _peaks(_novelty(rows, scale))])
    if len(starts) < 2:
        return nothing
    means = np.stack([part.mean(axis=0) for part in np.split(rows, starts[1:])])
    return starts, np.array(_named(_labels(means, scale), means[:, -1]), dtype=np.int64)


def _bar_features(bar: IntArray, pitch: IntArray, heard: NDArray[np.bool_]) -> FloatArray:
    """Per bar: what share of its notes every pitch class has (roots, so that rows have length 1), and how dense it is.

    Velocities and lengths are left out: a model that is to predict them must not see them.
    """
    bars = int(bar.max()) + 1
    classes = np.bincount(bar[heard] * 12 + pitch[heard] % 12, minlength=bars * 12).reshape(bars, 12)
    shares = np.sqrt(classes / np.maximum(classes.sum(axis=1, keepdims=True), 1))
    density = np.log2(1 + np.bincount(bar, minlength=bars))
    spread = max(float(density.std()), 0.1)
    return np.column_stack([shares, DENSITY_WEIGHT * (density - density.mean()) / spread])


def _similarity(a: FloatArray, b: FloatArray, scale: float) -> FloatArray:
    return np.asarray(np.exp(-np.sum((a - b) ** 2, axis=-1) / scale))


def _novelty(rows: FloatArray, scale: float) -> FloatArray:
    """For every bar line, how alike bars are on either side and how little across: a checkerboard along the diagonal.

    Only the band of the self-similarity matrix that the kernel touches is worked out.
    """
    bars = len(rows)
    inside, across = np.zeros((2, bars)), np.zeros((2, bars))  # sums of weighted similarities, and of weights
    offsets = [(i, j) for i in range(-REACH, REACH) for j in range(i + 1, REACH)]
    for i, j in offsets:
        low, high = max(0, -i), min(bars, bars - j)
        at = np.arange(low, high)
        if not len(at):
            continue
        weight = np.exp(-(((i + 0.5) ** 2 + (j + 0.5) ** 2) / (2 * (REACH / 2) ** 2)))
        target = across if i < 0 <= j else inside
        target[0, at] += weight * _similarity(rows[at + i], rows[at + j], scale)
        target[1, at] += weight
    means = [np.divide(s, w, out=np.zeros(bars), where=w > 0) for s, w in (inside, across)]
    return np.where(across[1] > 0, means[0] - means[1], 0.0)


def _peaks(novelty: FloatArray) -> IntArray:
    """Bars at which a section begins, the most novel first chosen, none closer than LEAST_SECTION to another."""
    free = novelty >= LEAST_NOVELTY
    free[:LEAST_SECTION] = False
    free[len(free) - LEAST_SECTION + 1 :] = False
    found = []
    for at in np.argsort(-novelty, kind="stable"):
        if free[at]:
            found.append(int(at))
            free[max(0, at - LEAST_SECTION + 1) : at + LEAST_SECTION] = False
    return np.array(sorted(found), dtype=np.int64)


def _labels(means: FloatArray, scale: float) -> list[int]:
    """A number per section, the same for those that are alike; each is compared with the first of every label."""
    firsts: list[FloatArray] = []
    labels = []
    for row in means:
        alike = [float(_similarity(row, first, scale)) for first in firsts]
        best = int(np.argmax(alike)) if alike else -1
        if best < 0 or alike[best] < ALIKE:
            best = len(firsts)
            firsts.append(row)
        labels.append(best)
    return labels


def _named(labels: list[int], density: FloatArray) -> list[int]:
    """Kinds by what comes back: the densest recurring label is the chorus, where two or more recur; another the verse.

    A section that never comes back is intro or outro at the ends and bridge between. Where nothing does, all are other.
    """
    times = Counter(labels)
    again = [label for label, count in times.items() if count > 1]  # in order of appearance
    if not again:
        return [KINDS.index("other")] * len(labels)
    names = dict.fromkeys(times, "bridge") | dict.fromkeys(again, "other")
    if times[labels[0]] == 1:
        names[labels[0]] = "intro"
    if times[labels[-1]] == 1:
        names[labels[-1]] = "outro"
    per_label = {label: np.mean([d for d, one in zip(density, labels, strict=True) if one == label]) for label in again}
    chorus = max(again, key=lambda label: per_label[label]) if len(again) > 1 else None
    names[next(label for label in again if label != chorus)] = "verse"
    if chorus is not None:
        names[chorus] = "chorus"
    return [KINDS.index(names[label]) for label in labels]


def kind_of_text(text: str) -> int | None:
    """Index of KINDS that a text names, None for one that says something else or more."""
    words = plain(text[:_LONGEST])
    return next((kind for kind, pattern in _COMPILED if pattern.match(words)), None)


def marked_sections(smf: SmfFile) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and kinds (k,) of the sections that markers, cue points or texts name; k = 0 where they name none.

    Once sections are named, a marker with another name begins a section of kind "other".
    """
    marks: dict[int, int] = {}
    for kinds in ((_TEXT,), (_CUE,), (_MARKER,)):  # of several at one tick the marker counts
        found = _marker_kinds(smf, kinds)
        named = sum(kind is not None for _, kind in found)
        if named >= FEWEST:
            strict = _TEXT in kinds  # texts hold anything
            marks |= {
                tick: KINDS.index("other") if k is None else k for tick, k in found if k is not None or not strict
            }
    ticks = sorted(marks)
    return np.array(ticks, dtype=np.int64), np.array([marks[tick] for tick in ticks], dtype=np.int64)


def _marker_kinds(smf: SmfFile, kinds: tuple[int, ...]) -> list[tuple[int, int | None]]:
    return [
        (int(chunk.events.tick[index]), kind_of_text(text))
        for chunk in smf.chunks
        for kind in kinds
        for index, payload in chunk.meta(kind)
        if (text := text_in(smf, payload[:_LONGEST]))
    ]
