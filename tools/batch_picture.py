"""Takes the pictures of the batch window: python -m tools.batch_picture, from the root of the repository.

The real window over a folder of songs made up here, played by a stand-in for the engine that invents results: a picture
must not depend on how fast a machine is. Only batch-THEME.png, the one for the documentation, unless --all.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from duv_studio.ui.style.apply import apply_theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from duv_studio.engine.batch.discovery import list_files
from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Started,
    Status,
    StatusMessage,
    Summary,
)
from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.batch.request import Control, Request
from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.batch.pace import Pace
from duv_studio.ui.document.preferences import THEMES, Preferences
from duv_studio.ui.style import icons
from tools import small_picture

_LONGEST_S = 60.0
_SHOWN = 0.62  # of the files are done in the picture of a batch that runs
_AT_WORK = (0.72, 0.31)  # how far the files at work are
_NOTES_PER_S = 21_000
_FOLDERS = ("Album one", "Album two", "Film sketches", "Ünused ideas", "練習曲")
_NAMES = (
    "Amber",
    "Boat Song",
    "Cold Morning",
    "Driftwood",
    "Evening Walk",
    "Fields",
    "Grey Coast",
    "夜想曲",
    "Harbour",
)
_LONG = (
    "A very long name that somebody gave to a song, with the date, the tempo, the key and what to do about it later on"
)
_BROKEN = (
    "It is no MIDI file: it begins with “RIFF”",
    "The file ends in the middle of track 2",
    "The file is empty",
)


def main() -> None:
    """Write batch-THEME.png, and with --all batch-STATE-THEME.png, into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images"), metavar="FOLDER")
    parser.add_argument("--size", default="1160x620", metavar="WIDTHxHEIGHT")
    parser.add_argument("--all", action="store_true", help="also empty, listed, set here, paused and finished")
    args = parser.parse_args()
    width, height = (int(part) for part in args.size.split("x"))
    args.output.mkdir(parents=True, exist_ok=True)
    with home() as folder:
        songs = folder / "Music" / "Sketches"
        write_songs(songs)
        app = make_application()
        Photographer(app, folder, args.output, (width, height)).take(songs, everything=args.all)


@contextmanager
def home() -> Iterator[Path]:
    """A home folder of no one's: pictures show "~", and nothing of whoever takes them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ.update({"HOME": str(folder), "USERPROFILE": str(folder), "DUV_STUDIO_HOME": str(folder / "DUV")})
        yield folder


def write_songs(folder: Path) -> None:
    """Files of the sizes that songs have; no one looks into them."""
    rng = np.random.default_rng(6)
    for place in _FOLDERS:
        (folder / place).mkdir(parents=True)
        for k, name in enumerate(_NAMES * 4):
            size = int(rng.integers(4_000, 60_000))
            (folder / place / f"{k // len(_NAMES) + 1:02} {name}.mid").write_bytes(bytes(size))
    (folder / _FOLDERS[0] / f"01 {_LONG}.mid").write_bytes(bytes(30_000))


class Staged:
    """Stands in for the engine: invents results, and stops where a picture is to be taken."""

    def __init__(self) -> None:
        self.stop_at = _SHOWN
        self.stands, self.go = threading.Event(), threading.Event()

    def run(self, request: Request, on_event: Callable[[BatchEvent], None], control: Control) -> Summary:
        """As duv_studio.engine.batch.runner.run."""
        on_event(StatusMessage("Looking for MIDI files"))
        rows = planned(request)
        on_event(Planned(tuple(rows)))
        on_event(StatusMessage("Loading the model"))
        waiting = [row.index for row in rows if row.status is Status.WAITING]
        shown = round(len(waiting) * self.stop_at)
        for n, index in enumerate(waiting):
            on_event(Started(index))
            if n == shown:
                self._stand(waiting[n : n + len(_AT_WORK)], on_event, control)
            if control.cancelled:
                break
            rows[index] = invented(rows[index])
            on_event(FileFinished(rows[index]))
        request.target.mkdir(parents=True, exist_ok=True)
        (request.target / JOURNAL).touch()
        return Summary(tuple(rows), control.cancelled, 84.0, "fp32")

    def _stand(self, indices: list[int], on_event: Callable[[BatchEvent], None], control: Control) -> None:
        for index, fraction in zip(indices, _AT_WORK, strict=True):
            on_event(Started(index))
            on_event(Progressed(index, fraction))
        self.stands.set()
        while not self.go.wait(0.01) and not control.cancelled:
            pass


def planned(request: Request) -> list[FileResult]:
    """The outcome of each file, decided by its number."""
    rows = []
    for index, file in enumerate(list_files(request.sources, request.target)):
        row = FileResult(index, file.name, file.path, request.target / file.name)
        if index % 23 == 4:
            row = replace(row, status=Status.SKIPPED, why="There is a file of that name already")
        rows.append(row)
    return rows


def invented(row: FileResult) -> FileResult:
    """A result as a real song might have it."""
    rng = np.random.default_rng(row.index)
    if row.index % 29 == 22:
        return replace(row, status=Status.FAILED, target=None, why=_BROKEN[row.index % len(_BROKEN)])
    notes = int(rng.integers(300, 9_000))
    return replace(
        row,
        status=Status.OK,
        why="Track 3 ends too early, what is there was read" if row.index % 31 == 6 else "",
        notes=notes,
        notes_changed=int(notes * rng.uniform(0.6, 0.98)),
        mean_velocity_change=float(rng.uniform(4, 13)),
        mean_duration_change=float(rng.uniform(0.05, 0.3)),
        seconds=notes / _NOTES_PER_S * 2,
    )


class Photographer:
    """Walks through a batch as a user would."""

    def __init__(self, app: QApplication, folder: Path, output: Path, size: tuple[int, int]) -> None:
        self.app, self.output, self.size, self.staged = app, output, size, Staged()
        self.main = MainWindow(Preferences(folder / "window.ini"), batch_run=self.staged.run)
        self.window = self.main.batch.make()
        self.window.resize(*size)

    def take(self, songs: Path, *, everything: bool) -> None:
        """Every state, or only the one in which it runs."""
        self.main.show()
        self.window.show()
        try:
            if everything:
                self._shoot("batch-empty")
            self.window.read([songs])
            self._wait(lambda: not self.window.lister.running)
            if everything:
                self._shoot("batch-listed")
                self.window.form.choice.as_here.click()
                self._shoot("batch-set-here")
                self.window.form.choice.as_there.click()
            self._run(everything)
        finally:
            self.staged.go.set()
            self._wait(lambda: not self.window.runner.running)  # or closing would ask
            self.main.close()

    def _run(self, everything: bool) -> None:
        runner = self.window.runner
        runner.make_pace = self._paced
        self.window.start()
        self._wait(self.staged.stands.is_set)
        self._wait(lambda: self.window.table.model.counts["done"] > 0)
        self._scroll()
        self._shoot("batch")
        if not everything:
            return
        runner.pause()
        self._shoot("batch-paused")
        runner.go_on()
        self.staged.go.set()
        self._wait(lambda: not runner.running)
        self.window.table.view.scrollToTop()
        self._shoot("batch-finished")
        self.window.show_failed.trigger()
        self._shoot("batch-failed")

    def _paced(self) -> Pace:
        """A clock on which every file took as long as its notes would."""
        pace = Pace(lambda: pace.notes / _NOTES_PER_S)
        return pace

    def _scroll(self) -> None:
        """Rows that are done, that are at work and that wait."""
        table = self.window.table
        first = next(i for i, row in enumerate(table.model.rows) if row.status is Status.WORKING) + len(_AT_WORK) + 1
        table.view.scrollTo(table.model.index(first, 0), table.view.ScrollHint.PositionAtBottom)

    def _shoot(self, name: str) -> None:
        for look in THEMES:
            apply_theme(self.app, look)
            icons.retint(self.main)
            self.main.batch.retint()
            for _ in range(4):  # layouts settle one after the other
                self.app.processEvents()
            path = self.output / f"{name}-{look}.png"
            small_picture.save(self.window.grab(), path)
            print(path)

    def _wait(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + _LONGEST_S
        while not done():
            self.app.processEvents()
            if time.monotonic() > end:
                raise DuvError("the batch did not come so far in time")
            time.sleep(0.005)
        self.app.processEvents()


if __name__ == "__main__":
    main()
