"""Takes the pictures of the wizard for docs/training.md: python -m tools.wizard_pictures, from the repository's root.

The real wizard with a real training on music made up here, painted off screen in both themes, page by page.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from duv_studio.ui.style.apply import apply_theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.preferences import THEMES, Preferences
from duv_studio.ui.style import icons
from duv_studio.ui.wizard.step_list import Page
from duv_studio.ui.wizard.window import TrainingWizard
from tests.midi_builder import TrackSpec, build_song

SIZE = (1040, 690)
MOST_BYTES = 150_000
_LONGEST_S = 900.0
_SHOWN_STEP = 40
_SONGS, _NOTES, _PPQ = 24, 256, 480
_NAMES = ("Amber", "Boat Song", "Cold Morning", "Driftwood", "Evening Walk", "Fields", "Grey Coast", "Harbour")
# What a small training needs; all else is as the recipe says.
_CHANGES = {
    "base_checkpoint": "lite-open",
    "title": "My guitar",
    "trainer.batch_size": 8,
    "trainer.max_len": 128,
    "trainer.epochs": 40,
    "trainer.lr": 0.002,
}


def main() -> None:
    """Write wizard-PAGE-THEME.png into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images"), metavar="FOLDER")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    with home() as folder:
        playing = folder / "Music" / "My guitar takes"
        write_playing(playing)
        app = make_application()
        window = MainWindow(Preferences(folder / "window.ini"))
        window.show()
        try:
            Photographer(app, window, args.output).take(playing)
        finally:
            window.training.session.stop_now()
            window.shut_down()


@contextmanager
def home() -> Iterator[Path]:
    """A home folder of no one's: pictures show "~", and nothing of whoever takes them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ.update({"HOME": name, "USERPROFILE": name, "DUV_STUDIO_HOME": str(folder / "DUV Studio")})
        yield folder


def write_playing(folder: Path) -> None:
    """Songs of a guitarist who leans on the first beat, arches phrases and cuts high notes short."""
    folder.mkdir(parents=True)
    for k in range(_SONGS):
        name = f"{_NAMES[k % len(_NAMES)]} take {k // len(_NAMES) + 1}"
        (folder / f"{name}.mid").write_bytes(_song(np.random.default_rng(k)))
    flat = [(i * 240, 220, 60 + i % 5, 80) for i in range(96)]
    (folder / "Click track.mid").write_bytes(build_song([TrackSpec(flat, name="Guitar", program=25)]))
    short = flat[:12]
    (folder / "Tuning up.mid").write_bytes(build_song([TrackSpec(short, name="Guitar", program=25)]))


def _song(rng: np.random.Generator) -> bytes:
    onset = np.arange(_NOTES) / 2 + rng.normal(0, 0.01, _NOTES).clip(-0.03, 0.03)
    pitch = 52 + np.abs(np.cumsum(rng.integers(-3, 4, _NOTES))) % 24
    beat, phrase = np.round(onset * 2) / 2 % 4, np.sin(np.pi * (onset % 16) / 16)
    velocity = 62 + 12 * (beat < 0.1) + 14 * phrase + 0.5 * (pitch - 62) + rng.normal(0, 5, _NOTES)
    length = 0.5 * np.exp(-0.1 - 0.012 * (pitch - 52) + rng.normal(0, 0.04, _NOTES))
    rows = zip(np.maximum(onset, 0) * _PPQ, length * _PPQ, pitch, np.clip(np.round(velocity), 1, 127), strict=True)
    notes = [(int(t), int(d), int(p), int(v)) for t, d, p, v in rows]
    return build_song([TrackSpec(notes, name="Guitar", program=25)], tempos=[(0, 108.0)], signatures=[(0, 4, 4)])


class Photographer:
    """Walks through the wizard as a user would."""

    def __init__(self, app: QApplication, window: MainWindow, output: Path) -> None:
        self.app, self.window, self.output = app, window, output

    def take(self, playing: Path) -> None:
        """All pages, and the manager of adapters."""
        self.window.commands["train"].trigger()
        wizard: TrainingWizard = self.window.training.wizard
        wizard.resize(*SIZE)
        pages: dict[Page, Any] = {page: wizard.page(page) for page in Page}
        wizard.activateWindow()
        self._wait(wizard.isActiveWindow)  # where the keys are is painted
        QTest.mouseClick(pages[Page.START].cards.cards["guitar_Lora.yaml"], Qt.MouseButton.LeftButton)
        self._shoot(wizard, "start")
        wizard.next()
        pages[Page.DATA].choose([playing])
        self._wait(pages[Page.DATA].isComplete)
        self._shoot(wizard, "data")
        wizard.next()
        for path, value in _CHANGES.items():
            wizard.state.set_value(path, value)
        self._shoot(wizard, "recipe")
        wizard.next()
        self._wait(pages[Page.CHECK].isComplete)
        self._shoot(wizard, "check")
        self._run(wizard, pages)

    def _run(self, wizard: TrainingWizard, pages: dict[Page, Any]) -> None:
        wizard.next()
        session = self.window.training.session
        self._wait(lambda: not session.running or session.history.step >= _SHOWN_STEP)
        self._shoot(wizard, "run")
        self._wait(pages[Page.RUN].isComplete)
        wizard.next()
        self._shoot(wizard, "result")
        pages[Page.RESULT].keep.use.click()
        self._wait(lambda: not pages[Page.RESULT].tasks.unfinished)
        installed = pages[Page.RESULT].installed
        wizard.accept()
        self.window.commands["adapters"].trigger()
        manager = self.window.training.manager
        assert manager is not None
        manager.fill(installed)
        manager.resize(1120, 480)
        self._shoot(manager, "adapters")
        manager.close()

    def _shoot(self, widget: QWidget, name: str) -> None:
        for look in THEMES:
            apply_theme(self.app, look)
            icons.retint(self.window)
            for _ in range(3):  # layouts settle one after the other
                self.app.processEvents()
            path = self.output / f"wizard-{name}-{look}.png"
            widget.grab().save(str(path))
            if path.stat().st_size > MOST_BYTES:
                raise DuvError(f"the picture has {path.stat().st_size:,} bytes", file=path)
            print(path)

    def _wait(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + _LONGEST_S
        while not done():
            self.app.processEvents()
            error = self.window.training.session.error
            if error is not None:
                raise error
            if time.monotonic() > end:
                raise DuvError("the wizard did not come to an end in time")
            time.sleep(0.005)


if __name__ == "__main__":
    main()
