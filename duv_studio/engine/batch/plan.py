"""What is to become of every file: where its result goes, or why there will be none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from duv_studio.engine.batch.discovery import SourceFile, numbered
from duv_studio.engine.batch.events import Status
from duv_studio.engine.batch.output_guard import HINT, OutputGuard, folded
from duv_studio.engine.batch.request import Existing, Request
from duv_studio.engine.names_inside import is_inside
from duv_studio.engine.output_folder import OUTSIDE
from duv_studio.errors import DuvError

IS_THERE = "There is a file of that name already"
IS_FOLDER = "There is a folder of that name"


@dataclass(frozen=True)
class Entry:
    """A file and its fate: WAITING to be written to `target`, or SKIPPED or FAILED for a reason."""

    file: SourceFile
    target: str = ""  # below the target folder, with slashes; "" where there is none
    status: Status = Status.WAITING
    why: str = ""


def make_plan(
    files: Sequence[SourceFile], request: Request, guard: OutputGuard, kept: Mapping[str, str]
) -> list[Entry]:
    """An entry for each of `files`, in their order.

    `kept` holds by name the targets that an earlier run planned: they stay, whatever is there. No result goes outside
    the target folder, also where links lead there. No two files that are to be written share a target, also where the
    file system cannot tell upper from lower case. DuvError when a result would go into the input and that was not asked
    for.
    """
    names = _own_names(files, kept)
    targets = (*names.values(), *kept.values())
    taken = {folded(name) for name in targets} | _folders(targets)
    known: dict[Path, bool] = {request.target: True}
    return [_allowed(_entry(file, names, taken, request, kept), request, guard, known) for file in files]


def _own_names(files: Sequence[SourceFile], kept: Mapping[str, str]) -> dict[str, str]:
    """For each file's name that of its result, numbered where two would be one."""
    readable = [file.name for file in files if not file.why]
    names = {name: kept[name] for name in readable if name in kept}
    taken = {folded(target) for target in kept.values()} | _folders((*readable, *kept.values()))
    late = []
    for name in readable:
        if name not in names and folded(name) not in taken:
            names[name] = name
            taken.add(folded(name))
        elif name not in names:
            late.append(name)
    # After all others, so that a number takes no name that another file has.
    for name in late:
        names[name] = _first_free(name, taken)
        taken.add(folded(names[name]))
    return names


def _first_free(name: str, taken: set[str], folder: Path | None = None) -> str:
    number = 2
    while folded(free := numbered(name, number)) in taken or (folder and os.path.lexists(folder / free)):
        number += 1
    return free


def _folders(names: Iterable[str]) -> set[str]:
    """All folders that these names need."""
    below = {name.rpartition("/")[0] for name in names}
    return {folded(str(folder)) for name in below for folder in (PurePosixPath(name), *PurePosixPath(name).parents)}


def _entry(
    file: SourceFile, names: Mapping[str, str], taken: set[str], request: Request, kept: Mapping[str, str]
) -> Entry:
    if file.why:
        return Entry(file, status=Status.SKIPPED if file.skipped else Status.FAILED, why=file.why)
    name = names[file.name]
    path = request.target / name
    if file.name in kept or not os.path.lexists(path):
        return Entry(file, name)
    if os.path.isdir(path) and request.existing is not Existing.RENAME:  # False also where a link cannot be followed
        return Entry(file, status=Status.FAILED, why=IS_FOLDER)
    if request.existing is Existing.SKIP:
        return Entry(file, name, Status.SKIPPED, IS_THERE)
    if request.existing is Existing.RENAME:
        name = _first_free(name, taken, request.target)
        taken.add(folded(name))
    return Entry(file, name)


def _allowed(entry: Entry, request: Request, guard: OutputGuard, known: dict[Path, bool]) -> Entry:
    if entry.status is not Status.WAITING:
        return entry
    path = request.target / entry.target
    problem = guard.problem(path)
    if problem and not request.into_input:
        raise DuvError(problem, hint=HINT, file=path)
    problem = problem or ("" if _stays_inside(path, request.target, known) else OUTSIDE)
    return replace(entry, target="", status=Status.FAILED, why=problem) if problem else entry


def _stays_inside(path: Path, target: Path, known: dict[Path, bool]) -> bool:
    """Whether links lead a result nowhere else; `known` holds what is known of folders."""
    if os.path.islink(path):
        return is_inside(path, target)
    if path.parent not in known:
        known[path.parent] = is_inside(path.parent, target)
    return known[path.parent]


def to_write(plan: Iterable[Entry]) -> Iterator[Entry]:
    """The files that are to be played."""
    return (entry for entry in plan if entry.status is Status.WAITING)
