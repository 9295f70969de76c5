"""Settings that make no sense are told by name before anything is done with them."""

from __future__ import annotations

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import MOST_INTENSITY, MOST_LEVEL, MOST_STYLE, Settings
from duv_studio.errors import DuvError


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
    for key, value in settings.track_intensity.items():
        check_share(f"the intensity of track {key}", value)
    for name in ("dynamics", "articulation"):
        style = getattr(settings, name)
        if style is not None:
            check_range(name, style, -MOST_STYLE, MOST_STYLE)
    for name in ("max_velocity_change", "max_duration_change"):
        limit = getattr(settings, name)
        if limit is not None and not limit >= 0:
            raise DuvError(f"{name} is {limit:g}, but it can't be negative")
    for key, family in settings.track_family.items():
        check_family(family, f"the family of track {key}")


def check_family(name: str, what: str) -> Family:
    """Return the family of this name; DuvError with the names that there are when it is none."""
    try:
        return Family(name)
    except ValueError:
        known = ", ".join(Family)
        raise DuvError(f'{what} is "{name}", but it must be one of {known}') from None
