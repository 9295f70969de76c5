"""The settings of one humanization, and the checks of their ranges. Immutable, so that undo is a list of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError

MOST_INTENSITY = 1.5
MOST_STYLE = 2.0  # standard deviations among players, either way
MOST_LEVEL = 40.0  # MIDI velocity units, either way
AUTO, KEYS, SOUND = "auto", "keys", "sound"
LENGTHS = (AUTO, KEYS, SOUND)  # of pianos: AUTO is SOUND where no sustain pedal reaches a track
# Fields that name tracks and notes of one song by Track.key: of no use to another song, so they are not remembered.
OF_ONE_SONG = (
    "track_intensity",
    "track_velocity",
    "track_duration",
    "track_included",
    "track_family",
    "protected_pitches",
    "keyswitches",
    "locked_notes",
)


@dataclass(frozen=True)
class Settings:
    """What is humanized and how much; the defaults are the command line's and the window's."""

    intensity: float = 0.9  # 0..1.5, blends between the file (0) and the performance (1), and exaggerates beyond
    velocity: float = 1.0  # 0..1, share of the intensity that reaches velocities
    duration: float = 1.0  # 0..1, share of the intensity that reaches durations
    variation: float = 0.5  # 0..1, 0: the one most expected performance, 1: as varied as players are
    seed: int = 0  # which performance is drawn; same seed, same bytes on one computer's CPU
    # MIDI velocity units, at full intensity, that chosen tracks get louder by (softer below 0); 0: each keeps its level
    level: float = 0.0
    dynamics: float | None = None  # -2 calm .. 2 lively, in standard deviations among players; None: as the music asks
    articulation: float | None = None  # -2 staccato .. 2 legato, likewise
    include: str | None = None  # regular expression on track names, None: all tracks
    exclude: str | None = None  # regular expression on track names, None: nothing
    protect_keyswitches: bool = True  # leave key-switch notes as they are
    drum_durations: bool = False  # drums keep their durations unless asked
    performed_durations: bool = False  # tracks that were performed without a grid keep their durations unless asked
    lengths: str = AUTO  # of LENGTHS: whether pianos get the lengths of their keys, or those of the sound
    max_velocity_change: int | None = None  # limit per note, in MIDI velocity units
    max_duration_change: float | None = None  # limit per note, as a ratio: 0.5 allows -50 % to +50 %
    # Track.key -> factor 0..1 on intensity
    track_intensity: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    # Track.key -> shares 0..1 that multiply `velocity` and `duration` for one track
    track_velocity: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    track_duration: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    track_included: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))  # by hand, wins over regex
    # Track.key -> the family that the user says it is; the guess holds for the others
    track_family: Mapping[str, Family] = field(default_factory=lambda: MappingProxyType({}))
    # Track.key -> pitches whose notes keep their velocity and duration; the model reads them as it does the others
    protected_pitches: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))
    # Track.key -> the pitches that are its key-switches, instead of those that would be found; empty: it has none
    keyswitches: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))
    # Track.key -> indices into Track.notes of notes that keep their velocity and duration and that the model may trust
    locked_notes: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))

    def __getstate__(self) -> dict[str, Any]:
        """For other processes: views of mappings cannot be sent, the mappings can."""
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(self).items()}


def check_share(name: str, value: float) -> None:
    """Raise DuvError unless the value is a number from 0 to 1."""
    check_range(name, value, 0, 1)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise DuvError unless the value is a number from `low` to `high`."""
    if not low <= value <= high:  # also true of NaN
        raise DuvError(f"{name} is {value:g}, but it must be between {low:g} and {high:g}")


def check_settings(settings: Settings) -> None:
    """Raise DuvError when an amount, a limit or a family is none that there can be."""
    check_range("intensity", settings.intensity, 0, MOST_INTENSITY)
    for name in ("velocity", "duration", "variation"):
        check_share(name, getattr(settings, name))
    check_range("level", settings.level, -MOST_LEVEL, MOST_LEVEL)
    for name in ("intensity", "velocity", "duration"):
        for key, value in getattr(settings, f"track_{name}").items():
            check_share(f"the {name} of track {key}", value)
    for key, pitches in (*settings.protected_pitches.items(), *settings.keyswitches.items()):
        for pitch in pitches:
            check_range(f"a pitch of track {key}", pitch, 0, 127)
    for name in ("dynamics", "articulation"):
        style = getattr(settings, name)
        if style is not None:
            check_range(name, style, -MOST_STYLE, MOST_STYLE)
    for name in ("max_velocity_change", "max_duration_change"):
        limit = getattr(settings, name)
        if limit is not None and not limit >= 0:
            raise DuvError(f"{name} is {limit:g}, but it can't be negative")
    if settings.lengths not in LENGTHS:
        raise DuvError(f'lengths is "{settings.lengths}", but it must be one of {", ".join(LENGTHS)}')
    for key, family in settings.track_family.items():
        check_family(family, f"the family of track {key}")


def check_family(name: str, what: str) -> Family:
    """Return the family of this name; DuvError with the names that there are when it is none."""
    try:
        return Family(name)
    except ValueError:
        known = ", ".join(Family)
        raise DuvError(f'{what} is "{name}", but it must be one of {known}') from None
