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
from duv_studio.cli.output import ignoring_closed_stderr, say, wrote
from duv_studio.cli.parser import whole_number
from duv_studio.cli.performance_options import add_performance, chosen_settings, requested_settings
from duv_studio.cli.progress import Progress
from duv_studio.cli.text import as_json, count, printable
from duv_studio.engine.batch.events import BatchEvent, FileFinished, FileResult, Planned, Status, StatusMessage, Summary
from duv_studio.engine.batch.request import Control, Existing, Request
from duv_studio.errors import DuvError

_SHOWN = 20  # files with problems; the report has all


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
        "--resume", action="store_true", help="go on with a batch that was stopped: do what is missing or has changed"
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
    summary = _played(request)
    if not summary.rows:
        args.report = None  # stopped before there was anything to tell: an older report stays
    if args.report is not None:
        from duv_studio.engine.batch.results import write_report

        write_report(summary.rows, args.report)
    if summary.count(Status.OK):
        wrote(args.output)
    say(as_json(_facts(args, summary), sys.stdout.encoding) if args.json else "\n".join(_summary_lines(args, summary)))
    if summary.cancelled:
        guard.note("stopped; the same command with --resume goes on from there")
        return guard.INTERRUPTED
    return guard.SOME_FAILED if any(map(_has_problem, summary.rows)) else guard.DONE


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

    control, reporter = Control(), _Reporter()
    with _interrupting(control.cancel):
        try:
            return run_batch(request, reporter, control)
        finally:
            reporter.close()


class _Reporter:
    """Shows on standard error how far the batch is, if that is a terminal, and which files have problems."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._failed = self._troubled = 0

    def __call__(self, event: BatchEvent) -> None:
        """Show one event; a standard error that cannot be written to is no reason to stop."""
        with ignoring_closed_stderr():
            self._show(event)

    def close(self) -> None:
        """Clear what is shown of the progress."""
        with ignoring_closed_stderr():
            self._clear()

    def _show(self, event: BatchEvent) -> None:
        if isinstance(event, StatusMessage) and sys.stderr.isatty():
            self._clear()
            print(f"{event.sentence} …", end="", file=sys.stderr, flush=True)
        elif isinstance(event, Planned):
            self._planned(event.rows)
        elif isinstance(event, FileFinished):
            self._show_problem(event.result)
            if self._progress is not None:
                self._progress.step(f"{self._failed} failed" if self._failed else "")

    def _clear(self) -> None:
        if self._progress is not None:
            self._progress.clear()
        elif sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _planned(self, rows: tuple[FileResult, ...]) -> None:
        for row in rows:
            self._show_problem(row)
        before = sum(row.before for row in rows)
        self._clear()
        if before:
            guard.note(f"going on after {count(before, 'file')}")
        done = sum(row.status is not Status.WAITING for row in rows)
        self._progress = Progress("files", len(rows), done, lines=False)

    def _show_problem(self, row: FileResult) -> None:
        """Name a file that failed, or that was read only in part by this run."""
        self._failed += row.status is Status.FAILED
        if row.before or not _has_problem(row):
            return
        self._troubled += 1
        if self._troubled <= _SHOWN:
            self._clear()
            guard.note(f"{row.name}: {row.why}")
        elif self._troubled == _SHOWN + 1:
            self._clear()
            guard.note("more files are in trouble; --report CSV lists all of them")


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
    return guard.SOME_FAILED if any(map(_has_problem, rows)) else guard.DONE


def _has_problem(row: FileResult) -> bool:
    """Whether a file failed, or could be read only in part."""
    return row.status is Status.FAILED or (row.status is Status.OK and row.why != "")


def _summary_lines(args: argparse.Namespace, summary: Summary) -> Iterator[str]:
    ok, skipped, failed = map(summary.count, (Status.OK, Status.SKIPPED, Status.FAILED))
    partly = sum(map(_has_problem, summary.rows)) - failed
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
        "seconds": round(summary.seconds, 3),
        **_numbers(summary),
        "failures": [{"file": row.name, "why": row.why} for row in summary.rows if row.status is Status.FAILED],
        "partly_read": [
            {"file": row.name, "why": row.why} for row in summary.rows if row.status is Status.OK and row.why
        ],
        "report": None if args.report is None else str(args.report),
    }
