"""Takes the picture of the window for the README: python -m tools.window_picture, from the root of the repository.

The real window, with the demo song and the shipped model, painted off screen in both themes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.preferences import THEMES, Preferences
from tools import small_picture

_LONGEST_S = 300.0


def main() -> None:
    """Write window-dark.png and window-light.png into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images"), metavar="FOLDER")
    parser.add_argument("--size", default="1440x810", metavar="WIDTHxHEIGHT")
    args = parser.parse_args()
    width, height = (int(part) for part in args.size.split("x"))
    args.output.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with tempfile.TemporaryDirectory() as home:
        for theme in THEMES:
            preferences = Preferences(Path(home) / f"{theme}.ini")
            preferences.theme = theme
            path = args.output / f"window-{theme}.png"
            take(app, MainWindow(preferences), (width, height), path)
            print(path)


def take(app: QApplication, window: MainWindow, size: tuple[int, int], path: Path) -> None:
    """Open the demo song, and save what the window shows."""
    window.resize(*size)
    window.show()
    window.start()
    window.open_demo()
    try:
        _wait(app, window, lambda: window.document.ready)
        _wait(app, window, lambda: window.jobs.activity is None)
        small_picture.save(window.grab(), path)
    finally:
        window.close()


def _wait(app: QApplication, window: MainWindow, done: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST_S
    while not done():
        app.processEvents()
        for message in window.messages.messages.values():
            raise DuvError(f"{message.title}: {message.text}")
        if time.monotonic() > end:
            raise DuvError("the demo song was not humanized in time")
        time.sleep(0.005)
    app.processEvents()


if __name__ == "__main__":
    main()
