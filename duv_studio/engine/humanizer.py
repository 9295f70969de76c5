"""The corridor from a song to its performance: select, predict, draw, blend."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.checkpoint import Rendering, load
from duv_studio.engine.features import features, note_table
from duv_studio.engine.models import find_model
from duv_studio.engine.prediction import Prediction, TrackPrediction
from duv_studio.engine.render import render
from duv_studio.engine.selection import select
from duv_studio.engine.settings import Settings
from duv_studio.engine.song import Family, Performance, Song, Track
from duv_studio.errors import DuvError

Progress = Callable[[float], None]
Asked = Callable[[], bool]


class Humanizer:
    """A loaded model. Making one imports torch and reads weights (seconds); using it is cheap and thread-safe."""

    def __init__(self, model: str | Path | None = None, device: str = "cpu") -> None:
        """Load a model by name, folder or file, None for the default; DuvError when it cannot be had."""
        self.path = find_model(model)
        self._model, self._header = load(self.path)
        self._model.to(_checked_device(device))
        self.name = self._header.name
        self.description = f"{self._header.title} · {self._header.licence}"

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

        Of the settings only key-switch protection and, where `tracks` is None, the selection matter. Raises Cancelled.
        """
        selection = select(song, settings)
        wanted = [t for t in song.tracks if (selection[t.index].included if tracks is None else t.index in tracks)]
        total = max(sum(len(t.notes) for t in wanted), 1)
        prediction: dict[int, TrackPrediction] = {}
        done = 0
        for track in wanted:
            keep = ~selection[track.index].protected
            report = _share(progress, done / total, len(track.notes) / total)
            if keep.any():
                prediction[track.index] = self._predict_track(song, track, keep, report, cancelled)
            done += len(track.notes)
        return prediction

    def humanize(
        self, song: Song, settings: Settings, *, progress: Progress | None = None, cancelled: Asked | None = None
    ) -> Performance:
        """The song as it is played under these settings; as written where nothing is to change."""
        return render(song, self.predict(song, settings, progress=progress, cancelled=cancelled), settings)

    def _predict_track(
        self,
        song: Song,
        track: Track,
        keep: NDArray[np.bool_],
        progress: Progress | None,
        cancelled: Asked | None,
    ) -> TrackPrediction:
        from duv_studio.engine.model import (
            DURATION_BINS,
            DURATION_HIGH,
            DURATION_LOW,
            VELOCITY_BINS,
            velocity_bin_width,
        )
        from duv_studio.engine.predictor import Temperatures, predict_track

        read = features(note_table(song, track, keep))
        how = self._header.rendering.get(track.family, Rendering())
        temperatures = Temperatures(how.velocity_temperature, how.duration_temperature)
        found = predict_track(self._model, read, temperatures, progress=progress, cancelled=cancelled)
        # Pianists release keys early because the pedal holds the sound; without a pedal, lengths must be the sound's.
        lengths = found.sustained if track.family is Family.PIANO and not track.pedal else found.key
        width = velocity_bin_width(track.family)
        return TrackPrediction(
            notes=np.flatnonzero(keep),
            level=read.level,
            velocity_edges=((np.arange(VELOCITY_BINS + 1) - VELOCITY_BINS / 2) * width).astype(np.float32),
            velocity_cdf=_cdf(found.velocity),
            velocity_kernel=how.velocity_kernel,
            duration_edges=np.linspace(DURATION_LOW, DURATION_HIGH, DURATION_BINS + 1, dtype=np.float32),
            duration_cdf=_cdf(lengths),
            duration_kernel=how.duration_kernel,
        )


def _cdf(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    sums = np.cumsum(probabilities, axis=1, dtype=np.float64)
    return (sums / sums[:, -1:]).astype(np.float32)


def _share(progress: Progress | None, start: float, size: float) -> Progress | None:
    """Progress of one track as progress of the whole."""
    return None if progress is None else lambda fraction: progress(start + size * fraction)


def _checked_device(device: str) -> str:
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise DuvError("there is no CUDA device on this machine", hint="use the device cpu")
    return device
