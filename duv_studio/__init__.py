"""DUV Studio makes sequenced MIDI sound played: it predicts velocity and duration for every note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duv_studio.engine import apply_duv_to_pretty_midi

__version__ = "0.1.0"
__all__ = ["__version__", "apply_duv_to_pretty_midi"]


def __getattr__(name: str) -> Any:
    """Load the engine on first use, so that `import duv_studio` stays instant."""
    if name == "apply_duv_to_pretty_midi":
        from duv_studio import engine

        return engine.apply_duv_to_pretty_midi
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
