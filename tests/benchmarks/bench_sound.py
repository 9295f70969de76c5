"""How fast sound answers, and what it costs: python -m tests.benchmarks.bench_sound, from the root of the repository.

A song of 180 seconds and 10 tracks is played with the shipped SoundFont through the feeder into an output that takes
frames by the clock, as a device does. Answers are measured until such a device has been handed the change, its
crossfade of 10 ms included; what the device itself keeps in hand comes on top. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import psutil
from numpy.typing import NDArray
from PySide6.QtCore import QTimer

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.engine.performance.sampling import draw
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.find import shipped_soundfont
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.playback.player_sound import PlayerSound
from tests.songs import predict
from tests.sound.long_song import long_song

_SECONDS, _TRACKS, _MANY_TRACKS = 180.0, 10, 16
_PERIOD = 441  # frames that the output takes at a time: 10 ms, so that answers are measured as finely
_TIMES = 12  # each answer is measured
_PATIENCE_S = 20.0
_WARM_S = 5.0
_AUDIBLE = 0.003  # a level between that of a song of velocity 1 and one that is played
_TICK_MS = 10
_WATCHED_S = 60.0
_WINDOW = "--window"


def main() -> None:
    """Print everything."""
    if sys.argv[1:] == [_WINDOW]:
        window_ticks(midi_file.parse(long_song(_SECONDS, _TRACKS), "bench.mid"))
        return
    began = time.perf_counter()
    soundfont = SoundFont.open(shipped_soundfont())
    print(f"{'SoundFont open':34s} {time.perf_counter() - began:8.2f} s")
    song = midi_file.parse(long_song(_SECONDS, _TRACKS), "bench.mid")
    answers(song, soundfont)
    speed(soundfont)
    # In a process of its own, whose memory is the window's.
    subprocess.run([sys.executable, "-m", "tests.benchmarks.bench_sound", _WINDOW], check=True)


def answers(song: Song, soundfont: SoundFont) -> None:
    """From a command to what is handed out."""
    rng = np.random.default_rng(1)
    with playing(song, soundfont) as (player, feeder, output):
        places, others = rng.uniform(0, _SECONDS - 10, (2, _TIMES)).tolist()
        report("Play right after the song came", [start_at(player, feeder, output, places.pop())])
        time.sleep(_WARM_S)  # what plays in the song is being read meanwhile
        report("Play to sound, anywhere", [start_at(player, feeder, output, place) for place in places])
        report("seek to sound, while it plays", [jump_to(player, feeder, output, place) for place in others])
        player.set_loop((10.0, 60.0))
        player.seek(10.0)
        report("all velocities new", [new_take(player, velocities(song, 100 - k)) for k in range(_TIMES)])
        new_take(player, velocities(song, 1))
        for what, softly, loudly in (
            ("Before or After", lambda: player.show(Side.AFTER), lambda: player.show(Side.BEFORE)),
            ("mute, solo, volume", lambda: player.set_mix(Mix(gain=(0.0,) * _TRACKS)), lambda: player.set_mix(Mix())),
        ):
            loudly()
            output.wait_for(lambda level: level > _AUDIBLE)
            report(what, [toggled(feeder, output, softly, loudly) for _ in range(_TIMES)])
        print(f"{'memory of rendered blocks':34s} {player.rendered_bytes / 2**20:8.0f} MB")


def speed(soundfont: SoundFont) -> None:
    """Seconds of music in a second, for one thread, with all of the mixing."""
    song, seconds = midi_file.parse(long_song(60.0, _MANY_TRACKS), "bench.mid"), 0.0
    began = time.process_time()
    for block in render_song(song, None, soundfont):
        seconds += len(block) / RATE
    print(f"{f'rendering {_MANY_TRACKS} tracks':34s} {seconds / (time.process_time() - began):8.1f} times real time")


def window_ticks(song: Song) -> None:
    """How late a timer of the window is while it plays and renders, and the memory that sound takes."""
    app = make_application()
    with tempfile.TemporaryDirectory() as home:
        os.environ["DUV_STUDIO_HOME"] = home
        output = NullOutput()
        window = MainWindow(Preferences(Path(home) / "window.ini"), load_sound=lambda request: played_into(output))
        window.resize(1280, 720)
        window.show()
        document = window.document
        document.set_song(song)
        document.add_prediction(document.missing_readings(), predict(song))
        document.set_draw(document.wanted_draw, draw(song, document.prediction, seed=0, variation=0.5))
        document.settle()
        app.processEvents()
        before = psutil.Process().memory_info().rss
        window.playback.play()
        late, ticks = [], QTimer()
        ticks.setInterval(_TICK_MS)
        last = time.perf_counter()

        def tick() -> None:
            nonlocal last
            now = time.perf_counter()
            late.append((now - last) * 1e3)
            last = now

        ticks.timeout.connect(tick)
        ticks.start()
        stop = time.perf_counter() + _WATCHED_S
        while time.perf_counter() < stop:
            app.processEvents()
            time.sleep(0.0005)
        print(
            f"{f'ticks of {_TICK_MS} ms in the window':34s} {np.median(late):8.1f} ms median, "
            f"{np.percentile(late, 99):.1f} ms 99th percentile"
        )
        if not window.playback.is_playing or window.playback.position < _WATCHED_S / 2:
            raise RuntimeError("nothing was played")
        taken = psutil.Process().memory_info().rss - before
        print(f"{f'memory after {_WATCHED_S:.0f} s of playing':34s} {taken / 2**20:8.0f} MB beyond the window")
        window.close()
        window.deleteLater()


class MeteredOutput(NullOutput):
    """Takes frames by the clock and tells how loud the last ones were."""

    level = 0.0  # root mean square

    def pull(self, frames: int) -> NDArray[np.float32]:
        handed = super().pull(frames)
        self.level = float(np.sqrt(np.mean(handed**2)))
        return handed

    def wait_for(self, condition: Callable[[float], bool]) -> None:
        """Wait until the level is so."""
        until(lambda: condition(self.level))


def played_into(output: NullOutput) -> PlayerSound:
    """Sound as the window loads it, but for the device."""
    output.open()
    return PlayerSound(Player(SoundFont.open(shipped_soundfont())), output)


@contextmanager
def playing(song: Song, soundfont: SoundFont) -> Iterator[tuple[Player, Feeder, MeteredOutput]]:
    """A player with the song, fed into an output of the clock."""
    player, output = Player(soundfont), MeteredOutput(period=_PERIOD)
    feeder = Feeder(player, output)
    feeder.start()
    try:
        player.set_song(song)
        player.set_performance(velocities(song, 101))
        yield player, feeder, output
    finally:
        output.close()
        feeder.close()
        player.close()


def start_at(player: Player, feeder: Feeder, output: MeteredOutput, seconds: float) -> float:
    """Milliseconds from Play to sound, at a place where it was not before."""
    player.stop()
    feeder.wake()
    output.wait_for(lambda level: level == 0)
    player.seek(seconds)
    begin = time.perf_counter()
    player.play()
    feeder.wake()
    output.wait_for(lambda level: level > 0)
    return (time.perf_counter() - begin) * 1e3


def jump_to(player: Player, feeder: Feeder, output: MeteredOutput, seconds: float) -> float:
    """Milliseconds until another place is handed out."""
    begin = time.perf_counter()
    player.seek(seconds)
    feeder.wake()
    until(lambda: not player.is_waiting and abs(feeder.heard_position() - seconds) < 1 and output.level > 0)
    return (time.perf_counter() - begin) * 1e3


def toggled(feeder: Feeder, output: MeteredOutput, softly: Callable[[], None], loudly: Callable[[], None]) -> float:
    """Milliseconds until it has become soft; loud again afterwards."""
    time.sleep(0.2)
    output.wait_for(lambda level: level > _AUDIBLE)
    begin = time.perf_counter()
    softly()
    feeder.wake()
    output.wait_for(lambda level: level < _AUDIBLE)
    taken = (time.perf_counter() - begin) * 1e3
    loudly()
    feeder.wake()
    return taken


def new_take(player: Player, performance: Performance) -> float:
    """Milliseconds until another performance of every track is played."""
    time.sleep(0.3)
    begin, generation = time.perf_counter(), player.generation
    player.set_performance(performance)
    until(lambda: player.generation > generation and not player.is_changing)
    return (time.perf_counter() - begin) * 1e3


def velocities(song: Song, velocity: int) -> Performance:
    """The song with every note near one velocity, all of them new with another one."""
    played = []
    for track in song.tracks:
        around = (
            np.clip(velocity + np.arange(len(track.notes)) % 5, 1, 127) if velocity > 1 else np.ones(len(track.notes))
        )
        played.append(TrackPerformance(around.astype(np.int64), track.notes.duration))
    return tuple(played)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something."""
    stop = time.perf_counter() + _PATIENCE_S
    while not condition():
        if time.perf_counter() > stop:
            raise TimeoutError("this takes too long")
        time.sleep(0.0005)


def report(what: str, milliseconds: list[float]) -> None:
    """Print a row."""
    print(f"{what:34s} {np.median(milliseconds):8.0f} ms median, {max(milliseconds):.0f} ms at most")


if __name__ == "__main__":
    main()
