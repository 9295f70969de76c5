"""Reading the record of a batch, which may be torn, damaged, or written by somebody else to do harm."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from duv_studio.engine.batch.discovery import numbered
from duv_studio.engine.batch.events import Status
from duv_studio.engine.batch.journal import JOURNAL, LONGEST_TEXT, VERSION, Past, Record
from duv_studio.engine.json_text import OddJson, parse_json, shown
from duv_studio.engine.names_inside import problem_of_name
from duv_studio.engine.regular_file import NoSuchFile, read_lines
from duv_studio.errors import DuvError

Kind = TypeVar("Kind")
_LONGEST_LINE = 8 * 2**20  # bytes; the first line holds the settings
_LARGEST = 2**63  # of any number
_ENDS = frozenset({Status.OK, Status.SKIPPED, Status.FAILED})
_FIELDS = {f.name: type(f.default) if isinstance(f.default, int | float) else str for f in fields(Record)}


class _Odd(ValueError):
    """What no run writes."""


def read_journal(folder: Path) -> Past | None:
    """What the journal in a folder holds, without a torn end; None where there is none with a whole plan.

    DuvError where it is of another version, or holds what no run writes: names that lead out of the folder, a file with
    the result of another, values of a wrong kind.
    """
    reader = _Reader(folder / JOURNAL)
    try:
        return reader.past()
    except NoSuchFile:
        return None
    except _Odd as error:
        message = f"Line {reader.number} is nothing that a batch writes: {error}"
        raise DuvError(message, hint="delete this file to begin anew", file=reader.path) from error


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path, self.number = path, 1  # of the line that is read

    def past(self) -> Past | None:
        facts = self._facts()
        head = next(facts, {})
        if head.get("version", VERSION) != VERSION:
            raise DuvError("was written by another version of the program", hint="begin anew", file=self.path)
        if not head.keys() >= {"task", "files"}:
            return None
        task, files = _of(dict, head["task"], "the task"), _of(int, head["files"], "the number of files")
        targets = self._targets(facts, files)
        return None if len(targets) < files else _with_results(task, targets, facts)

    def _targets(self, facts: Iterator[dict[str, Any]], files: int) -> dict[str, str]:
        """The plan: for each file its result, of which no two are one."""
        targets, taken = dict[str, str](), set[str]()
        while len(targets) < files and (fact := next(facts, None)) is not None:
            name, target = _planned(fact)
            if name in targets or target in taken:
                raise _Odd(f"{shown(name if name in targets else target)} is planned twice")
            targets[name] = target
            taken.add(target)
        return targets

    def _facts(self) -> Iterator[dict[str, Any]]:
        """The lines up to the first that is torn: what follows it was never promised."""
        for number, text in enumerate(read_lines(self.path, _LONGEST_LINE, "record of a batch"), 1):
            self.number = number
            try:
                fact = parse_json(text) if text.endswith(b"\n") else None
            except OddJson as error:
                raise _Odd(f"it {error}") from error
            except ValueError:
                return
            if not isinstance(fact, dict):
                return
            yield fact


def _with_results(task: dict[str, Any], targets: dict[str, str], facts: Iterator[dict[str, Any]]) -> Past:
    precision, records = "", dict[str, Record]()
    for fact in facts:
        if fact.keys() == {"precision"}:
            precision = _text(fact["precision"], "the precision")
        elif fact.keys() == {"file"}:
            record = _record(_of(dict, fact["file"], "a file"))
            records[record.name] = record
        else:
            raise _Odd(f"it holds {', '.join(map(shown, list(fact)[:3])) or 'nothing'}")
    return Past(task, precision, targets, records)


def _planned(fact: dict[str, Any]) -> tuple[str, str]:
    """A file and its result, which has the file's own name or that with numbers, and so lies nowhere else."""
    pair = fact.get("plan")
    if fact.keys() != {"plan"} or not isinstance(pair, list) or len(pair) != 2:
        raise _Odd("it should name a file and its result")
    for name in pair:
        if problem := problem_of_name(name):
            raise _Odd(problem)
    name, target = pair
    if not _is_result_of(target, name):
        raise _Odd(f"{shown(target)} is no result of {shown(name)}")
    return name, target


def _is_result_of(target: str, name: str) -> bool:
    """Whether it is the name itself, or that numbered, perhaps again and again: "song (2).mid", "song (2) (3).mid"."""
    while len(target) > len(name):
        stem, ending = os.path.splitext(target)
        shorter, _, number = stem.removesuffix(")").rpartition(" (")
        if not (number.isascii() and number.isdigit() and numbered(f"{shorter}{ending}", int(number[:9])) == target):
            return False
        target = f"{shorter}{ending}"
    return target == name


def _record(said: dict[str, Any]) -> Record:
    for name, value in said.items():
        if name not in _FIELDS:
            raise _Odd(f"there is no {shown(name)}")
        _of_record(_FIELDS[name], value, name)
    if problem := problem_of_name(said.get("name")):
        raise _Odd(problem)
    if said.get("status") not in _ENDS:
        raise _Odd(f"no file ends as {shown(said.get('status'))}")
    return Record(**said)


def _of_record(kind: type, value: object, name: str) -> None:
    if kind is str:
        _text(value, name)
    elif kind is int or isinstance(value, int):
        _of(int, value, name)
    elif not isinstance(value, float) or not math.isfinite(value):
        raise _Odd(f"{name} is {shown(value)}")


def _text(value: object, what: str) -> str:
    text = _of(str, value, what)
    if len(text) > LONGEST_TEXT:
        raise _Odd(f"{what} is too long")
    return text


def _of(kind: type[Kind], value: object, what: str) -> Kind:
    if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, int) and not 0 <= value < _LARGEST):
        raise _Odd(f"{what} is {shown(value)}")
    return value
