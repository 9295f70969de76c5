"""Settings that make no sense are told by name before anything is done with them."""

from __future__ import annotations

from duv_studio.engine.settings import Settings
from duv_studio.errors import DuvError


def check_share(name: str, value: float) -> None:
    """Raise DuvError unless the value is a number from 0 to 1."""
    if not 0 <= value <= 1:  # also true of NaN
        raise DuvError(f"{name} is {value:g}, but it must be between 0 and 1")


def check_settings(settings: Settings) -> None:
    """Raise DuvError when an amount or a limit is out of its range."""
    for name in ("intensity", "velocity", "duration", "variation"):
        check_share(name, getattr(settings, name))
    for key, value in settings.track_intensity.items():
        check_share(f"the intensity of track {key}", value)
    for name in ("max_velocity_change", "max_duration_change"):
        limit = getattr(settings, name)
        if limit is not None and not limit >= 0:
            raise DuvError(f"{name} is {limit:g}, but it can't be negative")
