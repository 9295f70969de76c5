"""The real player in a window, with a small SoundFont, and an output whose frames a test takes by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from duv_studio.engine.midi.song import Performance
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.player.player import Player
from duv_studio.sound.schedule.score import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.playback.player_sound import PlayerSound
from duv_studio.ui.playback.sound import SoundRequest
from tests.sound.soundfonts import tiny_soundfont

Stereo = NDArray[np.float32]
STEP = 882  # frames that are taken at a time
FADE = 441 + 1  # frames within which one thing goes over into another


class Ears:
    """Loads sound for a window, and takes what it plays."""

    def __init__(self, folder: Path) -> None:
        self.soundfont = SoundFont.open(tiny_soundfont(folder / "tiny.sf2"))
        self.output = NullOutput(by_hand=True)
        self.player: Player | None = None
        self.sound: PlayerSound | None = None

    def load(self, request: SoundRequest) -> PlayerSound:
        self.output.open()
        # Without threads of their own they work when they are asked: how fast this machine is decides nothing.
        self.player = Player(self.soundfont, threaded=False)
        self.sound = PlayerSound(self.player, self.output, threaded=False)
        return self.sound

    def render(self) -> None:
        """Let the player render all that there is."""
        if self.player is not None:
            self.player.work()

    def hear(self, seconds: float) -> Stereo:
        """Take the next seconds, while the window goes on working."""
        assert self.sound is not None
        pieces = []
        for _ in range(round(seconds * RATE / STEP)):
            self.render()
            while self.sound.feeder.step() == 0:
                pass  # there is more to be done at once
            pieces.append(self.output.pull(STEP))
            QApplication.processEvents()
        return np.concatenate(pieces)

    def rendered(self, window: MainWindow, performance: Performance | None, **said: Any) -> Stereo:
        """What is to be heard of a performance from the start of the song on."""
        song = window.document.song
        assert song is not None
        listening = Listening(programs=window.playback.mixing.programs())
        return np.concatenate(list(render_song(song, performance, self.soundfont, listening=listening, **said)))


def place_of(heard: Stereo, whole: Stereo, near: int) -> int:
    """Where in `whole` a piece stands that was heard: within a second around frame `near`; -1 where it is not there."""
    first = max(near - RATE, 0)
    last = min(near + RATE, len(whole) - len(heard) + 1)
    for at in (np.flatnonzero((whole[first:last] == heard[0]).all(axis=1)) + first).tolist():
        if np.array_equal(whole[at : at + len(heard)], heard):
            return int(at)
    return -1


def level(audio: Stereo) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))
