"""The corridor from a song to its performance: select, predict, draw, blend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.resolve import AUTOMATIC, choose, described, named
from duv_studio.engine.humanizer.prediction_request import PredictionRequest, build_request
from duv_studio.engine.midi.song import Family, Performance, Song
from duv_studio.engine.model.device import DEFAULT, device_use
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings, check_settings
from duv_studio.engine.performance.blend import render

Progress = Callable[[float], None]
IsCancelled = Callable[[], bool]


class Humanizer:
    """A loaded model and its adapters.

    Making one imports torch and reads weights (seconds); using it is cheap and thread-safe. `base` and `path` are
    the base model's name and file, `adapters` says by family which adapters play with it, `name` names all of them;
    `device` and `precision` say how it computes.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        device: str = DEFAULT,
        precision: str | None = None,
        adapter: str | Path = AUTOMATIC,
    ) -> None:
        """Load a model by name, folder or file, None for the default; DuvError when it cannot be had.

        `device` is "cpu", "cuda", or "auto" for CUDA where it is there; only on a CPU do the last digits not depend on
        what is read along, and with them the bytes of a seed. `precision` is "fp32", "bf16", "int8", or
        "auto" for the fastest of them on this machine; None: as the environment's DUV_STUDIO_PRECISION says, or "auto".

        `adapter` "auto" lets every family be played by the adapter that was made for this very model and proved to
        improve it, the user's newest before the one that ships; "none" lets the model play alone. A name, folder or
        file is an adapter that plays its own family, whatever its verdict, while the others are played as with "auto";
        DuvError when it was made for another model. An adapter may also be given as the `model`: then the model that
        it was made for is looked for among those that are installed and beside its file.
        """
        from duv_studio.engine.humanizer.family_networks import FamilyNetworks
        from duv_studio.engine.humanizer.loaded_model import load_model

        choice = choose(model, adapter)
        self.path = choice.base.path
        ready = load_model(self.path, device, precision)
        self._networks = FamilyNetworks(ready, {family: file.path for family, file in choice.adapters})
        self.device, self.precision = device_use(device), ready.precision
        self.adapters: Mapping[Family, AdapterHeader] = MappingProxyType(self._networks.headers)
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
        cancelled: IsCancelled | None = None,
    ) -> Prediction:
        """Distributions for the notes of `tracks` (indices into song.tracks; None: the selected ones).

        Tracks that are parts of one instrument are read together, the excluded ones too. Of the settings only what
        `prediction_key` names and, where `tracks` is None, the selection matter. Raises Cancelled.
        """
        from duv_studio.engine.model.inference import run_networks

        request = self.build_request(song, settings, tracks=tracks, cancelled=cancelled)
        report = _of_all(progress, [len(network_input) for network_input in request.inputs])
        return request.prediction(run_networks(request.inputs, progress=report, cancelled=cancelled))

    def build_request(
        self,
        song: Song,
        settings: Settings,
        *,
        tracks: Collection[int] | None = None,
        cancelled: IsCancelled | None = None,
    ) -> PredictionRequest:
        """What the networks read for a prediction; the inputs of many songs may be predicted together.

        `predict` does it for one: `request.prediction(run_networks(request.inputs))`.
        """
        check_settings(settings)
        return build_request(self._networks, song, settings, tracks, cancelled)

    def humanize(
        self, song: Song, settings: Settings, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
    ) -> Performance:
        """The song as it is played under these settings; as written where nothing is to change."""
        return render(song, self.predict(song, settings, progress=progress, cancelled=cancelled), settings)


def _of_all(progress: Progress | None, sizes: Sequence[int]) -> Callable[[int, float], None] | None:
    """Progress of single inputs, of so many notes each, as progress of all."""
    if progress is None:
        return None
    done, total = [0.0] * len(sizes), max(sum(sizes), 1)

    def report(index: int, fraction: float) -> None:
        done[index] = fraction * sizes[index]
        progress(sum(done) / total)

    return report
