"""`duv-studio humanize`: one MIDI file in, the same file played out."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.cli import guard
from duv_studio.cli.device import device_facts
from duv_studio.cli.output import say, wrote
from duv_studio.cli.performance_options import add_performance, chosen_settings, for_song, requested_settings
from duv_studio.cli.text import advice, as_json, count, fit_columns, printable
from duv_studio.engine.music.name_patterns import matched_name
from duv_studio.engine.performance.change_summary import TrackChange, summarize
from duv_studio.errors import DuvError
from duv_studio.text_width import shortened

if TYPE_CHECKING:
    from duv_studio.engine.adapters.header import AdapterHeader
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.midi.song import Song
    from duv_studio.engine.music.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `humanize`."""
    parser.add_argument("input", metavar="IN", type=Path, help="the MIDI file to humanize; it is never changed")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the MIDI file to write")
    add_performance(parser)
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(args: argparse.Namespace) -> int:
    """Humanize and write; 1 when a part of the input could not be read, 0 otherwise."""
    from duv_studio.engine.adapters.library import left_out_with
    from duv_studio.engine.adapters.resolve import NO_ADAPTER
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.midi.midi_file import read, write
    from duv_studio.engine.music.family_overrides import with_families
    from duv_studio.engine.music.selection import select

    check_output(args.input, args.output)
    song = read(args.input, args.charset)
    settings = settings_of(args, song)
    song = with_families(song, settings.track_family)
    selection = select(song, settings)  # a wrong pattern is reported before the model is loaded, which takes seconds
    humanizer = Humanizer(args.model, args.device, precision=args.precision, adapter=args.adapter)
    if args.adapter != NO_ADAPTER:
        for broken in left_out_with(humanizer.path):
            guard.note(f"{broken.path}: does not play, since it {broken.why}")
    started = time.perf_counter()
    performance = humanizer.humanize(song, settings)
    seconds = time.perf_counter() - started
    write(song, performance, args.output)
    wrote(args.output)
    changes = summarize(song, performance, selection, settings)
    _print_result(args, song, humanizer, settings, changes, seconds)
    return guard.SOME_FAILED if song.warnings else guard.DONE


def settings_of(args: argparse.Namespace, song: Song) -> Settings:
    """The settings that the arguments ask for; DuvError when one names a track that the song does not have."""
    return for_song(chosen_settings(args), args, song)


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


def _print_result(
    args: argparse.Namespace,
    song: Song,
    humanizer: Humanizer,
    settings: Settings,
    changes: tuple[TrackChange, ...],
    seconds: float,
) -> None:
    for warning in (*song.warnings, *song.notices):
        guard.note(f"{args.input}: {warning}")
    if not any(c.included for c in changes):
        guard.note(f"{args.input}: no track is selected, so {args.output} holds the same music")
    if args.json:
        say(as_json(_report(args, song, humanizer, changes, seconds), sys.stdout.encoding))
    else:
        for track, change in zip(song.tracks, changes, strict=True):
            say(fit_columns(_line(change), 2))
            is_off = settings.track_velocity.get(track.key) == 0  # then it would be advised to do what is done
            note = "" if is_off else change.velocity_note
            for line in advice(matched_name(track), change.doubt, note) if change.included else ():
                say(f"  {line}")
        say(f"Wrote {printable(str(args.output))} with the model {printable(humanizer.name)}.")


def _report(
    args: argparse.Namespace, song: Song, humanizer: Humanizer, changes: tuple[TrackChange, ...], seconds: float
) -> dict[str, Any]:
    return {
        "input": str(args.input),
        "output": str(args.output),
        "model": humanizer.base,
        "precision": humanizer.precision.value,
        "device": device_facts(humanizer.device),
        "adapters": {str(family): _adapter(header) for family, header in humanizer.adapters.items()},
        "settings": requested_settings(args),
        "seconds": round(seconds, 3),
        "notes": song.note_count,
        "notes_changed": sum(c.notes_changed for c in changes),
        "tracks": [vars(c) for c in changes],
        "warnings": list(song.warnings),
        "notices": list(song.notices),
    }


def _adapter(header: AdapterHeader) -> dict[str, str]:
    return {"name": header.name, "title": header.title, "verdict": header.verdict, "licence": header.licence}


def _line(change: TrackChange) -> str:
    name = shortened(printable(change.name), 60) or f"track {change.index + 1}"
    if not change.included:
        return f"{name}: left as it is, {change.reason}"
    room = "".join(f"; {said}" for said in (change.made_room, change.lengths_kept) if said)
    follows = f"; {change.follows}" if change.follows else ""
    return (
        f"{name}: {change.notes_changed} of {count(change.notes, 'note')} changed, "
        f"velocity by {change.mean_velocity_change:.1f} and duration by {change.mean_duration_change:.0%} on average"
        f"{room}{follows}"
    )
