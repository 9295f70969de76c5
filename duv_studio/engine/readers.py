"""Who reads which family: the base model, or the base with the adapter that plays that family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from duv_studio.engine.adapter import STATISTICS, AdapterHeader
from duv_studio.engine.adapters import load_adapter, read_adapter_header
from duv_studio.engine.checkpoint import Rendering
from duv_studio.engine.features import Features
from duv_studio.engine.inputs import TARGETS
from duv_studio.engine.model import DuvTransformer
from duv_studio.engine.predictor import FloatRows, Probabilities, Temperatures, predict_track
from duv_studio.engine.runtime import ReadyModel
from duv_studio.engine.settings import MOST_STYLE, Settings
from duv_studio.engine.song import Family

Progress = Callable[[float], None] | None
Asked = Callable[[], bool] | None
Hinting = Callable[[tuple[str, ...]], FloatRows]  # columns of hints by their names


@dataclass(frozen=True)
class Reading:
    """What was found of a track's notes, and how it is to be rendered."""

    found: Probabilities
    how: Rendering


class Readers:
    """A base model and the networks that adapters make of it, each when its family comes up first; thread-safe."""

    def __init__(self, base: ReadyModel, adapters: Mapping[Family, Path]) -> None:
        self.base, self._paths = base, dict(adapters)
        self.headers: dict[Family, AdapterHeader] = {f: read_adapter_header(path) for f, path in adapters.items()}
        self._networks: dict[Family, DuvTransformer] = {}
        self._making = Lock()

    def settings_for(self, family: Family, settings: Settings) -> Settings:
        """The settings with the style of the player whose statistics play this family, where none is asked for."""
        header = self.headers.get(family)
        if header is None or header.kind != STATISTICS or header.player is None:
            return settings
        if settings.dynamics is None and "velocity" in header.targets:
            settings = replace(settings, dynamics=_bounded(header.player.dynamics_style))
        if settings.articulation is None and "dur_beats" in header.targets:
            settings = replace(settings, articulation=_bounded(header.player.articulation_style))
        return settings

    def read(self, family: Family, notes: Features, hinting: Hinting, progress: Progress, cancelled: Asked) -> Reading:
        """Read a track's notes. `hinting` is called only for an adapter that reads hints. Raises Cancelled."""
        header = self.headers.get(family)
        plain = self.base.header.rendering_of(family)
        how = plain if header is None or header.rendering is None else header.rendering
        if header is None or header.kind == STATISTICS:
            return _read(self.base.network, notes, how, None, progress, cancelled)
        hints = hinting(header.hints) if header.hints else None
        network = self._network(family)
        if set(header.targets) == set(TARGETS):
            return _read(network, notes, how, hints, progress, cancelled)
        learned = _read(network, notes, how, hints, _half(progress, 0), cancelled)
        known = _read(self.base.network, notes, plain, None, _half(progress, 1), cancelled)
        return _joined(learned, known) if "velocity" in header.targets else _joined(known, learned)

    def _network(self, family: Family) -> DuvTransformer:
        with self._making:
            if family not in self._networks:
                self._networks[family] = self.base.adapted(*load_adapter(self._paths[family]))
            return self._networks[family]


def _read(
    network: DuvTransformer, notes: Features, how: Rendering, hints: FloatRows | None, progress: Progress, stop: Asked
) -> Reading:
    temperatures = Temperatures(how.velocity_temperature, how.duration_temperature)
    return Reading(predict_track(network, notes, temperatures, hints=hints, progress=progress, cancelled=stop), how)


def _joined(velocity: Reading, duration: Reading) -> Reading:
    """The velocities of one reading and the durations of the other."""
    found = Probabilities(velocity.found.velocity, duration.found.key, duration.found.sustained)
    how = replace(
        duration.how,
        velocity_temperature=velocity.how.velocity_temperature,
        velocity_kernel=velocity.how.velocity_kernel,
        velocity_spread=velocity.how.velocity_spread,
    )
    return Reading(found, how)


def _half(progress: Progress, which: int) -> Progress:
    """Progress of one of two readings as progress of both."""
    return None if progress is None else lambda share: progress((which + share) / 2)


def _bounded(style: float | None) -> float | None:
    return None if style is None else min(max(style, -MOST_STYLE), MOST_STYLE)
