"""Takes pictures of the window for the documentation: python -m tools.window_picture, from the root of the repository.

The real window, with the demo song, the shipped model and the shipped sounds, painted off screen in both themes; and
its upper part while it plays a loop, with a track muted and another one softer.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication

from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.preferences import THEMES, Preferences
from duv_studio.ui.playback.controller import LoopRange
from duv_studio.ui.playback.player_sound import PlayerSound
from duv_studio.ui.playback.sound import SoundRequest
from duv_studio.ui.playback.source import State
from tools import small_picture

_LONGEST_S = 300.0
_UPPER_PX = 330  # height of the picture of the transport


def main() -> None:
    """Write window-….png and transport-….png, dark and light, into a folder."""
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
            for path in take(
                app, MainWindow(preferences, load_sound=load_silently), (width, height), args.output, theme
            ):
                print(path)


def load_silently(request: SoundRequest) -> PlayerSound:
    """The window's sound, on no device: pictures are taken where there is none."""
    from duv_studio.sound.output.null_output import NullOutput
    from duv_studio.sound.player.player import Player
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import chosen_soundfont

    output = NullOutput()
    output.open()
    return PlayerSound(Player(SoundFont.open(chosen_soundfont(request.soundfont))), output)


def take(app: QApplication, window: MainWindow, size: tuple[int, int], folder: Path, theme: str) -> Iterator[Path]:
    """Open the demo song, and save what the window shows, and its upper part while it plays."""
    window.resize(*size)
    window.show()
    window.start()
    window.open_demo()
    try:
        _wait(app, window, lambda: window.document.ready)
        _wait(app, window, lambda: window.jobs.activity is None)
        _wait(app, window, lambda: window.playback.state is State.READY)
        whole = folder / f"window-{theme}.png"
        small_picture.save(window.grab(), whole)
        yield whole
        _play(app, window)
        upper = folder / f"transport-{theme}.png"
        small_picture.save(window.grab(QRect(0, 0, size[0], _UPPER_PX)), upper)
        yield upper
    finally:
        window.close()


def _play(app: QApplication, window: MainWindow) -> None:
    """Play bars 3 and 4 at the same loudness, until that is measured and the second of them is reached."""
    song, playback = window.document.song, window.playback
    assert song is not None
    bars = song.tempo.seconds(song.meter.bar_ticks(song.end_tick)[[2, 3, 4]]).tolist()
    playback.mixing.set_muted(song.tracks[0].key, True)
    playback.mixing.set_gain(song.tracks[1].key, 0.5)
    playback.set_matched(True)
    playback.set_loop(LoopRange(bars[0], bars[2]))
    playback.play()
    _wait(app, window, lambda: playback.match_gain is not None and playback.position > bars[1])
    _wait(app, window, lambda: "dB" in window.transport.loudness.gain_text)


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
