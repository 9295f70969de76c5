"""A manifest while it is written: its lines, a journal to resume from, and the report."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from duv_studio.engine.atomic import explained
from duv_studio.engine.json_text import OddJson, parse_json, shown
from duv_studio.engine.regular_file import check_regular, read_lines
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.worker import Dropped, Kept, Outcome

_VERSION = 2
_LONGEST_LINE = 2**26  # bytes
_KINDS: dict[str, type] = {
    "file": str, "end": int, "kept": list, "notes": int, "sections": list, "dropped": list, "warnings": list,
    "error": str, "skipped": str,
}  # fmt: skip
_DIGEST = re.compile(r"(?:[0-9a-f]{2}){1,64}")
COPY = "the same performance again"


class Journal:
    """OUTPUT.partial holds the lines, OUTPUT.journal one record per file that is done.

    Lines are written before their record, so that whatever moment the process is killed at, the records tell how much
    of the lines is whole. Copies of a performance are known by digests of fixed size.
    """

    def __init__(self, output: Path, task: str) -> None:
        """Go on where an earlier run of the same task (any text) was stopped, else starts over."""
        self.output, self.task = output, task
        self.partial, self.path = (output.with_name(output.name + end) for end in (".partial", ".journal"))
        self.tally, self._seen = Tally(), set[bytes]()
        try:
            self._lines, self._records = self._open()
        except OSError as error:
            message = f"The manifest cannot be written: {error.strerror or error}"
            raise DuvError(message, hint="choose another place", file=output) from error

    @property
    def done(self) -> int:
        """How many files are done."""
        return self.tally.files

    def add(self, outcome: Outcome) -> dict[str, Any]:
        """Write the lines of a file that are no copies, then its record, which is returned."""
        kept, copies = self._without_copies(outcome)
        self._lines.write("".join(k.text + "\n" for k in kept).encode())
        self._lines.flush()
        record = {
            "file": outcome.file,
            "end": self._lines.tell(),
            "kept": [k.fingerprint for k in kept],
            "notes": sum(k.notes for k in kept),
            "sections": [k.section_source for k in kept],
            "dropped": [[d.track, d.reason] for d in (*outcome.dropped, *copies)],
            "warnings": list(outcome.warnings),
            "error": outcome.error,
            "skipped": outcome.skipped,
        }
        self._records.write(json.dumps(record).encode() + b"\n")
        self._records.flush()
        self.tally.add(record)
        return record

    def _texts(self) -> Iterator[bytes]:
        return read_lines(self.path, _LONGEST_LINE, "journal of enrich")

    def records(self) -> Iterator[dict[str, Any]]:
        """The records of all files that are done, one in memory at a time."""
        with self.path.open("rb") as file:
            next(file)
            for text in file:
                yield json.loads(text)

    def close(self) -> None:
        """Leave everything as it is, for a run that goes on."""
        self._lines.close()
        self._records.close()

    def finish(self) -> None:
        """Give the lines their name and forget the journal."""
        self.close()
        with self.partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.partial, self.output)
        self.path.unlink()

    def discard(self) -> None:
        """Leave nothing behind."""
        self.close()
        self.partial.unlink()
        self.path.unlink()

    def _without_copies(self, outcome: Outcome) -> tuple[list[Kept], list[Dropped]]:
        kept, copies = [], []
        for track in outcome.kept:
            digest = bytes.fromhex(track.fingerprint)
            if digest in self._seen:
                copies.append(Dropped(track.track, COPY))
            else:
                self._seen.add(digest)
                kept.append(track)
        return kept, copies

    def _open(self) -> tuple[IO[bytes], IO[bytes]]:
        head = json.dumps({"version": _VERSION, "task": self.task}).encode() + b"\n"
        if self.path.is_file() and self.partial.is_file() and next(self._texts(), b"") == head:
            return self._resume(len(head))
        with ExitStack() as opened:
            lines = opened.enter_context(_opened(self.partial, os.O_TRUNC))
            records = opened.enter_context(_opened(self.path, os.O_TRUNC))
            records.write(head)
            records.flush()
            opened.pop_all()
        return lines, records

    def _resume(self, head: int) -> tuple[IO[bytes], IO[bytes]]:
        """Both files cut to the last record whose lines are whole, and open at their ends."""
        with ExitStack() as opened:
            lines, records = (opened.enter_context(_opened(path)) for path in (self.partial, self.path))
            good, end = self._take_in(head, os.fstat(lines.fileno()).st_size)
            for file, length in ((lines, end), (records, good)):
                file.truncate(length)
                file.seek(length)
            opened.pop_all()
        return lines, records

    def _take_in(self, head: int, size: int) -> tuple[int, int]:
        """Count the records whose lines, of `size` bytes in all, are whole; where journal and lines are to be cut."""
        good, end = head, 0
        for number, text in enumerate(islice(self._texts(), 1, None), 2):
            try:
                record = _record(text, end)
            except _Odd as error:
                message = f"Line {number} is nothing that enrich writes: {error}"
                raise DuvError(message, hint="delete this file to begin anew", file=self.path) from error
            if record is None or record["end"] > size:
                break
            self.tally.add(record)
            self._seen.update(bytes.fromhex(mark) for mark in record["kept"])
            good, end = good + len(text), record["end"]
        return good, end


def _opened(path: Path, more: int = 0) -> IO[bytes]:
    """A file to be read and written, made where it is missing; never what a link leads to, a pipe or a device."""
    if os.path.lexists(path):
        if path.is_symlink():
            raise DuvError("is a link, and what it leads to would be overwritten", hint="remove the link", file=path)
        check_regular(path, "journal of enrich")
    flags = os.O_RDWR | os.O_CREAT | more | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666), "r+b")


class _Odd(ValueError):
    """What no run writes."""


def _record(text: bytes, end: int) -> dict[str, Any] | None:
    """A record, None where it was being written when the process was killed; `end` is that of the one before."""
    try:
        record = parse_json(text) if text.endswith(b"\n") else None
    except OddJson as error:
        raise _Odd(f"it {error}") from error
    except ValueError:
        return None
    if record is not None and (problem := _problem(record, end)):
        raise _Odd(problem)
    return record


def _problem(record: Any, end: int) -> str:
    """What is odd about a record, "" when nothing is; `end` is that of the one before."""
    if not isinstance(record, dict):
        return shown(record)
    for name, kind in _KINDS.items():
        value = record.get(name)
        items = value if isinstance(value, list) else ()
        if type(value) is not kind or not all(isinstance(item, list if name == "dropped" else str) for item in items):
            return f"{name} is {shown(value)}"
    if not all(len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in record["dropped"]):
        return "dropped is no list of tracks and reasons"
    if not all(_DIGEST.fullmatch(mark) for mark in record["kept"]):
        return "kept holds what is no fingerprint"
    return "" if end <= record["end"] < 2**63 and record["notes"] >= 0 else "its numbers go backwards"


def write_report(journal: Journal, path: Path, about: dict[str, Any]) -> None:
    """Write counts, options and every file of which something was left out as JSON, without holding them all.

    DuvError where it cannot be written.
    """
    head = json.dumps({**about, **journal.tally.facts()}, indent=2)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_report(journal, path, head)


def _write_report(journal: Journal, path: Path, head: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(head.removesuffix("\n}") + ',\n  "by_file": [')
        comma = ""
        for entry in _entries(journal):
            file.write(f"{comma}\n    {json.dumps(entry)}")
            comma = ","
        file.write("\n  ]\n}\n")


def _entries(journal: Journal) -> Iterator[dict[str, Any]]:
    for record in journal.records():
        dropped = [{"track": track, "reason": reason} for track, reason in record["dropped"]]
        entry = {
            "error": record["error"],
            "skipped": record["skipped"],
            "warnings": record["warnings"],
            "dropped": dropped,
        }
        told = {key: value for key, value in entry.items() if value}
        if told:
            yield {"file": record["file"], "kept": len(record["kept"]), **told}


@dataclass
class Tally:
    """Grows file by file; reading a record of the journal again counts it again."""

    files: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    notes: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    sections: Counter[str] = field(default_factory=Counter)

    def add(self, record: dict[str, Any]) -> None:
        """Count one file's record."""
        self.files += 1
        self.failed += bool(record["error"])
        self.skipped.update(filter(None, [record["skipped"]]))
        self.kept += len(record["kept"])
        self.notes += record["notes"]
        self.dropped.update(reason for _, reason in record["dropped"])
        self.sections.update(record["sections"])

    def facts(self) -> dict[str, Any]:
        """The counts, for JSON."""
        return {
            "files": self.files,
            "files_failed": self.failed,
            "files_skipped": self.skipped.total(),
            "tracks": self.kept + self.dropped.total(),
            "tracks_kept": self.kept,
            "notes_kept": self.notes,
            "tracks_dropped": dict(self.dropped.most_common()),
            "section_source": dict(self.sections.most_common()),
        }

    def sentences(self, unit: str = "files") -> Iterator[str]:
        """The counts, for people; `unit` is what a record stands for."""
        total = self.kept + self.dropped.total()
        yield f"{self.kept} of {total} tracks kept with {self.notes} notes, from {self.files} {unit}"
        for reason, number in self.dropped.most_common():
            yield f"  left out {number}: {reason}"
        for reason, number in self.skipped.most_common():
            yield f"  skipped {number} {unit}: {reason}"
        if self.failed:
            yield f"  {self.failed} files could not be read"
