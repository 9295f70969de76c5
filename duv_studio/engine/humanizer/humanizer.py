"""The corridor from a song to its performance: select, predict, draw, blend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.resolve import AUTOMATIC, choose, described, named
from duv_studio.engine.humanizer.prediction_request import PredictionRequest, build_request, build_requests
from duv_studio.engine.midi.song import Family, Performance, Song
from duv_studio.engine.model.device import DEFAULT, device_use
from duv_studio.engine.model.prediction import Prediction, TrackPrediction
from duv_studio.engine.music.settings import Settings, check_settings
from duv_studio.engine.performance.blend import render_by_and_by

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
        """Load a model and its adapters; DuvError where one of them, or the device, cannot be used.

        Args:
            model: name, folder or file; None for the default. An adapter stands for the model that it was made for,
                which is searched among the installed ones and beside the adapter's file.
            device: "cpu", "cuda", or "auto" for CUDA where there is a GPU. Only on a CPU do results not depend on what
                shares a call of the network, so that a seed gives the same bytes.
            precision: "fp32", "bf16", "int8", or "auto" for what suits the processor; None for what the environment
                variable DUV_STUDIO_PRECISION says, or else "auto".
            adapter: "auto" for the adapter of each family that was made for this model and proved to improve it, the
                user's newest first; "none"; or name, folder or file of one that plays its family whatever its verdict,
                beside the automatic ones of the other families.
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
        """Distributions of velocity and duration for each note, at full strength: the slow step.

        Args:
            tracks: indices into song.tracks; None for those that the settings select. Parts of one instrument, such as
                the hands of a piano, are read together, excluded ones too.
            settings: only what `prediction_key` names matters, and the selection where `tracks` is None.
            progress: is called with 0..1.
            cancelled: is asked between calls of the network; Cancelled is raised when it says so.

        Returns:
            Index into song.tracks -> TrackPrediction; `render` makes a performance of it with any other settings.
        """
        found: dict[int, TrackPrediction] = {}
        for some in self._predicted(song, settings, tracks, progress, cancelled, kept=True):
            found |= some
        return dict(sorted(found.items()))

    def _predicted(
        self,
        song: Song,
        settings: Settings,
        tracks: Collection[int] | None,
        progress: Progress | None,
        cancelled: IsCancelled | None,
        *,
        kept: bool = False,
    ) -> Iterator[dict[int, TrackPrediction]]:
        """The prediction, of some instruments after the others; unless it is `kept`, whoever takes it empties it."""
        check_settings(settings)
        requests, done = build_requests(self._networks, song, settings, tracks, cancelled, kept=kept), 0.0
        while answer := _answered(requests, done, progress, cancelled):
            found, share = answer
            done += share
            yield found

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
        """Velocities and durations of every track, (n,) each; as written where nothing is to change.

        The same as `render(song, self.predict(song, settings), settings)`. DuvError for a setting out of range or a
        wrong regular expression, Cancelled when `cancelled` says so.
        """
        return render_by_and_by(song, self._predicted(song, settings, None, progress, cancelled), settings)


def _answered(
    requests: Iterator[PredictionRequest], done: float, progress: Progress | None, cancelled: IsCancelled | None
) -> tuple[dict[int, TrackPrediction], float] | None:
    """What the networks say to the next request, and its share of the whole; nothing else of it is kept."""
    from duv_studio.engine.model.inference import run_networks

    request = next(requests, None)
    if request is None:
        return None

    def of_song(fraction: float) -> None:
        if progress is not None:
            progress(done + request.share * fraction)

    report = None if progress is None else _of_all(of_song, [len(asked) for asked in request.inputs])
    outputs = run_networks(request.inputs, progress=report, cancelled=cancelled)
    return dict(request.prediction(outputs)), request.share


def _of_all(progress: Progress | None, sizes: Sequence[int]) -> Callable[[int, float], None] | None:
    """Progress of single inputs, of so many notes each, as progress of all."""
    if progress is None:
        return None
    done, total = [0.0] * len(sizes), max(sum(sizes), 1)

    def report(index: int, fraction: float) -> None:
        done[index] = fraction * sizes[index]
        progress(sum(done) / total)

    return report
