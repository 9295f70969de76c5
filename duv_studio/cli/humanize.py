"""`duv-studio humanize`: one MIDI file in, the same file played out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from duv_studio.cli import guard
from duv_studio.cli.output import say, wrote
from duv_studio.cli.performance_options import add_performance, requested_settings
from duv_studio.cli.playing import Played, model_facts, played
from duv_studio.cli.text import advice, as_json, count, fit_columns, printable
from duv_studio.engine.music.name_patterns import matched_name
from duv_studio.engine.performance.change_summary import TrackChange, summarize
from duv_studio.engine.performance.told_lengths import ToldLengths
from duv_studio.errors import DuvError
from duv_studio.text_width import shortened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `humanize`."""
    parser.add_argument("input", metavar="IN", type=Path, help="the MIDI file to humanize; it is never changed")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the MIDI file to write")
    add_performance(parser)
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(args: argparse.Namespace) -> int:
    """Humanize and write; 1 when a part of the input could not be read, 0 otherwise."""
    from duv_studio.engine.midi.midi_file import read, write

    check_output(args.input, args.output)
    done = played(args, read(args.input, args.charset))
    write(done.song, done.performance, args.output)
    wrote(args.output)
    _print_result(args, done, summarize(done.song, done.performance, done.selection, done.settings))
    return guard.SOME_FAILED if done.song.warnings else guard.DONE


def check_output(source: Path, target: Path) -> None:
    """Refuse an output that could not be written, or is the input, before any work is done."""
    if target.is_dir():
        raise DuvError("This is a folder", hint="give -o the name of the file to write", file=target)
    if not target.parent.is_dir():
        raise DuvError("There is no such folder", hint="make it first", file=target.parent)
    if target.exists() and source.exists() and target.samefile(source):
        raise DuvError(
            "This is the input file itself, which is never overwritten", hint="give -o another name", file=target
        )


def _print_result(args: argparse.Namespace, done: Played, changes: tuple[TrackChange, ...]) -> None:
    song = done.song
    for warning in (*song.warnings, *song.notices):
        guard.note(f"{args.input}: {warning}")
    if not any(c.included for c in changes):
        guard.note(f"{args.input}: no track is selected, so {args.output} holds the same music")
    if args.json:
        say(as_json(_report(args, done, changes), sys.stdout.encoding))
    else:
        for track, change in zip(song.tracks, changes, strict=True):
            say(fit_columns(_line(change), 2))
            is_off = done.settings.track_velocity.get(track.key) == 0  # then it would be advised to do what is done
            note = "" if is_off else change.velocity_note
            for line in advice(matched_name(track), change.doubt, note) if change.included else ():
                say(f"  {line}")
        say(f"Wrote {printable(str(args.output))} with the model {printable(done.humanizer.name)}.")


def _report(args: argparse.Namespace, done: Played, changes: tuple[TrackChange, ...]) -> dict[str, Any]:
    return {
        "input": str(args.input),
        "output": str(args.output),
        **model_facts(done.humanizer),
        "settings": requested_settings(args),
        "seconds": round(done.seconds, 3),
        "notes": done.song.note_count,
        "notes_changed": sum(c.notes_changed for c in changes),
        "tracks": [vars(c) for c in changes],
        "warnings": list(done.song.warnings),
        "notices": list(done.song.notices),
    }


def _line(change: TrackChange) -> str:
    name = shortened(printable(change.name), 60) or f"track {change.index + 1}"
    if not change.included:
        return f"{name}: left as it is, {change.reason}"
    lengths = str(ToldLengths(change.lengths_kept, change.lengths, change.lengths_reason))
    room = "".join(f"; {said}" for said in (change.made_room, lengths) if said)
    follows = f"; {change.follows}" if change.follows else ""
    return (
        f"{name}: {change.notes_changed} of {count(change.notes, 'note')} changed, "
        f"velocity by {change.mean_velocity_change:.1f} and duration by {change.mean_duration_change:.0%} on average"
        f"{room}{follows}"
    )
