"""`duv-studio demo`: the bundled song, humanized, drawn and rendered before and after; works without a screen."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli import guard
from duv_studio.cli.output import say, wrote
from duv_studio.cli.progress import Progress
from duv_studio.cli.text import printable
from duv_studio.cli.window import missing_library
from duv_studio.engine.music.settings import Settings

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Performance, Song
    from duv_studio.sound.wave_file import Stereo

_TITLE = "First Light"
_FIRST, _LAST = 9, 16  # bars that are heard: a verse and the chorus, with the whole band


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `demo`."""
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, default=Path("."), help="where to write; default: here"
    )


def run(args: argparse.Namespace) -> int:
    """Write demo-humanized.mid, and a picture and audio of before and after; the folder is made when it is missing."""
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.midi.midi_file import read, write
    from duv_studio.paths import resource

    args.output.mkdir(parents=True, exist_ok=True)
    song = read(resource("demo", "demo.mid"))
    performance = Humanizer().humanize(song, Settings())
    midi, picture = args.output / "demo-humanized.mid", args.output / "demo-before-after.png"
    write(song, performance, midi)
    _draw(song, performance, picture)
    wrote(midi, picture)
    before, after = args.output / "demo-before.flac", args.output / "demo-after.flac"
    _render(song, {before: song.as_written(), after: performance})
    wrote(before, after)
    say(f"Humanized the demo song: {printable(str(midi))}; before and after: {printable(str(picture))};")
    say(f"to hear, bars {_FIRST} to {_LAST}: {printable(str(before))} and {printable(str(after))}.")
    return 0


def _draw(song: Song, performance: Performance, picture: Path) -> None:
    try:
        from duv_studio.ui.canvas.snapshot import save_before_after_png
    except ImportError as error:
        raise missing_library(error) from error
    save_before_after_png(song, song.as_written(), performance, picture, title=_TITLE)


def _render(song: Song, performances: dict[Path, Performance]) -> None:
    """Write audio files of equal gain, so that they can be compared."""
    from duv_studio.sound.offline import render_song
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import shipped_soundfont
    from duv_studio.sound.wave_file import write_together

    soundfont = SoundFont.open(shipped_soundfont())
    lines = song.meter.bar_ticks(song.end_tick)
    start, stop = (float(song.tempo.seconds(lines[bar])) for bar in (_FIRST - 1, _LAST))
    bar = Progress("s of audio", round(len(performances) * (stop - start)), lines=False)
    try:
        with guard.interrupt() as stopped:
            files = [
                (path, _counted(bar, render_song(song, played, soundfont, start=start, stop=stop, cancelled=stopped)))
                for path, played in performances.items()
            ]
            write_together(files, cancelled=stopped)
    finally:
        bar.close()


def _counted(bar: Progress, blocks: Iterable[Stereo]) -> Iterator[Stereo]:
    """The same blocks, each counted when it is there."""
    from duv_studio.sound import RATE

    frames = 0
    for block in blocks:
        yield block
        if (frames + len(block)) // RATE > frames // RATE:
            bar.step()
        frames += len(block)
