"""Everything that is known before the first file is played: errors of the request, and files that are done already."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from duv_studio.engine.adapters.library import known_hash
from duv_studio.engine.adapters.resolve import choose
from duv_studio.engine.batch.discovery import SourceFile, list_files
from duv_studio.engine.batch.events import FileResult, Status
from duv_studio.engine.batch.fingerprint import (
    Task,
    check_same_task,
    describe_task,
    digest,
    requested_precision,
    without_song_settings,
)
from duv_studio.engine.batch.journal import JOURNAL, Past, Record
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.batch.output_guard import OutputGuard
from duv_studio.engine.batch.plan import Entry, make_plan, to_write
from duv_studio.engine.batch.pool import Setup
from duv_studio.engine.batch.request import Existing, Request
from duv_studio.engine.midi.midi_file import LARGEST_FILE
from duv_studio.engine.midi.text_encoding import known_charset
from duv_studio.engine.model.device import AUTO, chosen_device
from duv_studio.engine.model.library import DEFAULT_MODEL
from duv_studio.engine.music.name_patterns import compile_pattern
from duv_studio.engine.music.part_rules import check_patterns
from duv_studio.engine.music.settings import check_settings
from duv_studio.engine.names_inside import is_inside
from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import Cancelled, DuvError

_NOTHING = Past({}, "", {}, {})
_LARGEST_RESULT = 2 * LARGEST_FILE  # bytes
_LEFT_OVER = re.compile(r"\.duv-[0-9a-f]{16}\.tmp")  # of a file that was being written when the process was killed


@dataclass(frozen=True)
class Prepared:
    """A batch that could begin: nothing was written yet."""

    plan: Sequence[Entry]
    rows: tuple[FileResult, ...]
    past: Past  # what the new journal begins with
    setup: Setup
    guard: OutputGuard


def prepare(
    request: Request, cancelled: Callable[[], bool] | None = None, tell: Callable[[str], None] = lambda sentence: None
) -> Prepared:
    """Check the request, list the files and decide the outcome of each; DuvError, Cancelled.

    `tell` is told in a sentence how far it is, with every file.
    """
    request = _with_device(request)
    task, base_hash = _checked(request)
    past = _past(request, task)
    files = list_files(
        request.sources,
        request.target,
        into_input=request.into_input,
        cancelled=cancelled,
        found=lambda files: tell(f"Looking for MIDI files: {files:,} so far"),
    )
    guard = OutputGuard(request.sources, (file.identity for file in files), into_input=request.into_input)
    plan = make_plan(files, request, guard, past.targets)
    watched = _watched(plan, past, cancelled or (lambda: False), tell)
    done = unchanged_results(watched, past.records, request.target)
    targets = {entry.file.name: entry.target for entry in to_write(plan)}
    return Prepared(
        plan,
        tuple(_row(index, entry, done, request.target) for index, entry in enumerate(plan)),
        # Of files that are away for now, too: they may come back.
        Past(task, past.precision, {**past.targets, **targets}, past.records),
        _setup(request, task, base_hash, past.precision),
        guard,
    )


def _watched(
    plan: Sequence[Entry], past: Past, cancelled: Callable[[], bool], tell: Callable[[str], None]
) -> Iterator[Entry]:
    """The plan, whose files may take long to compare with what was done; Cancelled."""
    for number, entry in enumerate(plan):
        if past.records:
            tell(f"Looking what is done already: {number:,} of {len(plan):,} files")
        if cancelled():
            raise Cancelled
        yield entry


def _with_device(request: Request) -> Request:
    """The request with "auto" decided, for this machine: so many processes suit a CPU, one suits a GPU."""
    if request.device != AUTO or request.scheduler:
        return request
    return replace(request, device=str(chosen_device(AUTO)))


def _checked(request: Request) -> tuple[Task, str]:
    """The task, and the hash of the weights that are meant; what is wrong is reported before time is spent on files."""
    check_settings(request.settings)
    compile_pattern(request.settings.include, "include")
    compile_pattern(request.settings.exclude, "exclude")
    for pattern, _ in request.families:
        compile_pattern(pattern, "family")
    check_patterns(request.parts)
    if request.charset is not None:
        known_charset(request.charset)
    if request.jobs is not None and request.jobs < 1:
        raise DuvError(f"{request.jobs} processes can do no work", hint="ask for one or more")
    choice = choose(request.model, request.adapter)
    return describe_task(request, choice), known_hash(choice.base.path)


def _past(request: Request, task: Task) -> Past:
    """The earlier run that this one resumes from; an empty one where there is none."""
    if not request.resume:
        return _NOTHING
    past = read_journal(request.target)
    if past is None:
        if request.existing is Existing.RENAME and (request.target / JOURNAL).exists():
            # Its results would look like files that were there before, and would be made again beside them.
            raise DuvError("is damaged", hint="begin anew instead of resuming", file=request.target / JOURNAL)
        return _NOTHING
    asked = requested_precision(request)
    same = past.precision if asked is None or not past.precision else asked
    check_same_task({**past.task, "precision": past.precision}, {**task, "precision": same}, request.target / JOURNAL)
    return past


def _setup(request: Request, task: Task, base_hash: str, precision: str) -> Setup:
    return Setup(
        settings=without_song_settings(request.settings),
        families=request.families,
        parts=request.parts,
        charset=request.charset,
        model=str(request.model or DEFAULT_MODEL),
        adapter=str(request.adapter),
        precision=precision or requested_precision(request) or request.precision,
        device=request.device,
        base_hash=base_hash,
        adapters=tuple(sorted(task["adapters"].items())),
    )


def _row(index: int, entry: Entry, done: Mapping[str, Record], target: Path) -> FileResult:
    path = target / entry.target if entry.target else None
    row = FileResult(index, entry.file.name, entry.file.path, path, entry.status, entry.why)
    record = done.get(entry.file.name)
    return row if record is None else _as_before(row, record)


def _as_before(row: FileResult, record: Record) -> FileResult:
    """The row of a file that an earlier run has done."""
    return FileResult(
        row.index,
        row.name,
        row.source,
        row.target,
        Status(record.status),
        record.why,
        record.notes,
        record.notes_changed,
        record.mean_velocity_change,
        record.mean_duration_change,
        record.seconds,
        record.unsure,
        before=True,
    )


def unchanged_results(plan: Iterable[Entry], records: Mapping[str, Record], target: Path) -> dict[str, Record]:
    """By name the records of those files of the plan whose source and whose result are as they were."""
    known = ((entry, records[entry.file.name]) for entry in to_write(plan) if entry.file.name in records)
    return {e.file.name: r for e, r in known if _is_source(e.file, r) and _is_result(e.file, target / e.target, r)}


def remove_temporary_files(target: Path, folders: Iterable[Path]) -> None:
    """Remove what a killed run left half written in `target` and those of these folders that lie in it."""
    for folder in {target, *(folder for folder in set(folders) if is_inside(folder, target))}:
        try:
            names = [name for name in os.listdir(folder) if _LEFT_OVER.fullmatch(name)]
        except OSError:
            continue  # not made yet, or to be complained of when it is written to
        for name in names:
            with suppress(OSError):  # it does no harm
                (folder / name).unlink()


def _is_source(file: SourceFile, record: Record) -> bool:
    if record.status == Status.FAILED or file.size != record.size:
        return False
    if (str(file.path), file.mtime_ns) == (record.source, record.mtime_ns):
        return True
    return record.digest != "" and _digest(file.path) == record.digest


def _is_result(file: SourceFile, path: Path, record: Record) -> bool:
    try:
        state = path.stat()
    except OSError:
        return False
    if state.st_size != record.result_size:
        return False
    # A result has its source's time unless someone touched it, or the disk keeps times less exactly.
    return state.st_mtime_ns == record.mtime_ns or _digest(path) == record.result_digest


def _digest(path: Path) -> str:
    try:
        return digest(read_regular(path, _LARGEST_RESULT))
    except DuvError:
        return "unreadable"
