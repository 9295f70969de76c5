"""`duv-studio demo`: the bundled song, humanized and drawn before and after; works without a screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli.output import say, wrote
from duv_studio.cli.text import printable
from duv_studio.cli.window import missing_library
from duv_studio.engine.music.settings import Settings

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Performance, Song

_TITLE = "First Light"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `demo`."""
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, default=Path("."), help="where to write; default: here"
    )


def run(args: argparse.Namespace) -> int:
    """Write demo-humanized.mid and demo-before-after.png into the folder, which is made when it is missing."""
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
    say(f"Humanized the demo song: {printable(str(midi))}; before and after: {printable(str(picture))}.")
    return 0


def _draw(song: Song, performance: Performance, picture: Path) -> None:
    try:
        from duv_studio.ui.canvas.snapshot import save_before_after_png
    except ImportError as error:
        raise missing_library(error) from error
    save_before_after_png(song, song.as_written(), performance, picture, title=_TITLE)
