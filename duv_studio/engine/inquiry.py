"""What a song asks of the networks: prepared without them, so that many songs may be answered together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.hints import hints_of_parts
from duv_studio.engine.features.note_features import features
from duv_studio.engine.features.part_merging import Places, merge_tables
from duv_studio.engine.features.song_hints import song_hints
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.prediction import Prediction, TrackPrediction
from duv_studio.engine.music.ensemble import Group, groups
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.reading import Part, parts_of, prediction_of
from duv_studio.errors import Cancelled

if TYPE_CHECKING:
    from duv_studio.engine.model.inference import Probabilities, Question
    from duv_studio.engine.readers import Readers


@dataclass(frozen=True)
class Instrument:
    """The tracks of a song that are read together, and what is asked about their notes."""

    group: Group
    parts: tuple[Part, ...]
    places: Places
    settings: Settings
    questions: tuple[Question, ...]
    readers: Readers

    @property
    def family(self) -> Family:
        """What it was read as."""
        return self.parts[0].track.family

    def prediction(self, answers: Sequence[Probabilities]) -> dict[int, TrackPrediction]:
        """Every part's own rows of the answers."""
        reading = self.readers.read(self.family, answers)
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
class Inquiry:
    """All that is asked about a song, and what the answers make."""

    wanted: frozenset[int]  # indices into Song.tracks
    instruments: tuple[Instrument, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """To be given to `predictor.answer`, alone or among those of other songs."""
        return tuple(question for instrument in self.instruments for question in instrument.questions)

    def prediction(self, answers: Sequence[Probabilities]) -> Prediction:
        """The prediction for the tracks that are wanted, from an answer for each of `questions`, in their order."""
        found: dict[int, TrackPrediction] = {}
        left = list(answers)
        for instrument in self.instruments:
            count = len(instrument.questions)
            found |= instrument.prediction(left[:count])
            left = left[count:]
        return {index: found[index] for index in sorted(self.wanted & set(found))}


def ask(
    readers: Readers,
    song: Song,
    settings: Settings,
    tracks: Collection[int] | None,
    cancelled: Callable[[], bool] | None = None,
) -> Inquiry:
    """Ask about `tracks` (None: the selected ones) of a song and all parts of their instruments; raises Cancelled."""
    song = with_families(song, settings.track_family)
    selection = select(song, settings)
    wanted = {i for i, chosen in enumerate(selection) if (chosen.included if tracks is None else i in tracks)}
    instruments = []
    for group in groups(song):
        if cancelled is not None and cancelled():
            raise Cancelled
        if wanted & set(group):
            asked_for = readers.settings_for(song.tracks[group[0]].family, settings)
            parts = parts_of(song, group, selection, asked_for)
            if wanted & {part.track.index for part in parts}:
                instruments.append(_instrument(readers, song, group, parts, asked_for))
    return Inquiry(frozenset(wanted), tuple(instruments))


def _instrument(readers: Readers, song: Song, group: Group, parts: Sequence[Part], settings: Settings) -> Instrument:
    """The notes of an instrument's parts as the networks read them."""
    tables = [part.table for part in parts]
    merged, places = merge_tables(tables)

    def hinting(names: tuple[str, ...]) -> NDArray[np.float32]:
        known = [song_hints(song, part.track, part.keep, names) for part in parts]
        return hints_of_parts(merged, tables, places, known, names)

    questions = readers.ask(parts[0].track.family, features(merged), hinting)
    return Instrument(group, tuple(parts), places, settings, questions, readers)
