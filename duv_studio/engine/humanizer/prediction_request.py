"""The inputs of the networks for one song, prepared without running them, so that many songs can share a call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.hints import hints_of_parts
from duv_studio.engine.features.note_features import Features, NoteTable, Style, features, note_table
from duv_studio.engine.features.part_merging import Places, merge_tables
from duv_studio.engine.features.passing_features import PassingFeatures
from duv_studio.engine.features.song_hints import song_hints
from duv_studio.engine.humanizer.memory import check_memory
from duv_studio.engine.midi.song import Family, IntArray, Song, Track
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.prediction import Prediction, TrackPrediction
from duv_studio.engine.music.ensemble import Group, groups
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.piano_lengths import lengths_of
from duv_studio.engine.music.selection import TrackSelection, locked_mask, select
from duv_studio.engine.music.settings import KEYS, SOUND, Settings
from duv_studio.errors import Cancelled

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.family_networks import FamilyNetworks
    from duv_studio.engine.model.inference import NetworkInput, Probabilities

PORTION = 200_000  # notes that are read together; more instruments than that wait, so that memory holds few at once
_HEADS = {KEYS: "key", SOUND: "sustained"}  # of the networks, for durations
_BLOCK = 4096  # rows that are summed in double precision at once


@dataclass(frozen=True)
class Instrument:
    """The tracks of a song that are read together, and what is asked about their notes."""

    group: Group
    parts: tuple[ReadPart, ...]
    places: Places
    settings: Settings
    inputs: tuple[NetworkInput, ...]
    networks: FamilyNetworks

    def read_once(self) -> Instrument:
        """The same, its input given up while it is read; where two networks read it, it stays."""
        if len(self.inputs) > 1:
            return self
        features = self.inputs[0].features
        assert isinstance(features, Features)
        return replace(self, inputs=(replace(self.inputs[0], features=PassingFeatures(features)),))

    @property
    def family(self) -> Family:
        """What it was read as."""
        return self.parts[0].track.family

    def prediction(self, outputs: Sequence[Probabilities]) -> dict[int, TrackPrediction]:
        """Every part's own rows of the outputs, which are used up."""
        reading = self.networks.read(self.family, outputs)
        for rows in (reading.found.velocity, reading.found.key, reading.found.sustained):
            _sort_by_part(rows, self.places)
        stops = np.cumsum([len(place) for place in self.places]).tolist()
        return {
            part.track.index: prediction_of(
                part, reading.found, slice(start, stop), reading.how, self.settings, self.group
            )
            for part, start, stop in zip(self.parts, [0, *stops], stops, strict=False)
        }


@dataclass(frozen=True)
class PredictionRequest:
    """All inputs of the networks for a song, and what their outputs make."""

    wanted: frozenset[int]  # indices into Song.tracks
    instruments: tuple[Instrument, ...]
    share: float = 1.0  # of all notes that are asked about

    @property
    def inputs(self) -> tuple[NetworkInput, ...]:
        """To be given to `predictor.run_networks`, alone or among those of other songs."""
        return tuple(network_input for instrument in self.instruments for network_input in instrument.inputs)

    def prediction(self, outputs: Sequence[Probabilities]) -> Prediction:
        """The prediction for the tracks that are wanted, from an output for each of `inputs`, in their order.

        The arrays of the outputs are used up.
        """
        found: dict[int, TrackPrediction] = {}
        left = list(outputs)
        for instrument in self.instruments:
            count = len(instrument.inputs)
            found |= instrument.prediction(left[:count])
            left = left[count:]
        return {index: found[index] for index in sorted(self.wanted & set(found))}


def build_request(
    networks: FamilyNetworks,
    song: Song,
    settings: Settings,
    tracks: Collection[int] | None,
    cancelled: Callable[[], bool] | None = None,
) -> PredictionRequest:
    """Ask about `tracks` (None: the selected ones) of a song and all parts of their instruments.

    Raises Cancelled, and DuvError where there is not enough memory.
    """
    asked = _Asked(networks, song, settings, tracks)
    check_memory(song.note_count, sum(map(asked.notes, asked.groups)))
    return PredictionRequest(asked.wanted, tuple(asked.instruments(asked.groups, cancelled)))


def build_requests(
    networks: FamilyNetworks,
    song: Song,
    settings: Settings,
    tracks: Collection[int] | None,
    cancelled: Callable[[], bool] | None = None,
    *,
    kept: bool = False,
) -> Iterator[PredictionRequest]:
    """The same in requests of PORTION notes, or one instrument, to be answered once and one after the other.

    `kept` says that all answers are kept until the last one is there.
    """
    asked = _Asked(networks, song, settings, tracks)
    portions = list(asked.portions())
    total = sum(size for _, size in portions)
    check_memory(song.note_count, total if kept else max((size for _, size in portions), default=0))
    for portion, size in portions:
        instruments = asked.instruments(portion, cancelled, once=True)
        yield PredictionRequest(asked.wanted, tuple(instruments), size / max(total, 1))


class _Asked:
    """What is asked about a song: which groups of tracks, and what the networks read of them."""

    def __init__(
        self, networks: FamilyNetworks, song: Song, settings: Settings, tracks: Collection[int] | None
    ) -> None:
        self._networks, self._settings = networks, settings
        self._song = song = with_families(song, settings.track_family)
        self._selection = select(song, settings)
        included = (chosen.included if tracks is None else i in tracks for i, chosen in enumerate(self._selection))
        self.wanted = frozenset(i for i, is_wanted in enumerate(included) if is_wanted)
        self.groups = [group for group in groups(song) if self.wanted & set(group)]

    def notes(self, group: Group) -> int:
        """How many there are in a group of tracks."""
        return sum(len(self._song.tracks[index].notes) for index in group)

    def portions(self) -> Iterator[tuple[list[Group], int]]:
        """The groups, together as many as have few notes, and how many notes they have."""
        portion: list[Group] = []
        size = 0
        for group in self.groups:
            notes = self.notes(group)
            if portion and size + notes > PORTION:
                yield portion, size
                portion, size = [], 0
            portion.append(group)
            size += notes
        if portion:
            yield portion, size

    def instruments(
        self, some: Iterable[Group], cancelled: Callable[[], bool] | None, *, once: bool = False
    ) -> Iterator[Instrument]:
        """The instruments of some groups; raises Cancelled. What is read `once` is given up while it is read."""
        for group in some:
            if cancelled is not None and cancelled():
                raise Cancelled
            asked_for = self._networks.settings_for(self._song.tracks[group[0]].family, self._settings)
            parts = parts_of(self._song, group, self._selection, asked_for)
            if self.wanted & {part.track.index for part in parts}:
                made = _instrument(self._networks, self._song, group, parts, asked_for)
                yield made.read_once() if once and self.notes(group) > PORTION else made


def _instrument(
    networks: FamilyNetworks, song: Song, group: Group, parts: Sequence[Part], settings: Settings
) -> Instrument:
    """The notes of an instrument's parts as the networks read them."""
    tables = [part.table for part in parts]
    merged, places = merge_tables(tables)

    def hinting(names: tuple[str, ...]) -> NDArray[np.float32]:
        known = [song_hints(song, part.track, part.keep, names) for part in parts]
        return hints_of_parts(merged, tables, places, known, names)

    family = parts[0].track.family
    lengths = frozenset(_HEADS[part.lengths] for part in parts)
    read = features(merged)
    read = replace(read, indices=read.indices.astype(np.uint8))  # an eighth of the memory: none is above 255
    inputs = networks.inputs_for(family, read, hinting, lengths)
    kept = tuple(ReadPart(part.track, part.keep, part.lengths, part.level, part.state) for part in parts)
    return Instrument(group, kept, places, settings, inputs, networks)


def _sort_by_part(rows: NDArray[np.float32], places: Places) -> None:
    """Put the rows of each part behind those of the one before, in place and column by column: a copy is large."""
    if len(places) > 1 and len(rows):
        order = np.concatenate(places)
        for column in rows.T:
            column[:] = column[order]


@dataclass(frozen=True)
class ReadPart:
    """What is left to know of a part when the networks' input is made: the kept notes' level and State (m,)."""

    track: Track
    keep: NDArray[np.bool_]  # (n,)
    lengths: str  # KEYS or SOUND
    level: float
    state: IntArray


@dataclass(frozen=True)
class Part:
    """A track as the model reads it: the notes that are kept, (n,) bool, what they are, and which lengths are asked."""

    track: Track
    keep: NDArray[np.bool_]
    lengths: str  # KEYS or SOUND
    table: NoteTable

    @property
    def level(self) -> float:
        """Mean velocity of the notes that are kept."""
        return float(self.table.velocity.mean())

    @property
    def state(self) -> IntArray:
        """What the velocities of the m kept notes are worth, State (m,)."""
        return self.table.state


def parts_of(song: Song, group: Group, selection: Sequence[TrackSelection], settings: Settings) -> list[Part]:
    """The tracks of a group that have notes for the model to read."""
    style = Style(settings.dynamics, settings.articulation)
    kept = [(song.tracks[index], ~selection[index].keyswitches) for index in group]
    return [
        Part(
            track,
            keep,
            lengths_of(song, track, settings)[0],
            note_table(song, track, keep, style, locked_mask(track, settings)),
        )
        for track, keep in kept
        if keep.any()
    ]


def prediction_of(
    part: Part | ReadPart,
    found: Probabilities,
    place: IntArray | slice,
    how: Rendering,
    settings: Settings,
    group: Group,
) -> TrackPrediction:
    """The part's rows (`place`) of what the model found for the instrument, as they are rendered.

    The rows of a slice are used up.
    """
    from duv_studio.engine.model.transformer import (
        DURATION_BINS,
        DURATION_HIGH,
        DURATION_LOW,
        VELOCITY_BINS,
        velocity_bin_width,
    )

    family = part.track.family
    lengths = getattr(found, _HEADS[part.lengths])
    width = velocity_bin_width(family)
    return TrackPrediction(
        notes=np.flatnonzero(part.keep),
        level=part.level,
        velocity_edges=((np.arange(VELOCITY_BINS + 1) - VELOCITY_BINS / 2) * width).astype(np.float32),
        velocity_cdf=_summed(found.velocity[place]),
        velocity_kernel=how.velocity_kernel,
        duration_edges=np.linspace(DURATION_LOW, DURATION_HIGH, DURATION_BINS + 1, dtype=np.float32),
        duration_cdf=_summed(lengths[place]),
        duration_kernel=how.duration_kernel,
        # The factors make up for not knowing how lively a player is; a player whose style is asked for is known.
        velocity_spread=how.velocity_spread if settings.dynamics is None else 1.0,
        duration_spread=how.duration_spread if settings.articulation is None else 1.0,
        articulation=settings.articulation or 0.0,
        state=part.state,
        family=family,
        group=group,
    )


def _summed(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of probabilities (m, bins) themselves, made cumulative."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        sums = np.cumsum(block, axis=1, dtype=np.float64)
        block[:] = sums / sums[:, -1:]
    return rows
