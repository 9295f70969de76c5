"""`duv-studio batch`: a folder of MIDI files in, the same tree played out in another folder."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from duv_studio.cli import guard
from duv_studio.cli.batch_progress import Reporter, has_problem
from duv_studio.cli.output import say, wrote
from duv_studio.cli.parser import whole_number
from duv_studio.cli.performance_options import add_performance, chosen_settings, requested_settings
from duv_studio.cli.playing import note_left_behind
from duv_studio.cli.text import as_json, count, printable
from duv_studio.engine.adapters.resolve import NO_ADAPTER, choose
from duv_studio.engine.batch.events import FileResult, Status, Summary
from duv_studio.engine.batch.request import Control, Existing, Request
from duv_studio.engine.midi.song import Family
from duv_studio.engine.output_folder import FolderMoved
from duv_studio.errors import DuvError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `batch`."""
    parser.add_argument("input", metavar="IN", type=Path, help="a folder of MIDI files, or one file; never changed")
    parser.add_argument("output", metavar="OUT", type=Path, help="the folder for the results; made when it is missing")
    parser.add_argument(
        "--existing",
        choices=[existing.value for existing in Existing],
        default=Existing.SKIP.value,
        help="what to do where a result is there already; rename: write 'song (2).mid'; default skip",
    )
    parser.add_argument("--into-input", action="store_true", help="allow OUT to lie within IN; it is not read then")
    parser.add_argument("--jobs", metavar="N", type=whole_number(1), help="processes; default: one per processor")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with a batch that was stopped: files that are done stay, the missing, failed or changed are done",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="let a Dask cluster do the work, such as tcp://10.0.0.5:8786"
    )
    parser.add_argument("--report", metavar="CSV", type=Path, help="where to write a table with a line for every file")
    parser.add_argument("--dry-run", action="store_true", help="only list what would be done; nothing is written")
    add_performance(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(args: argparse.Namespace) -> int:
    """Play all files; 1 when some failed or could be read only in part, 130 when interrupted, 0 otherwise."""
    request = request_of(args)
    if args.dry_run:
        from duv_studio.engine.batch.preflight import prepare

        return _list(prepare(request).rows)
    _check_report(args.report, args.output)
    if args.adapter != NO_ADAPTER:
        choice = choose(args.model, args.adapter)
        note_left_behind(choice.base.path, set(Family) - dict(choice.adapters).keys())
    summary = _played(request)
    if not summary.rows:
        args.report = None  # stopped before there was anything to tell: an older report stays
    if summary.moved is not None:
        args.report = _moved_report(args.report, args.output, summary.moved)
    if args.report is not None:
        from duv_studio.engine.batch.results import write_report

        write_report(summary.rows, args.report)
    if summary.count(Status.OK):
        wrote(args.output)
    say(as_json(_facts(args, summary), sys.stdout.encoding) if args.json else "\n".join(_summary_lines(args, summary)))
    if summary.moved is not None:
        if summary.moved.now is not None:
            guard.note(
                f"the same command with {printable(str(summary.moved.now))} as OUT and --resume goes on from there"
            )
        raise summary.moved
    if summary.cancelled:
        guard.note("stopped; the same command with --resume goes on from there")
        return guard.INTERRUPTED
    return guard.SOME_FAILED if any(map(has_problem, summary.rows)) else guard.DONE


def request_of(args: argparse.Namespace) -> Request:
    """What the arguments ask for."""
    return Request(
        sources=(args.input,),
        target=args.output,
        settings=chosen_settings(args),
        families=tuple(args.families),
        parts=tuple(args.parts),
        charset=args.charset,
        model=args.model,
        adapter=args.adapter,
        precision=args.precision,
        device=args.device,
        existing=Existing(args.existing),
        into_input=args.into_input,
        resume=args.resume,
        jobs=args.jobs,
        scheduler=args.scheduler,
    )


def _played(request: Request) -> Summary:
    from duv_studio.engine.batch.runner import run as run_batch

    control, reporter = Control(), Reporter()
    with _interrupting(control.cancel):
        try:
            return run_batch(request, reporter, control)
        finally:
            reporter.close()


@contextmanager
def _interrupting(cancel: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C end the batch in good order; a second one ends the program.

    Where a shell runs it in the background with Ctrl-C ignored, it stays ignored.
    """

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        cancel()

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():  # which alone hears it
        yield
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_report(path: Path | None, output: Path) -> None:
    """Refuse a report that could not be written before hours are spent on what it would tell."""
    if path is None:
        return
    from duv_studio.engine.midi import MIDI_SUFFIXES

    if path.is_dir():
        raise DuvError("This is a folder", hint="give --report the name of the file to write", file=path)
    if path.suffix.lower() in MIDI_SUFFIXES:
        raise DuvError("The report is no MIDI file", hint="name it report.csv, for instance", file=path)
    if not path.absolute().parent.is_dir() and path.absolute().parent != output.absolute():  # which will be made
        raise DuvError("There is no such folder", hint="make it first", file=path.parent)


def _moved_report(path: Path | None, output: Path, moved: FolderMoved) -> Path | None:
    """The place of a report that was to go into the folder for results, which was moved; None where it is gone."""
    if path is None or not path.absolute().is_relative_to(output.absolute()):
        return path
    return None if moved.now is None else moved.now / path.absolute().relative_to(output.absolute())


def _list(rows: tuple[FileResult, ...]) -> int:
    """Say what would become of every file."""
    for row in rows:
        name, target = printable(row.name), printable(str(row.target))
        if row.status is Status.WAITING:
            say(f"{name}: would be written to {target}")
        elif row.before:
            say(f"{name}: is done, {target}")
        else:
            say(f"{name}: would be {'skipped' if row.status is Status.SKIPPED else 'left out'}: {row.why}")
    waiting = sum(row.status is Status.WAITING for row in rows)
    say(f"{count(waiting, 'file')} of {len(rows)} would be written.")
    return guard.SOME_FAILED if any(map(has_problem, rows)) else guard.DONE


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _summary_lines(args: argparse.Namespace, summary: Summary) -> Iterator[str]:
    ok, skipped, failed = map(summary.count, (Status.OK, Status.SKIPPED, Status.FAILED))
    partly = sum(map(has_problem, summary.rows)) - failed
    more = f", {partly} of them read only in part" if partly else ""
    before = sum(row.before for row in summary.rows)
    yield f"{count(ok, 'file')} written{more}, {skipped} skipped, {failed} failed."
    if before:
        yield f"{before} of these had been done before."
    numbers = _numbers(summary)
    yield f"{numbers['notes_changed']} of {count(numbers['notes'], 'note')} changed."
    if numbers["files_per_second"]:
        speed = f"{numbers['files_per_second']:.1f} files and {numbers['notes_per_second']:.0f} notes a second"
        yield f"It took {summary.seconds:.1f} seconds: {speed}, in {summary.precision}."
    if unsure := sum(bool(row.unsure) for row in summary.rows):
        told = "the report names them" if args.report is not None else "--report names them"
        yield f"{count(unsure, 'file')} with instruments that are unsure; {told}."
    if args.report is not None:
        yield f"The report is {printable(str(args.report))}."


def _numbers(summary: Summary) -> dict[str, Any]:
    """Counts over all files, and how fast this run was."""
    played = [row for row in summary.rows if not row.before and row.status in (Status.OK, Status.SKIPPED) and row.notes]
    seconds = max(summary.seconds, 1e-9)
    return {
        "notes": sum(row.notes for row in summary.rows),
        "notes_changed": sum(row.notes_changed for row in summary.rows),
        "files_unsure": sum(bool(row.unsure) for row in summary.rows),
        "files_per_second": round(len(played) / seconds, 3),
        "notes_per_second": round(sum(row.notes for row in played) / seconds, 1),
    }


def _facts(args: argparse.Namespace, summary: Summary) -> dict[str, Any]:
    return {
        "input": str(args.input),
        "output": str(args.output),
        "settings": requested_settings(args),
        "precision": summary.precision,
        "files": len(summary.rows),
        **{str(s): summary.count(s) for s in (Status.OK, Status.SKIPPED, Status.FAILED, Status.WAITING)},
        "unchanged_results": sum(row.before for row in summary.rows),
        "cancelled": summary.cancelled,
        "moved": None if summary.moved is None else {"message": str(summary.moved), "to": _text(summary.moved.now)},
        "seconds": round(summary.seconds, 3),
        **_numbers(summary),
        "failures": [{"file": row.name, "why": row.why} for row in summary.rows if row.status is Status.FAILED],
        "partly_read": [
            {"file": row.name, "why": row.why} for row in summary.rows if row.status is Status.OK and row.why
        ],
        "report": None if args.report is None else str(args.report),
    }
