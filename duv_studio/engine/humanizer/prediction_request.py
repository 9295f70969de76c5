"""The inputs of the networks for one song, prepared without running them, so that many songs can share a call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.hints import hints_of_parts
from duv_studio.engine.features.note_features import NoteTable, Style, features, note_table
from duv_studio.engine.features.part_merging import Places, merge_tables
from duv_studio.engine.features.song_hints import song_hints
from duv_studio.engine.midi.song import Family, IntArray, Song, Track
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.prediction import Prediction, TrackPrediction
from duv_studio.engine.music.ensemble import Group, groups
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.selection import TrackSelection, locked_mask, select
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import Cancelled

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.family_networks import FamilyNetworks
    from duv_studio.engine.model.inference import NetworkInput, Probabilities


@dataclass(frozen=True)
class Instrument:
    """The tracks of a song that are read together, and what is asked about their notes."""

    group: Group
    parts: tuple[Part, ...]
    places: Places
    settings: Settings
    inputs: tuple[NetworkInput, ...]
    networks: FamilyNetworks

    @property
    def family(self) -> Family:
        """What it was read as."""
        return self.parts[0].track.family

    def prediction(self, outputs: Sequence[Probabilities]) -> dict[int, TrackPrediction]:
        """Every part's own rows of the outputs."""
        reading = self.networks.read(self.family, outputs)
        heard = {(p.track.port, p.track.channel) for p in self.parts if p.track.pedal}
        return {
            part.track.index: prediction_of(
                part,
                reading.found,
                place,
                reading.how,
                self.settings,
                self.group,
                pedal=(part.track.port, part.track.channel) in heard,
            )
            for part, place in zip(self.parts, self.places, strict=True)
        }


@dataclass(frozen=True)
class PredictionRequest:
    """All inputs of the networks for a song, and what their outputs make."""

    wanted: frozenset[int]  # indices into Song.tracks
    instruments: tuple[Instrument, ...]

    @property
    def inputs(self) -> tuple[NetworkInput, ...]:
        """To be given to `predictor.run_networks`, alone or among those of other songs."""
        return tuple(network_input for instrument in self.instruments for network_input in instrument.inputs)

    def prediction(self, outputs: Sequence[Probabilities]) -> Prediction:
        """The prediction for the tracks that are wanted, from an output for each of `inputs`, in their order."""
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
    """Ask about `tracks` (None: the selected ones) of a song and all parts of their instruments; raises Cancelled."""
    song = with_families(song, settings.track_family)
    selection = select(song, settings)
    wanted = {i for i, chosen in enumerate(selection) if (chosen.included if tracks is None else i in tracks)}
    instruments = []
    for group in groups(song):
        if cancelled is not None and cancelled():
            raise Cancelled
        if wanted & set(group):
            asked_for = networks.settings_for(song.tracks[group[0]].family, settings)
            parts = parts_of(song, group, selection, asked_for)
            if wanted & {part.track.index for part in parts}:
                instruments.append(_instrument(networks, song, group, parts, asked_for))
    return PredictionRequest(frozenset(wanted), tuple(instruments))


def _instrument(
    networks: FamilyNetworks, song: Song, group: Group, parts: Sequence[Part], settings: Settings
) -> Instrument:
    """The notes of an instrument's parts as the networks read them."""
    tables = [part.table for part in parts]
    merged, places = merge_tables(tables)

    def hinting(names: tuple[str, ...]) -> NDArray[np.float32]:
        known = [song_hints(song, part.track, part.keep, names) for part in parts]
        return hints_of_parts(merged, tables, places, known, names)

    inputs = networks.inputs_for(parts[0].track.family, features(merged), hinting)
    return Instrument(group, tuple(parts), places, settings, inputs, networks)


@dataclass(frozen=True)
class Part:
    """A track as the model reads it: the notes that are kept, (n,) bool, and what they are."""

    track: Track
    keep: NDArray[np.bool_]
    table: NoteTable


def parts_of(song: Song, group: Group, selection: Sequence[TrackSelection], settings: Settings) -> list[Part]:
    """The tracks of a group that have notes for the model to read."""
    style = Style(settings.dynamics, settings.articulation)
    kept = [(song.tracks[index], ~selection[index].keyswitches) for index in group]
    return [
        Part(track, keep, note_table(song, track, keep, style, locked_mask(track, settings)))
        for track, keep in kept
        if keep.any()
    ]


def prediction_of(
    part: Part,
    found: Probabilities,
    place: IntArray,
    how: Rendering,
    settings: Settings,
    group: Group,
    *,
    pedal: bool,
) -> TrackPrediction:
    """The part's rows (`place`) of what the model found for the instrument, as they are rendered.

    `pedal` says whether a sustain pedal reaches the part.
    """
    from duv_studio.engine.model.transformer import (
        DURATION_BINS,
        DURATION_HIGH,
        DURATION_LOW,
        VELOCITY_BINS,
        velocity_bin_width,
    )

    family, table = part.track.family, part.table
    # Pianists release keys early because the pedal holds the sound; without a pedal, lengths must be the sound's.
    lengths = found.sustained if family is Family.PIANO and not pedal else found.key
    width = velocity_bin_width(family)
    return TrackPrediction(
        notes=np.flatnonzero(part.keep),
        level=float(table.velocity.mean()),
        velocity_edges=((np.arange(VELOCITY_BINS + 1) - VELOCITY_BINS / 2) * width).astype(np.float32),
        velocity_cdf=_cdf(found.velocity[place]),
        velocity_kernel=how.velocity_kernel,
        duration_edges=np.linspace(DURATION_LOW, DURATION_HIGH, DURATION_BINS + 1, dtype=np.float32),
        duration_cdf=_cdf(lengths[place]),
        duration_kernel=how.duration_kernel,
        # The factors make up for not knowing how lively a player is; a player whose style is asked for is known.
        velocity_spread=how.velocity_spread if settings.dynamics is None else 1.0,
        duration_spread=how.duration_spread if settings.articulation is None else 1.0,
        articulation=settings.articulation or 0.0,
        state=table.state,
        family=family,
        group=group,
    )


def _cdf(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    sums = np.cumsum(probabilities, axis=1, dtype=np.float64)
    return (sums / sums[:, -1:]).astype(np.float32)
