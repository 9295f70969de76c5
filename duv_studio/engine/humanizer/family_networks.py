"""The network of each instrument family: the base model, or the base with that family's adapter merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from threading import Lock

import numpy as np

from duv_studio.engine.adapters.header import STATISTICS, AdapterHeader
from duv_studio.engine.adapters.library import load_adapter, read_adapter_header
from duv_studio.engine.features.feature_groups import TARGETS
from duv_studio.engine.features.note_features import Features
from duv_studio.engine.humanizer.loaded_model import LoadedModel
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.inference import FloatRows, NetworkInput, Probabilities, Temperatures
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.engine.music.settings import MOST_STYLE, Settings
from duv_studio.errors import DuvError

VELOCITY, LENGTHS = frozenset(["velocity"]), frozenset(["key", "sustained"])  # heads of the networks
Hinting = Callable[[tuple[str, ...]], FloatRows]  # columns of hints by their names


@dataclass(frozen=True)
class Reading:
    """What was found of a track's notes, and how it is to be rendered."""

    found: Probabilities
    how: Rendering


class FamilyNetworks:
    """A base model and the networks that adapters make of it, each when its family comes up first; thread-safe."""

    def __init__(self, base: LoadedModel, adapters: Mapping[Family, Path]) -> None:
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

    def inputs_for(
        self, family: Family, notes: Features, hinting: Hinting, lengths: frozenset[str] = LENGTHS
    ) -> tuple[NetworkInput, ...]:
        """What the networks read of a track's notes, one or two inputs.

        `hinting` is called where hints are read; `lengths` are those heads for durations that are asked for.
        """
        header = self.headers.get(family)
        both = lengths | VELOCITY
        if header is None or header.kind == STATISTICS:
            return (self._input(self.base.network, notes, self._adapted(family), both),)
        hints = hinting(header.hints) if header.hints else None
        is_whole, is_of_velocity = set(header.targets) == set(TARGETS), "velocity" in header.targets
        heads = both if is_whole else VELOCITY if is_of_velocity else lengths
        learned = self._input(self._network(family), notes, self._adapted(family), heads, hints)
        if is_whole:
            return (learned,)
        return learned, self._input(self.base.network, notes, self._plain(family), both - heads)

    def read(self, family: Family, outputs: Sequence[Probabilities]) -> Reading:
        """What the outputs for `inputs_for` mean; DuvError where they are no numbers, which nobody can play."""
        self._check_finite(family, outputs)
        header, first = self.headers.get(family), Reading(outputs[0], self._adapted(family))
        if header is None or len(outputs) == 1:
            return first
        known = Reading(outputs[1], self._plain(family))
        return _joined(first, known) if "velocity" in header.targets else _joined(known, first)

    def _check_finite(self, family: Family, outputs: Sequence[Probabilities]) -> None:
        # A sum is no number as soon as one of its terms is none, and takes no memory.
        if all(
            isfinite(rows.sum(dtype=np.float64)) for out in outputs for rows in (out.velocity, out.key, out.sustained)
        ):
            return
        header = self.headers.get(family)
        who = f'the model "{self.base.header.name}"'
        if header is not None and header.kind != STATISTICS:
            who += f' with the adapter "{header.name}"'
        hint = "choose another model" if header is None else "choose another adapter or model"
        raise DuvError(f"{who} predicts no finite numbers for {family}, which cannot be played", hint=hint)

    def _plain(self, family: Family) -> Rendering:
        return self.base.header.rendering_of(family)

    def _adapted(self, family: Family) -> Rendering:
        header = self.headers.get(family)
        return self._plain(family) if header is None or header.rendering is None else header.rendering

    @staticmethod
    def _input(
        network: DuvTransformer,
        notes: Features,
        how: Rendering,
        heads: frozenset[str],
        hints: FloatRows | None = None,
    ) -> NetworkInput:
        temperatures = Temperatures(how.velocity_temperature, how.duration_temperature)
        return NetworkInput(network, notes, temperatures, hints, heads)

    def _network(self, family: Family) -> DuvTransformer:
        with self._making:
            if family not in self._networks:
                self._networks[family] = self.base.adapted(*load_adapter(self._paths[family]))
            return self._networks[family]


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


def _bounded(style: float | None) -> float | None:
    return None if style is None else min(max(style, -MOST_STYLE), MOST_STYLE)
