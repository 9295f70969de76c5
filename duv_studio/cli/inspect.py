"""`duv-studio inspect`: what a MIDI file holds, which tracks would be humanized, and why."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from duv_studio.cli import guard
from duv_studio.cli.output import say
from duv_studio.cli.parser import add_selection
from duv_studio.cli.performance_options import for_song
from duv_studio.cli.text import advice, as_json, count, fit_columns, printable
from duv_studio.engine.midi.instruments import program_label
from duv_studio.engine.music.doubles import followed
from duv_studio.engine.music.settings import Settings
from duv_studio.text_width import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duv_studio.engine.midi.song import IntArray, Song, Track
    from duv_studio.engine.music.selection import TrackSelection


_NAME, _INDENT = 80, 12  # columns of a name, at most, and before what follows of a long line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `inspect`."""
    parser.add_argument("input", metavar="IN", type=Path, help="the MIDI file to look at")
    add_selection(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the description; 1 when a part of the file could not be read, 0 otherwise."""
    from duv_studio.engine.midi.midi_file import read
    from duv_studio.engine.music.family_overrides import with_families
    from duv_studio.engine.music.selection import select

    song = read(args.input, args.charset)
    settings = for_song(Settings(include=args.include, exclude=args.exclude), args, song)
    song = with_families(song, settings.track_family)
    selection = select(song, settings)
    facts = describe(song, selection)
    _add_timing(song, facts)
    _add_lengths(song, facts, settings, selection)
    _add_adapters(facts)
    _add_shares(facts, song, settings)
    if args.json:
        say(as_json({"input": str(args.input), **facts}, sys.stdout.encoding))
    else:
        say(fit_columns("\n".join(_lines(printable(str(args.input)), facts)), _INDENT))
    for warning in (*song.warnings, *song.notices):
        guard.note(f"{args.input}: {warning}")
    return guard.SOME_FAILED if song.warnings else guard.DONE


def _add_timing(song: Song, facts: dict[str, Any]) -> None:
    """Say how the model counts beats, and which tracks were performed."""
    from duv_studio.engine.music.felt_beat import in_felt_beats
    from duv_studio.engine.performance.performed_timing import performed_tracks

    facts["beat"] = song.ppq / in_felt_beats(song).ppq
    for track, performed in zip(facts["tracks"], performed_tracks(song), strict=True):
        track["performed"] = performed


def _add_lengths(song: Song, facts: dict[str, Any], settings: Settings, selection: tuple[TrackSelection, ...]) -> None:
    """Say which lengths each track would be played with, "" where they would stay."""
    from duv_studio.engine.performance.told_lengths import ToldLengths, told_lengths

    for track, chosen, told in zip(facts["tracks"], selection, told_lengths(song, settings), strict=True):
        lengths = told if chosen.included else ToldLengths()
        track["lengths"], track["lengths_reason"] = lengths.played, lengths.reason


def _add_adapters(facts: dict[str, Any]) -> None:
    """Name the adapter that would play each track with the default model, None where none would."""
    from duv_studio.engine.adapters.library import automatic_with, read_adapter_header
    from duv_studio.engine.model.library import find_model
    from duv_studio.errors import DuvError

    try:
        names = {family: read_adapter_header(path).name for family, path in automatic_with(find_model()).items()}
    except DuvError:  # without a model nothing is played, but a file can be looked at
        names = {}
    for track in facts["tracks"]:
        track["adapter"] = names.get(track["family"])


def _add_shares(facts: dict[str, Any], song: Song, settings: Settings) -> None:
    """Say of each track which shares of the settings reach it."""
    for of_track, track in zip(facts["tracks"], song.tracks, strict=True):
        of_track["shares"] = {
            name: getattr(settings, f"track_{name}").get(track.key, 1.0)
            for name in ("intensity", "velocity", "duration")
        }


def _lines(name: str, facts: dict[str, Any]) -> Iterator[str]:
    minutes, seconds = divmod(round(facts["seconds"]), 60)
    yield f"{name}: {count(facts['notes'], 'note')} in {count(len(facts['tracks']), 'track')}"
    yield f"  length   {count(facts['bars'], 'bar')}, {minutes}:{seconds:02d} minutes"
    unit = f"{facts['frames']} ticks" if facts["frames"] else f"{facts['ppq']} ticks per quarter note"
    yield f"  format   type {facts['format']}, {unit}"
    if facts["charset"] != "utf-8":
        yield f"  texts    {facts['charset']}"
    yield "  tempo    " + _list_of([f"{change['bpm']:g} bpm" for change in facts["tempo"]])
    if facts["beat"] != 1:
        yield f"  beat     read as if it were written at {facts['beat']:g} times the tempo"
    yield "  meter    " + _list_of([change["meter"] for change in facts["meter"]])
    for track in facts["tracks"]:
        yield ""
        yield from _track_lines(track)


def _track_lines(track: dict[str, Any]) -> Iterator[str]:
    port = f", port {track['port'] + 1}" if track["port"] else ""
    yield f"{track['index'] + 1}. {shortened(printable(track['name']), _NAME) or '(no name)'}"
    yield f"   {'selected' if track['selected'] else 'left out'}: {track['reason']}"
    yield f"   family   {track['family']}, {track['family_reason']}"
    note = track["velocity_note"] if track["shares"]["velocity"] else ""  # no advice to do what is done
    for line in advice(track["name"] or track["sound"], track["doubt"], note):
        yield f"   {line}"
    yield f"   sound    {track['sound']}, {_channels(track['channels'])}{port}"
    if track["follows"]:
        yield f"   follows  {track['follows'].removeprefix('follows ')}"
    if track["adapter"]:
        yield f"   adapter  {printable(track['adapter'])}"
    if track["performed"]:
        yield "   timing   performed without a grid: lengths stay, unless --performed-durations is given"
    if track["lengths_reason"]:
        yield f"   lengths  of the {track['lengths']}: {track['lengths_reason']}"
    yield f"   notes    {track['notes']}, {_range('pitch', track['pitch'])}, {_range('velocity', track['velocity'])}"
    lower = [f"{name} {share:.0%}" for name, share in track["shares"].items() if share != 1]
    if lower:
        yield f"   shares   {', '.join(lower)}"
    if track["protected"]:
        yield f"   protected {count(track['protected'], 'note')}: {track['protected_reason']}"


def _channels(numbers: list[int]) -> str:
    return f"channels {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"channel {numbers[0]}"


def _list_of(values: list[str]) -> str:
    shown = ", ".join(values[:8])
    return f"{shown} … ({len(values)} in all)" if len(values) > 8 else shown


def _range(what: str, bounds: list[int]) -> str:
    low, high = bounds
    return f"{what} {low}" if low == high else f"{what} {low} to {high}"


def describe(song: Song, selection: tuple[TrackSelection, ...]) -> dict[str, Any]:
    """Clocks, size and one entry per track of `song`; `selection` has one entry per track too."""
    return {
        "format": song.source.format,
        "ppq": song.ppq,
        "frames": None if song.source.frame_clock is None else str(song.source.frame_clock.rate),
        "charset": song.source.charset.replace("_", "-"),
        "notes": song.note_count,
        "bars": int(song.meter.position(_last_note_tick(song)).bar) + 1,
        "seconds": round(float(song.tempo.seconds(song.end_tick)), 2),
        "tempo": _tempo(song),
        "meter": _meter(song),
        "tracks": _tracks(song, selection),
        "warnings": list(song.warnings),
        "notices": list(song.notices),
    }


def _last_note_tick(song: Song) -> int:
    return max(int(track.notes.onset.max()) for track in song.tracks)


def _tempo(song: Song) -> list[dict[str, Any]]:
    bars = song.meter.position(song.tempo.tick).bar + 1
    bpm = song.tempo.bpm_at(song.tempo.tick)
    return [{"bar": int(bar), "bpm": round(float(value), 2)} for bar, value in zip(bars, bpm, strict=True)]


def _meter(song: Song) -> list[dict[str, Any]]:
    meter = song.meter
    bars = meter.first_bar + 1
    return [
        {"bar": int(bar), "meter": f"{numerator}/{denominator}"}
        for bar, numerator, denominator in zip(bars, meter.numerator, meter.denominator, strict=True)
    ]


def _tracks(song: Song, selection: tuple[TrackSelection, ...]) -> list[dict[str, Any]]:
    following = followed(song, frozenset(track.index for track in song.tracks if selection[track.index].included))
    return [
        _track(track, chosen) | {"follows": str(following.get(track.index, ""))}
        for track, chosen in zip(song.tracks, selection, strict=True)
    ]


def _track(track: Track, chosen: TrackSelection) -> dict[str, Any]:
    return {
        "index": track.index,
        "name": track.name,
        "channel": track.channel + 1,
        "channels": [channel + 1 for channel in track.channels],
        "port": track.port,
        "program": track.program,
        "sound": program_label(track),
        "family": str(track.family),
        "family_reason": track.family_reason,
        "doubt": track.doubt,
        "velocity_note": track.velocity_note,
        "notes": len(track.notes),
        "pitch": _bounds(track.notes.pitch),
        "velocity": _bounds(track.notes.velocity),
        "selected": chosen.included,
        "reason": chosen.reason,
        "protected": int(np.sum(chosen.protected)),
        "protected_reason": chosen.protected_reason,
    }


def _bounds(values: IntArray) -> list[int]:
    return [int(values.min()), int(values.max())]
