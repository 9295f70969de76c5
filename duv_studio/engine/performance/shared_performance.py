"""Doubles and echoes play what their source plays: its shape at their own level, and its lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import State, velocity_state
from duv_studio.engine.midi.song import FloatArray, IntArray, Notes, Song
from duv_studio.engine.model.prediction import Draw
from duv_studio.engine.music.doubles import Relation, followed
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.aims import Aim, aim_of
from duv_studio.engine.performance.articulation import shape_durations
from duv_studio.engine.performance.duration_ranges import DurationRange, duration_ranges
from duv_studio.engine.performance.limits import TrackLimits, limits_of
from duv_studio.engine.performance.velocity_range import fit_into_range, velocity_range

_SOFTEST_SOURCE = 20.0  # velocity; a shade of a softer note counts as one of this, or ghosts would become blows
_ALIKE = 0.25  # of their length: notes that were written more different in length keep their own lengths


@dataclass(frozen=True)
class Strength:
    """How much of its draw a track plays, 0 or more, and which of its notes (n,) stay as they are."""

    velocity: float
    duration: float
    kept: NDArray[np.bool_]


def share(
    song: Song,
    draw: Draw,
    played: Mapping[int, Strength],
    settings: Settings,
    switches: Sequence[NDArray[np.bool_]] = (),
) -> SharedPerformance:
    """Return what the played tracks (by index) play, each for itself or with another that is played.

    `switches` say of every track which of its notes, (n,), are key-switches.
    """
    asked = {index: draw[index].articulation for index in played}
    ranges = duration_ranges(song, switches, asked)
    return SharedPerformance(song, draw, played, settings, followed(song, frozenset(played)), ranges)


@dataclass(frozen=True)
class SharedPerformance:
    """The tracks that are played, by index, and whom each of them follows.

    A double follows what its source's draw leads to at its own strength: how much of it the source plays is another
    choice.
    """

    song: Song
    draw: Draw
    played: Mapping[int, Strength]
    settings: Settings
    following: Mapping[int, Relation]
    ranges: tuple[DurationRange, ...]  # of every track for itself
    _aims: dict[tuple[int, float], Aim] = field(default_factory=dict, repr=False)

    def aim(self, index: int, strength: float) -> Aim:
        """Where the velocities of a track lead, with those of its source where it has one."""
        place = index, max(strength, 1.0)
        if place not in self._aims:
            self._aims[place] = self._aim(index, strength, self.following.get(index))
        return self._aims[place]

    def _aim(self, index: int, strength: float, relation: Relation | None) -> Aim:
        own, notes = self.draw[index], self.song.tracks[index].notes
        if relation is None:
            return aim_of(notes.velocity, own, strength, self.settings.level)
        velocity = notes.velocity.astype(np.float64)
        if len(relation.own) < len(velocity):
            velocity = aim_of(notes.velocity, own, strength, self.settings.level).velocity.copy()
        source = self.song.tracks[relation.source].notes
        theirs = self.aim(relation.source, strength).velocity
        theirs = np.where(self.played[relation.source].kept, source.velocity, theirs)
        velocity[relation.own] = _in_proportion(notes, source, theirs, relation)
        free = np.ones(len(velocity), bool) if own.piece is None else own.piece >= 0
        return _fitted(notes.velocity, velocity, free)

    def limits(self, index: int) -> TrackLimits:
        """A track's limits, with the rounding of its source, so that equal velocities stay equal."""
        own, relation = limits_of(self.song)[index], self.following.get(index)
        if relation is None:
            return own
        round_up = own.round_up.copy()
        round_up[relation.own] = self.limits(relation.source).round_up[relation.of]
        return replace(own, round_up=round_up)

    def log_ratio(self, index: int) -> FloatArray:
        """Log2 duration ratios (n,) of a track."""
        return self._log_ratios[index] if self.following else self.draw[index].log_ratio

    def range(self, index: int) -> DurationRange:
        """Shortest and longest durations of a track."""
        return self._ranges[index] if self.following else self.ranges[index]

    @cached_property
    def _log_ratios(self) -> dict[int, FloatArray]:
        """Of every track: notes that were written alike in length are changed alike.

        Each family admits what sounds well in it, so layers that end together agree on what all of them admit.
        """
        kept = {index: strength.kept for index, strength in self.played.items()}
        ratios = {index: np.where(own, 0.0, self.draw[index].log_ratio) for index, own in kept.items()}
        sources_first = sorted(self.following, key=self._depth)
        for index in sources_first:
            relation = self.following[index]
            own, of = self._alike(index)
            ratios[index][own] = ratios[relation.source][of]
            if self.song.tracks[index].family is not self.song.tracks[relation.source].family:
                ratios[index] = self._shaped(index, ratios[index])
                if not relation.is_echo:
                    ratios[relation.source][of] = ratios[index][own]
        for index in sources_first:
            own, of = self._alike(index)
            ratios[index][own] = ratios[self.following[index].source][of]
        return ratios

    @cached_property
    def _ranges(self) -> list[DurationRange]:
        """Of every track: of notes that were written together, what all of their tracks admit."""
        found = [
            DurationRange(np.maximum(own.shortest, limits.shortest), np.minimum(own.longest, limits.longest))
            for own, limits in zip(self.ranges, limits_of(self.song), strict=True)
        ]
        layers = {index: self._equal(index) for index, relation in self.following.items() if not relation.is_echo}
        # Twice: the second time every track learns what the last one has told its source.
        for index, (own, of) in [*layers.items(), *layers.items()]:
            source = self.following[index].source
            shortest = np.maximum(found[index].shortest[own], found[source].shortest[of])
            longest = np.minimum(found[index].longest[own], found[source].longest[of])
            found[index] = _narrowed(found[index], own, shortest, longest)
            found[source] = _narrowed(found[source], of, shortest, longest)
        return found

    def _depth(self, index: int) -> int:
        relation = self.following.get(index)
        return 0 if relation is None else 1 + self._depth(relation.source)

    def _alike(self, index: int) -> tuple[IntArray, IntArray]:
        """Which notes of a track, and which of its source, are written much alike in length."""
        relation = self.following[index]
        own = self.song.tracks[index].notes.duration[relation.own]
        of = self.song.tracks[relation.source].notes.duration[relation.of]
        near = np.abs(own - of) <= _ALIKE * np.maximum(own, of)
        return relation.own[near], relation.of[near]

    def _equal(self, index: int) -> tuple[IntArray, IntArray]:
        """Which notes of a track, and which of its source, are written equally long."""
        relation = self.following[index]
        own = self.song.tracks[index].notes.duration[relation.own]
        equal = own == self.song.tracks[relation.source].notes.duration[relation.of]
        return relation.own[equal], relation.of[equal]

    def _shaped(self, index: int, log_ratio: FloatArray) -> FloatArray:
        """Ratios (n,) as they sound well in the track's family."""
        track, free = self.song.tracks[index], np.flatnonzero(~self.played[index].kept)
        result = log_ratio.copy()
        if len(free):
            read = replace(track, notes=track.notes.only(free))
            shaped = shape_durations(self.song, read, log_ratio[free], self.settings.articulation or 0.0)
            # Notes that stay in the source stay here, too, however their neighbours draw them along.
            result[free] = np.where(log_ratio[free] == 0, 0.0, shaped)
        return result


def _in_proportion(own: Notes, source: Notes, theirs: FloatArray, relation: Relation) -> FloatArray:
    """Velocities (m,) that change as the source's do, at the level and in the relation in which they were written.

    A softer note changes less, in proportion: half as loud stays half as loud. A louder one changes as much.
    """
    written, of = own.velocity[relation.own].astype(np.float64), source.velocity[relation.of].astype(np.float64)
    if _is_flat(own) and not _is_flat(source):
        # Nothing was said of the double's dynamics: those that were written for its source are its own, too.
        change = theirs[relation.of] - of.mean()
        return np.asarray(written.mean() + change * min(1.0, written.mean() / max(of.mean(), _SOFTEST_SOURCE)))
    change = theirs[relation.of] - of
    return np.asarray(written + change * np.minimum(1.0, written / np.maximum(of, _SOFTEST_SOURCE)))


def _is_flat(notes: Notes) -> bool:
    return bool((velocity_state(notes.velocity.astype(np.float64)) == State.UNKNOWN).all())


def _fitted(written: IntArray, velocity: FloatArray, free: NDArray[np.bool_]) -> Aim:
    """The velocities (n,) within the range, those that are not `free` (n,) as they are written."""
    result = np.where(free, velocity, written)
    if not free.any():
        return Aim(result)
    own = result[free]
    level, piece = np.full(len(own), own.mean()), np.zeros(len(own), np.int64)
    result[free], room = fit_into_range(own, level, piece, *velocity_range(written[free].astype(np.float64)))
    return Aim(result, room)


def _narrowed(of_track: DurationRange, at: IntArray, shortest: IntArray, longest: IntArray) -> DurationRange:
    lowest, highest = of_track.shortest.copy(), of_track.longest.copy()
    lowest[at], highest[at] = shortest, longest
    return DurationRange(lowest, highest)
