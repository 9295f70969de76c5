"""Windows of degraded notes with the player's answer beside them, the same for a given seed and step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from duv_studio.engine.features.hints import hints_of
from duv_studio.engine.features.note_features import AS_THE_MUSIC_ASKS, FLOAT_FEATURES, Style, features
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.transformer import DuvTransformer, Logits, velocity_bin_width
from duv_studio.engine.music.chords import chord_ids
from duv_studio.engine.music.drum_pieces import without_edges
from duv_studio.training.config import Curriculum
from duv_studio.training.data.degrade import degrade
from duv_studio.training.data.played_track import PlayedTrack, copy_weights, octaves_of
from duv_studio.training.data.style import StyleScale
from duv_studio.training.loss import Targets

FloatBatch = NDArray[np.float32]
ABSOLUTE_LEVEL = 64.0
REST_SHARE = 0.1
LOOSE_SHARE, MOST_LOOSE = 0.15, 0.03  # of the windows; standard deviation in beats
HINTLESS_SHARE = 0.5  # of the windows: where files tell nothing, hints are 0, and the model must be used to it
EDGELESS_SHARE = 0.5  # of the drum windows: most files name every stroke of a hat alike
PROBE_STEPS = 16  # numbers of batches before step 0, from which the scale of the features is measured


@dataclass(frozen=True)
class Example:
    """n notes of model input and the player's answer; targets are NaN where the player's is unknown."""

    floats: FloatBatch  # (n, F)
    indices: NDArray[np.int64]  # (n, I)
    onset: FloatBatch  # (n,) beats
    deviation: FloatBatch  # (n,) played velocity minus the player's mean, in bins of the family's width
    key: FloatBatch  # (n,) log2 of played over input duration
    sustained: FloatBatch  # (n,) the same until the sound ends
    weight: FloatBatch  # (n,) loss weight
    hints: FloatBatch  # (n, H), H = 0 for a model that reads none

    def window(self, start: int, size: int) -> Example:
        return Example(*(getattr(self, f)[start : start + size] for f in self.__dataclass_fields__))


@dataclass(frozen=True)
class Batch:
    """Examples stacked to (batch, notes, ...), short ones padded; `valid` (batch, notes) tells which notes are real."""

    examples: Example
    valid: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """Only some of the examples."""
        chosen = Example(*(getattr(self.examples, name)[rows] for name in Example.__dataclass_fields__))
        return Batch(chosen, self.valid[rows])


def make_example(
    track: PlayedTrack,
    rng: Generator,
    velocity_mix: Mapping[str, float],
    duration_mix: Mapping[str, float],
    weight: NDArray[np.float64] | None = None,
    style: Style = AS_THE_MUSIC_ASKS,
    level: float | None = None,
    hints: Sequence[str] = (),
    octaves: int | None = None,
) -> Example:
    """Degrade a whole track and put its features beside what was played; `weight` (n,) defaults to 1.

    The answer is the difference from `level`, by default from the track's own mean. Of `hints`, those that velocities
    or lengths tell are worked out from the degraded ones. `octaves` as in `PlayedTrack.table`.
    """
    given = degrade(track, rng, velocity_mix, duration_mix)
    table = replace(track.table(given.velocity, given.duration, style, octaves), state=given.state)
    read = features(table)
    deviation = (track.velocity - (track.velocity.mean() if level is None else level)) / velocity_bin_width(
        track.family
    )
    return Example(
        read.floats,
        read.indices,
        read.onset,
        deviation.astype(np.float32),
        np.log2(track.played_duration / given.duration).astype(np.float32),
        np.log2(track.sustained_duration / given.duration).astype(np.float32),
        (np.ones(len(track)) if weight is None else weight).astype(np.float32),
        hints_of(table, hints, track.hints),
    )


def song_key(track: PlayedTrack) -> tuple[str, str, str]:
    """What tracks that were played together have in common."""
    return track.corpus, track.song, track.player


def by_song(tracks: Sequence[PlayedTrack]) -> dict[tuple[str, str, str], list[int]]:
    """Indices of the tracks of every song that more than one instrument plays."""
    songs: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i, track in enumerate(tracks):
        songs[song_key(track)].append(i)
    return {key: members for key, members in songs.items() if len({tracks[i].family for i in members}) > 1}


def together(examples: Sequence[Example]) -> Example:
    """Several tracks of a song as one sequence by onset; their families tell the model which note is whose."""
    order = np.argsort(np.concatenate([e.onset for e in examples]), kind="stable")
    fields = {n: np.concatenate([getattr(e, n) for e in examples])[order] for n in Example.__dataclass_fields__}
    return Example(**fields)


def stack(examples: Sequence[Example]) -> Batch:
    """One batch of examples that may differ in length."""
    longest = max(len(e.onset) for e in examples)
    valid = np.array([np.arange(longest) < len(e.onset) for e in examples])
    fields = {}
    for name in Example.__dataclass_fields__:
        rows = [getattr(e, name) for e in examples]
        fields[name] = np.stack([np.pad(r, [(0, longest - len(r))] + [(0, 0)] * (r.ndim - 1)) for r in rows])
    return Batch(Example(**fields), valid)


class WindowSource:
    """Draws batches: a family by its share, a track of it by its notes, a place in the track, a degradation."""

    def __init__(
        self,
        tracks: Sequence[PlayedTrack],
        curriculum: Curriculum,
        window: int,
        seed: int,
        hints: Sequence[str] = (),
    ) -> None:
        """With `hints`, half of the windows read them and half must do without."""
        self.window, self.seed, self.curriculum, self.hints = window, seed, curriculum, tuple(hints)
        self.tracks = list(tracks)
        self.weights = [copy_weights(t) for t in self.tracks]
        self.styles = StyleScale.of(self.tracks)
        families = curriculum.families
        self.members = {f: [i for i, t in enumerate(self.tracks) if t.family == f] for f in families}
        self.families = [f for f in families if self.members[f]]
        self.share = np.array([families[f] for f in self.families])
        self.share /= self.share.sum()
        self.odds = {f: self._odds(self.members[f]) for f in self.families}
        self.songs = by_song(self.tracks)

    def batch(self, step: int, size: int, velocity: Mapping[str, float], duration: Mapping[str, float]) -> Batch:
        """The batch of a step: a function of seed and step alone, so that a resumed run draws what it would have."""
        return stack(self.examples(step, size, velocity, duration))

    def examples(
        self, step: int, size: int, velocity: Mapping[str, float], duration: Mapping[str, float]
    ) -> list[Example]:
        """The windows of `batch`, one by one."""
        rng = np.random.default_rng([self.seed, step + PROBE_STEPS])
        share = self.share_at(step, size)
        return [self._draw(rng, share, velocity, duration) for _ in range(size)]

    def share_at(self, step: int, size: int) -> NDArray[np.float64]:
        """Odds (families,) at a step; those that were drawn often enough by then fall to REST_SHARE of theirs.

        A few songs, met again and again, are learned by heart, and their family then plays worse.
        """
        drawn = max(step, 0) * size * self.window * self.share
        notes = np.array([sum(self.weights[i].sum() for i in self.members[f]) for f in self.families])
        most = np.array([self.curriculum.most_epochs.get(f, np.inf) for f in self.families])
        share = np.where(drawn > most * notes, REST_SHARE, 1.0) * self.share
        return np.asarray(share / share.sum())

    def _odds(self, members: list[int]) -> NDArray[np.float64]:
        """By notes that are no copies; a piece that many played counts as the root of their number."""
        takes = Counter((self.tracks[i].corpus, self.tracks[i].song) for i in members)
        odds = np.array([self.weights[i].sum() for i in members])
        for place, i in enumerate(members):
            track = self.tracks[i]
            odds[place] *= self.curriculum.corpora.get(track.corpus, 1.0) / np.sqrt(takes[track.corpus, track.song])
        return np.asarray(odds / odds.sum())

    def _draw(
        self,
        rng: Generator,
        share: NDArray[np.float64],
        velocity: Mapping[str, float],
        duration: Mapping[str, float],
    ) -> Example:
        family = self.families[rng.choice(len(self.families), p=share)]
        chosen = self.members[family][rng.choice(len(self.odds[family]), p=self.odds[family])]
        mates = self.songs.get(song_key(self.tracks[chosen]))
        if mates is not None and self.curriculum.context_share and rng.random() < self.curriculum.context_share:
            return self._draw_song(mates, rng, velocity, duration)
        track, weight = augment(self.tracks[chosen], self.weights[chosen], rng, self.curriculum.steady_share)
        style = self._style(track, rng)
        level = ABSOLUTE_LEVEL if self.curriculum.level == "absolute" else None
        example = make_example(track, rng, velocity, duration, weight, style, level, self.hints)
        if self.hints and rng.random() < HINTLESS_SHARE:
            example = replace(example, hints=np.zeros_like(example.hints))
        return self._window(example, rng)

    def _draw_song(
        self, mates: Sequence[int], rng: Generator, velocity: Mapping[str, float], duration: Mapping[str, float]
    ) -> Example:
        """All tracks of a song, each to be learned, in one window."""
        parts = []
        octaves = octaves_of([self.tracks[i] for i in mates])  # they share one beat
        for i in mates:
            mate = self.tracks[i]
            style = self._style(mate, rng)
            parts.append(
                make_example(mate, rng, velocity, duration, self.weights[i], style, hints=self.hints, octaves=octaves)
            )
        return self._window(together(parts), rng)

    def _window(self, example: Example, rng: Generator) -> Example:
        """A window anywhere; both ends of a track are met as often as its middle."""
        last = max(len(example.onset) - self.window, 0)
        return example.window(int(np.clip(rng.integers(-64, last + 65), 0, last)), self.window)

    def _style(self, track: PlayedTrack, rng: Generator) -> Style:
        """The style of what was played, each part of it given only sometimes, so that it may be left open."""
        told = rng.random(2) < self.curriculum.style_share
        style = self.styles.style_of(track)
        return Style(style.dynamics if told[0] else None, style.articulation if told[1] else None)


def augment(
    track: PlayedTrack, weight: NDArray[np.float64], rng: Generator, steady_share: float = 0.0
) -> tuple[PlayedTrack, NDArray[np.float64]]:
    """Another key, another tempo, sometimes only one hand or one voice of the same playing."""
    if track.free:
        track = on_another_clock(track, float(np.exp(rng.uniform(-0.7, 0.7))))
    elif rng.random() < steady_share:  # few tempo maps follow a player
        track = replace(track, bpm=np.full(len(track), np.median(track.bpm)))
    if rng.random() < LOOSE_SHARE:
        track, weight = _loosened(track, weight, rng)
    if track.family is not Family.DRUMS:
        shift = int(rng.integers(-5, 6))
        track = replace(track, pitch=np.clip(track.pitch + shift, 0, 127))
    elif rng.random() < EDGELESS_SHARE:
        track = replace(track, pitch=without_edges(track.pitch))
    # The pedal and the meter are known to too few tracks to be trusted: often the model must do without.
    track = replace(track, bpm=track.bpm * rng.uniform(0.85, 1.15), pedal=track.pedal and rng.random() < 0.5)
    if rng.random() < 0.15:
        track = replace(track, numerator=np.full(len(track), rng.integers(2, 9)))
    if rng.random() < 0.4:
        keep = _one_voice(track, rng)
        if 8 <= keep.sum() < len(track):
            return track.take(keep), weight[keep]
    return track, weight


def on_another_clock(track: PlayedTrack, factor: float) -> PlayedTrack:
    """The same seconds, written as `factor` times as many beats: a free recording's tempo is whatever it was set to."""
    beats = ("onset", "duration", "played_duration", "sustained_duration", "bpm")
    return replace(track, **{name: getattr(track, name) * factor for name in beats})


def _loosened(
    track: PlayedTrack, weight: NDArray[np.float64], rng: Generator
) -> tuple[PlayedTrack, NDArray[np.float64]]:
    """Onsets a little off the grid: some people nudge them, or have them nudged by their sequencer."""
    shift = rng.normal(0, rng.uniform(0, MOST_LOOSE), len(track))
    onset = np.maximum(track.onset + shift, 0)
    order = np.lexsort((track.pitch, onset))
    return replace(track, onset=onset, beat=np.maximum(track.beat + shift, 0)).take(order), weight[order]


def _one_voice(track: PlayedTrack, rng: Generator) -> NDArray[np.bool_]:
    if track.family is Family.DRUMS or rng.random() < 0.6:  # a hand, or a part of the kit
        upper = track.pitch >= np.median(track.pitch) + rng.integers(-4, 5)
    else:
        chord = chord_ids(track.onset)
        top = np.full(int(chord[-1]) + 1, -1)
        np.maximum.at(top, chord, track.pitch)
        upper = track.pitch == top[chord]
    return upper if rng.random() < 0.5 else ~upper


def sample_features(source: WindowSource, velocity: Mapping[str, float], duration: Mapping[str, float]) -> FloatBatch:
    """Float features (n, F) of a few batches, from which the model takes their scale."""
    batches = [source.batch(-1 - k, 16, velocity, duration) for k in range(PROBE_STEPS)]
    return np.concatenate([b.examples.floats[b.valid] for b in batches])


def predict_batch(model: DuvTransformer, batch: Batch) -> Logits:
    """Run a model on a stacked batch."""
    e, device = batch.examples, model.device
    valid = None if batch.valid.all() else torch.from_numpy(batch.valid).to(device)
    read = (torch.from_numpy(x).to(device) for x in (e.floats, e.indices, e.onset))
    hints = torch.from_numpy(e.hints).to(device) if e.hints.shape[-1] else None
    logits: Logits = model(*read, valid, hints)
    return logits


def targets_of(batch: Batch, device: torch.device | None = None) -> Targets:
    """The player's answers of a stacked batch."""
    e = batch.examples
    top = e.floats[..., FLOAT_FEATURES.index("is_top")] > 0.5
    columns = (e.deviation, e.key, e.sustained, e.weight * batch.valid, e.onset, top)
    return Targets(*(torch.from_numpy(x).to(device) for x in columns))
