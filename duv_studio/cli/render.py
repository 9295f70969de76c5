"""`duv-studio render`: one MIDI file in, what it sounds like out, as WAV or FLAC; needs no sound card."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.cli import guard
from duv_studio.cli.humanize import check_output
from duv_studio.cli.output import say, wrote
from duv_studio.cli.parser import OneSentenceParser
from duv_studio.cli.performance_options import add_performance, requested_settings
from duv_studio.cli.playing import Played, model_facts, played
from duv_studio.cli.progress import Progress
from duv_studio.cli.text import as_json, count, fit_columns, printable
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Performance, Song
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.wave_file import Written

Bars = tuple[int, int]

_WITHOUT_MODEL = ("charset", "families")  # options of a performance that say what the file is
_OPTION_OF = {"parts": "set"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `render`."""
    parser.add_argument("input", metavar="IN", type=Path, help="the MIDI file to hear; it is never changed")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, required=True, help="the audio file to write: .wav or .flac"
    )
    parser.add_argument(
        "--soundfont", metavar="SF", type=Path, help="an .sf2 or .sf3 file to play with; default: the one that ships"
    )
    parser.add_argument("--tracks", metavar="RE", help="hear only tracks whose name matches this regular expression")
    parser.add_argument(
        "--bars", metavar="FROM-TO", type=bars, help="only these bars, such as 9-16, or one; default: the whole song"
    )
    parser.add_argument("--bits", type=int, choices=(16, 24), default=24, help="of a sample; default 24")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.add_argument(
        "--humanize", action="store_true", help="let the model play it first, as these options of 'humanize' ask:"
    )
    add_performance(parser)


def bars(text: str) -> Bars:
    """Argument type: the first and the last bar, counted from 1."""
    first, dash, last = text.partition("-")
    try:
        found = int(first), int(last if dash else first)
    except ValueError:
        found = 0, 0
    if not 1 <= found[0] <= found[1]:
        raise argparse.ArgumentTypeError(f"'{text}' names no bars, such as 9-16, or one")
    return found


def run(args: argparse.Namespace) -> int:
    """Render and write; 1 when a part of the input could not be read, 0 otherwise."""
    from duv_studio.engine.midi.midi_file import read
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import chosen_soundfont
    from duv_studio.sound.wave_file import check_audio_name

    check_audio_name(args.output, args.bits)
    check_output(args.input, args.output)
    _check_options(args)
    soundfont = SoundFont.open(chosen_soundfont(args.soundfont))
    song = read(args.input, args.charset)
    heard, span = heard_tracks(song, args.tracks), seconds_of(song, args.bars)
    done = played(args, song) if args.humanize else None
    song = _with_families(args, song) if done is None else done.song
    started = time.perf_counter()
    written = _write(args, song, None if done is None else done.performance, soundfont, heard, span)
    wrote(args.output)
    _print_result(args, song, done, soundfont, heard, written, time.perf_counter() - started)
    return guard.SOME_FAILED if song.warnings else guard.DONE


def _check_options(args: argparse.Namespace) -> None:
    """DuvError where a performance is described but not asked for."""
    parser = OneSentenceParser(add_help=False)
    add_performance(parser)
    for name, plain in vars(parser.parse_args([])).items():
        if not args.humanize and name not in _WITHOUT_MODEL and getattr(args, name) != plain:
            option = _OPTION_OF.get(name, name).replace("_", "-")
            hint = "add --humanize, or leave it out to hear the file as it is"
            raise DuvError(f"--{option} says how the model is to play", hint=hint)


def heard_tracks(song: Song, pattern: str | None) -> frozenset[int]:
    """The indices of the tracks whose names match; DuvError where none does, or the pattern is wrong."""
    from duv_studio.engine.music.name_patterns import Patience, compile_pattern, matched_name

    wanted = compile_pattern(pattern, "tracks")
    if wanted is None:
        return frozenset(range(len(song.tracks)))
    patience = Patience()
    found = frozenset(t.index for t in song.tracks if patience.search(wanted, matched_name(t)))
    if not found:
        hint = "'duv-studio inspect' shows their names"
        raise DuvError(f'no track matches the pattern "{pattern}"', hint=hint, file=song.path)
    return found


def seconds_of(song: Song, wanted: Bars | None) -> tuple[float, float | None]:
    """Where the bars begin and end, in seconds; None is the end of the last sound. DuvError without such bars."""
    if wanted is None:
        return 0.0, None
    lines = song.meter.bar_ticks(song.end_tick)
    if len(lines) > 1 and lines[-1] == song.end_tick:
        lines = lines[:-1]  # nothing begins there any more
    if wanted[0] > len(lines):
        raise DuvError(f"It has {count(len(lines), 'bar')}", hint="name bars that it has", file=song.path)
    start = float(song.tempo.seconds(lines[wanted[0] - 1]))
    return start, None if wanted[1] >= len(lines) else float(song.tempo.seconds(lines[wanted[1]]))


def _with_families(args: argparse.Namespace, song: Song) -> Song:
    """The song as --family names its instruments: a part without a program plays a kit where it is drums."""
    from duv_studio.engine.music.family_overrides import families_of, with_families

    return with_families(song, families_of(song, args.families))


def _write(
    args: argparse.Namespace,
    song: Song,
    performance: Performance | None,
    soundfont: SoundFont,
    heard: frozenset[int],
    span: tuple[float, float | None],
) -> Written:
    from duv_studio.sound.offline import render_song
    from duv_studio.sound.wave_file import write_audio

    start, stop = span
    end = float(song.tempo.seconds(song.end_tick)) if stop is None else stop
    bar = Progress("s of audio", max(round(end - start), 1))
    try:
        with guard.interrupt() as stopped:
            blocks = render_song(
                song,
                performance,
                soundfont,
                tracks=heard,
                start=start,
                stop=stop,
                progress=_in_seconds(bar, end - start),
                cancelled=stopped,
            )
            return write_audio(args.output, blocks, bits=args.bits, cancelled=stopped)
    finally:
        bar.close()


def _in_seconds(bar: Progress, length: float) -> Callable[[float], None]:
    return lambda fraction: bar.to(round(fraction * length))


def _print_result(
    args: argparse.Namespace,
    song: Song,
    done: Played | None,
    soundfont: SoundFont,
    heard: frozenset[int],
    written: Written,
    seconds: float,
) -> None:
    from duv_studio.sound import RATE

    for warning in (*song.warnings, *song.notices):
        guard.note(f"{args.input}: {warning}")
    if args.json:
        report = {
            "input": str(args.input),
            "output": str(args.output),
            "soundfont": {"path": str(soundfont.path), "name": soundfont.name},
            "rate": RATE,
            "bits": args.bits,
            "frames": written.frames,
            "seconds": round(written.frames / RATE, 3),
            "gain": round(written.gain, 2),
            "bars": None if args.bars is None else list(args.bars),
            "tracks": [_track(track, track.index in heard) for track in song.tracks],
            "performance": None if done is None else _performance(args, done),
            "seconds_taken": round(seconds, 3),
            "warnings": list(song.warnings),
            "notices": list(song.notices),
        }
        say(as_json(report, sys.stdout.encoding))
        return
    minutes, rest = divmod(round(written.frames / RATE), 60)
    by = "as written" if done is None else f"played by the model {printable(done.humanizer.name)}"
    of = f"{len(heard)} of {count(len(song.tracks), 'track')}" if len(heard) < len(song.tracks) else "all tracks"
    line = f"Wrote {printable(str(args.output))}: {minutes}:{rest:02d} minutes, {of}, {by}, "
    say(fit_columns(line + f"with {printable(soundfont.name)}."))
    if written.gain < 0:
        say(f"It is {-written.gain:.1f} dB softer than in the window, where its loudest moments would have clipped.")


def _track(track: Any, is_heard: bool) -> dict[str, Any]:
    facts = {"index": track.index, "name": track.name, "family": str(track.family), "program": track.program}
    return facts | {"notes": len(track.notes), "heard": is_heard}


def _performance(args: argparse.Namespace, done: Played) -> dict[str, Any]:
    return model_facts(done.humanizer) | {"settings": requested_settings(args), "seconds": round(done.seconds, 3)}
