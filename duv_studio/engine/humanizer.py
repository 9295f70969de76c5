"""The corridor from a song to its performance: select, predict, draw, blend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.adapter import AdapterHeader
from duv_studio.engine.adapter_choice import AUTOMATIC, choose
from duv_studio.engine.adapter_words import described, named
from duv_studio.engine.checks import check_settings
from duv_studio.engine.chosen_families import with_families
from duv_studio.engine.ensemble import Group, groups
from duv_studio.engine.features import features
from duv_studio.engine.merging import merge_tables
from duv_studio.engine.part_hints import hints_of_parts
from duv_studio.engine.prediction import Prediction, TrackPrediction
from duv_studio.engine.reading import Part, parts_of, prediction_of
from duv_studio.engine.render import render
from duv_studio.engine.selection import select
from duv_studio.engine.settings import Settings
from duv_studio.engine.song import Family, Performance, Song
from duv_studio.engine.song_hints import song_hints

Progress = Callable[[float], None]
Asked = Callable[[], bool]


class Humanizer:
    """A loaded model and its adapters.

    Making one imports torch and reads weights (seconds); using it is cheap and thread-safe. `base` and `path` are
    the base model's name and file, `adapters` says by family which adapters play with it, `name` names all of them.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        device: str = "cpu",
        precision: str | None = None,
        adapter: str | Path = AUTOMATIC,
    ) -> None:
        """Load a model by name, folder or file, None for the default; DuvError when it cannot be had.

        `device` is "cpu", "cuda", or "auto" for CUDA where it is there. `precision` is "fp32", "bf16", "int8", or
        "auto" for the fastest of them on this machine; None: as the environment's DUV_STUDIO_PRECISION says, or "auto".

        `adapter` "auto" lets every family be played by the adapter that was made for this very model and proved to
        improve it, the user's newest before the one that ships; "none" lets the model play alone. A name, folder or
        file is an adapter that plays its own family, whatever its verdict, while the others are played as with "auto";
        DuvError when it was made for another model. An adapter may also be given as the `model`: then the model that
        it was made for is looked for among those that are installed and beside its file.
        """
        from duv_studio.engine.readers import Readers
        from duv_studio.engine.runtime import ready_model

        choice = choose(model, adapter)
        self.path = choice.base.path
        ready = ready_model(self.path, device, precision)
        self._readers = Readers(ready, {family: file.path for family, file in choice.adapters})
        self.precision = ready.precision
        self.adapters: Mapping[Family, AdapterHeader] = MappingProxyType(self._readers.headers)
        self.base = ready.header.name
        self.name = named(ready.header, self.adapters)
        self.description = described(ready.header, self.adapters)

    def predict(
        self,
        song: Song,
        settings: Settings,
        *,
        tracks: Collection[int] | None = None,
        progress: Progress | None = None,
        cancelled: Asked | None = None,
    ) -> Prediction:
        """Distributions for the notes of `tracks` (indices into song.tracks; None: the selected ones).

        Tracks that are parts of one instrument are read together, the excluded ones too. Of the settings only what
        `prediction_key` names and, where `tracks` is None, the selection matter. Raises Cancelled.
        """
        check_settings(settings)
        song = with_families(song, settings.track_family)
        selection = select(song, settings)
        wanted = {i for i, chosen in enumerate(selection) if (chosen.included if tracks is None else i in tracks)}
        asked = [group for group in groups(song) if wanted & set(group)]
        total = max(sum(_size(song, group) for group in asked), 1)
        prediction: dict[int, TrackPrediction] = {}
        done = 0
        for group in asked:
            report = _share(progress, done / total, _size(song, group) / total)
            asked_for = self._readers.settings_for(song.tracks[group[0]].family, settings)
            parts = parts_of(song, group, selection, asked_for)
            if wanted & {part.track.index for part in parts}:
                prediction |= self._predict(song, parts, group, asked_for, report, cancelled)
            done += _size(song, group)
        return {index: prediction[index] for index in sorted(wanted & set(prediction))}

    def humanize(
        self, song: Song, settings: Settings, *, progress: Progress | None = None, cancelled: Asked | None = None
    ) -> Performance:
        """The song as it is played under these settings; as written where nothing is to change."""
        return render(song, self.predict(song, settings, progress=progress, cancelled=cancelled), settings)

    def _predict(
        self,
        song: Song,
        parts: Sequence[Part],
        group: Group,
        settings: Settings,
        progress: Progress | None,
        cancelled: Asked | None,
    ) -> dict[int, TrackPrediction]:
        """Read the parts of one instrument together; every part gets its own rows."""
        tables = [part.table for part in parts]
        merged, places = merge_tables(tables)

        def hinting(names: tuple[str, ...]) -> NDArray[np.float32]:
            known = [song_hints(song, part.track, part.keep, names) for part in parts]
            return hints_of_parts(merged, tables, places, known, names)

        reading = self._readers.read(parts[0].track.family, features(merged), hinting, progress, cancelled)
        heard = {(p.track.port, p.track.channel) for p in parts if p.track.pedal}
        return {
            part.track.index: prediction_of(
                part,
                reading.found,
                place,
                reading.how,
                settings,
                group,
                pedal=(part.track.port, part.track.channel) in heard,
            )
            for part, place in zip(parts, places, strict=True)
        }


def _size(song: Song, group: Group) -> int:
    return sum(len(song.tracks[index].notes) for index in group)


def _share(progress: Progress | None, start: float, size: float) -> Progress | None:
    """Progress of one track as progress of the whole."""
    return None if progress is None else lambda fraction: progress(start + size * fraction)
