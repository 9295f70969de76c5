"""`duv-studio enrich`: from MIDI files or data sets to a manifest, one line per track."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio import __version__
from duv_studio.cli import guard
from duv_studio.cli.next_command import after_enrich
from duv_studio.cli.output import say, tell, wrote
from duv_studio.cli.progress import Progress
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.training.data.manifest.journal import Journal, Tally
    from duv_studio.training.data.manifest.worker import Choice, Job, Outcome

DONE, SOME_FAILED = 0, 1
TABLES = ("csv-train", "csv-valid", "stats-json")
_SHOWN = 20  # failures; the report has all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `enrich`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--input", type=Path, metavar="IN", help="a folder of MIDI files, a JSONL list of them, or one file"
    )
    source.add_argument("--sets", metavar="NAMES", help="data sets instead of files, such as gmd,pop909; needs --data")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the data sets are")
    parser.add_argument("--output", type=Path, required=True, metavar="JSONL", help="the manifest to write")
    parser.add_argument("--instrument", metavar="FAMILY", help="only tracks of this instrument (default: all)")
    parser.add_argument("--min-notes", type=int, default=64, metavar="N", help="fewest notes of a track (%(default)s)")
    parser.add_argument(
        "--min-duration-sec", type=float, default=3.0, metavar="S", help="shortest track in seconds (%(default)s)"
    )
    parser.add_argument(
        "--max-duration-sec", type=float, default=600.0, metavar="S", help="longest track in seconds (%(default)s)"
    )
    parser.add_argument("--keep-flat", action="store_true", help="also tracks with one velocity for all notes")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: one per processor)")
    for name, what in zip(TABLES, ("to learn from", "to judge by", "and what is usual in them"), strict=True):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"also tables for train-base: {what}")
    parser.add_argument("--report", type=Path, metavar="JSON", help="where to say what was left out, file by file")


def run(args: argparse.Namespace) -> int:
    """Make the manifest, or go on making it; 1 when some files could not be read."""
    from duv_studio.training.data.manifest.journal import Journal, write_report

    _check(args)
    choice = _choice(args)
    jobs = _jobs(args)
    journal = Journal(args.output, _task(args, choice, jobs))
    try:
        _all_outcomes(args, choice, jobs, journal)
        if args.report is not None:
            write_report(journal, args.report, _about(args))
    except KeyboardInterrupt:
        guard.note("stopped; the same command goes on from there")
        raise
    finally:
        journal.close()
    tally = journal.tally
    for sentence in tally.sentences("files" if jobs is not None else f"tracks of {args.sets}"):
        say(sentence)
    if not tally.kept:
        journal.discard()
        raise DuvError("No track was kept, so no manifest was written", hint=_why_none(tally), file=args.output)
    journal.finish()
    wrote(args.output)
    say(f"The manifest is {args.output}.")
    if args.csv_train is not None:
        from duv_studio.training.base.csv_write import write_tables  # brings torch

        write_tables(args.output, args.csv_train, args.csv_valid, args.stats_json)
        wrote(args.csv_train, args.csv_valid, args.stats_json)
        say(f"The tables are {args.csv_train} and {args.csv_valid}, with {args.stats_json}.")
    tables = (args.csv_train, args.csv_valid, args.stats_json) if args.csv_train is not None else None
    say(after_enrich(args.output, args.instrument, tables))
    return SOME_FAILED if tally.failed else DONE


def _all_outcomes(args: argparse.Namespace, choice: Choice, jobs: list[Job] | None, journal: Journal) -> None:
    unit = "files" if jobs is not None else "tracks"
    if journal.done:
        tell(f"Going on after {journal.done} {unit}.")
    progress = Progress(unit, None if jobs is None else len(jobs), journal.done)
    for outcome in _outcomes(args, choice, jobs, journal.done):
        record = journal.add(outcome)
        if record["error"] and journal.tally.failed <= _SHOWN:
            progress.line(f"duv-studio: {_one_line(outcome.file)}: {_one_line(record['error'])}")
        progress.step(f"{journal.tally.kept} tracks kept")
    progress.close()


def _outcomes(args: argparse.Namespace, choice: Choice, jobs: list[Job] | None, done: int) -> Iterator[Outcome]:
    """The result of every file after the first `done`, in order."""
    from duv_studio.engine.processes import processes_here
    from duv_studio.training.data.manifest.task_pool import CHUNK, in_order
    from duv_studio.training.data.manifest.worker import enrich_files, set_track

    if jobs is None:
        from duv_studio.training.data.corpora.registry import load_corpora

        tracks = (track for name in _sets(args) for track in load_corpora(args.data, [name]))
        return (set_track(track, choice) for track in islice(tracks, done, None))
    left = jobs[done:]
    # A process takes longer to start than a few files take.
    processes = min(args.jobs or processes_here(), -(-len(left) // (4 * CHUNK)))
    return in_order(partial(enrich_files, choice=choice), left, processes)


def _check(args: argparse.Namespace) -> None:
    if (args.sets is None) != (args.data is None):
        raise DuvError("--sets and --data belong together", hint="--sets gmd,pop909 --data FOLDER")
    tables = [getattr(args, name.replace("-", "_")) for name in TABLES]
    if any(tables) and not all(tables):
        raise DuvError("tables come three together", hint="give " + ", ".join(f"--{name}" for name in TABLES))
    if args.jobs is not None and args.jobs < 1:
        raise DuvError(f"--jobs must be at least 1, not {args.jobs}")
    if not args.min_duration_sec <= args.max_duration_sec:
        raise DuvError("--min-duration-sec is above --max-duration-sec")
    if args.output.is_dir():
        raise DuvError("This is a folder", hint="name a file, such as enriched.jsonl", file=args.output)
    if args.input is not None and args.output.exists() and args.input.exists() and args.output.samefile(args.input):
        raise DuvError("The list that is read would be overwritten", hint="choose another name", file=args.output)
    args.output.parent.mkdir(parents=True, exist_ok=True)


def _choice(args: argparse.Namespace) -> Choice:
    from duv_studio.engine.midi.song import Family
    from duv_studio.training.data.manifest.filters import Filters
    from duv_studio.training.data.manifest.worker import Choice

    if args.instrument is not None and args.instrument.lower() not in tuple(Family):
        raise DuvError(f'"{args.instrument}" is no instrument', hint=f"there are {', '.join(Family)}")
    family = None if args.instrument is None else Family(args.instrument.lower())
    filters = Filters(args.min_notes, args.max_duration_sec, args.min_duration_sec)
    return Choice(family, filters, args.keep_flat)


def _jobs(args: argparse.Namespace) -> list[Job] | None:
    """The files to read, None where tracks come from data sets."""
    from duv_studio.training.data.corpora.registry import CORPORA
    from duv_studio.training.data.manifest.sources import jobs_of

    if args.input is not None:
        return jobs_of(args.input)
    unknown = [name for name in _sets(args) if name not in CORPORA]
    if unknown:
        raise DuvError(f'there is no data set "{unknown[0]}"', hint=f"the known ones are {', '.join(CORPORA)}")
    return None


def _sets(args: argparse.Namespace) -> list[str]:
    return [name.strip() for name in args.sets.split(",") if name.strip()]


def _task(args: argparse.Namespace, choice: Choice, jobs: list[Job] | None) -> str:
    """Names all that the manifest depends on: only a run with the same may resume from what is there."""
    what = repr(jobs) if jobs is not None else repr((_sets(args), str(args.data)))
    digest = hashlib.blake2b(what.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"{__version__} {choice} {digest}"


def _about(args: argparse.Namespace) -> dict[str, Any]:
    names = ("input", "sets", "output", "instrument", "min_notes", "min_duration_sec", "max_duration_sec")
    return {name: getattr(args, name) if name.startswith("m") else _text(getattr(args, name)) for name in names}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _one_line(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if not text.isprintable() else text


def _why_none(tally: Tally) -> str:
    if not tally.dropped:
        return "none of the files could be read"
    return "left out: " + "; ".join(f"{number} {reason}" for reason, number in tally.dropped.most_common(3))
