"""What the model said of the tracks of a song under several settings: kept, so that going back to one costs nothing."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from duv_studio.engine.midi.song import Song
from duv_studio.engine.model.prediction import Prediction, TrackPrediction, prediction_key
from duv_studio.engine.music.ensemble import groups
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.settings import Settings

BUDGET = 256 * 2**20  # bytes of distributions; what is shown stays, however large it is
READ_BY_MODEL = (
    "protect_keyswitches",
    "dynamics",
    "articulation",
    "lengths",
    "track_family",
    "keyswitches",
    "locked_notes",
)
_BY_TRACK = ("track_family", "keyswitches", "locked_notes")

Reading = tuple[tuple[int, ...], Hashable]  # tracks that are read together, and what else the answer depends on


def readings_of(song: Song, settings: Settings) -> tuple[Reading, ...]:
    """Return how the model would read each track of the song; its answer about a track depends on nothing else."""
    made: dict[int, Reading] = {}
    for group in groups(with_families(song, settings.track_family)):
        keys = {song.tracks[index].key for index in group}
        of_group: dict[str, Any] = {name: _only(getattr(settings, name), keys) for name in _BY_TRACK}
        reading = (group, prediction_key(replace(settings, **of_group)))
        made |= dict.fromkeys(group, reading)
    return tuple(made[index] for index in range(len(song.tracks)))


def _only(of_tracks: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in of_tracks.items() if key in keys}


def settings_to_read(settings: Settings) -> Settings:
    """Return the settings with everything at its default that the model does not read."""
    return Settings(**{name: getattr(settings, name) for name in READ_BY_MODEL})


class PredictionCache:
    """By track and reading; the oldest go when there are too many. Of a track read again, the last one is shown."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Reading], TrackPrediction | None] = {}
        self._shown: dict[int, Reading] = {}

    def has(self, index: int, reading: Reading) -> bool:
        """Whether the model has read a track in this way; it may have had nothing to say."""
        return (index, reading) in self._known

    def add(self, readings: Mapping[int, Reading], prediction: Prediction) -> None:
        """Take an answer about the tracks of `readings`; of those missing in `prediction` there is nothing to say."""
        for index, reading in readings.items():
            self._known.pop((index, reading), None)
            self._known[index, reading] = prediction.get(index)
            self._shown.setdefault(index, reading)

    def show(self, readings: Sequence[Reading]) -> Mapping[int, Reading]:
        """Return the readings to draw from: the wanted one of every track, else the one that was shown last."""
        for index, reading in enumerate(readings):
            if self.has(index, reading):
                self._shown[index] = reading
        self._drop_oldest()  # now that an answer too large to be kept beside the last one has taken its place
        return MappingProxyType({i: r for i, r in self._shown.items() if self._known[i, r] is not None})

    def prediction(self, shown: Mapping[int, Reading]) -> Prediction:
        """Return the distributions of what `show` has returned."""
        found = {index: self._known[index, reading] for index, reading in shown.items()}
        return {index: of_track for index, of_track in found.items() if of_track is not None}

    def _drop_oldest(self) -> None:
        size = sum(_bytes(p) for p in self._known.values())
        for (index, reading), of_track in list(self._known.items()):
            if size <= BUDGET:
                return
            if self._shown.get(index) != reading:
                size -= _bytes(of_track)
                del self._known[index, reading]


def _bytes(of_track: TrackPrediction | None) -> int:
    return 0 if of_track is None else of_track.velocity_cdf.nbytes + of_track.duration_cdf.nbytes
