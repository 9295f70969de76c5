"""Opens the window, or says in one sentence why there can be none."""

from __future__ import annotations

import os
import sys

from duv_studio.errors import DuvError


def run(arguments: list[str]) -> int:
    """Show the window, with the MIDI file in `arguments` when there is one; returns when it is closed."""
    if not has_screen():
        raise DuvError("There is no screen to open a window on", hint="'duv-studio humanize' works without one")
    try:
        from duv_studio.ui.app.startup import run as run_app
    except ImportError as error:
        raise missing_library(error) from error
    return run_app(arguments)


def has_screen() -> bool:
    """Whether a window can be shown: always assumed on Windows and macOS, or with a Qt platform chosen by hand."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def missing_library(error: ImportError) -> DuvError:
    """What to report about a Qt that cannot be imported, mostly for a system library that is not installed."""
    return DuvError(f"the window cannot start: {error}", hint="the README names the system libraries that Qt needs")
