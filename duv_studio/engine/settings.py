"""Every choice of a user about one humanization; immutable, so that undo is a list of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Settings:
    """What is humanized and how much; the defaults are the command line's and the window's."""

    intensity: float = 0.9  # 0..1, blends between the file (0) and the performance (1)
    velocity: float = 1.0  # 0..1, share of the intensity that reaches velocities
    duration: float = 1.0  # 0..1, share of the intensity that reaches durations
    variation: float = 0.5  # 0..1, 0: the one most expected performance, 1: as varied as players are
    seed: int = 0  # which performance is drawn; same seed, same bytes
    include: str | None = None  # regular expression on track names, None: all tracks
    exclude: str | None = None  # regular expression on track names, None: nothing
    protect_keyswitches: bool = True  # leave key-switch notes as they are
    drum_durations: bool = False  # drums keep their durations unless asked
    max_velocity_change: int | None = None  # limit per note, in MIDI velocity units
    max_duration_change: float | None = None  # limit per note, as a ratio: 0.5 allows -50 % to +50 %
    # Track.key -> factor 0..1 on intensity
    track_intensity: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    track_included: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))  # by hand, wins over regex
