"""A manifest while it is written: its lines, a journal to resume from, and the report."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.worker import Dropped, Kept, Outcome

_VERSION = 2
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
        if self.path.is_file() and self.partial.is_file():
            with self.path.open("rb") as file:
                same = file.readline() == head
            if same:
                return self._resume(len(head))
        lines, records = self.partial.open("wb"), self.path.open("wb")
        records.write(head)
        records.flush()
        return lines, records

    def _resume(self, head: int) -> tuple[IO[bytes], IO[bytes]]:
        """Both files cut to the last record whose lines are whole, and open at their ends."""
        lines, records = self.partial.open("r+b"), self.path.open("r+b")
        size, good, end = os.fstat(lines.fileno()).st_size, head, 0
        records.seek(head)
        for text in records:
            record = _record(text)
            if record is None or record["end"] > size:
                break
            self.tally.add(record)
            self._seen.update(bytes.fromhex(mark) for mark in record["kept"])
            good, end = good + len(text), record["end"]
        for file, length in ((lines, end), (records, good)):
            file.truncate(length)
            file.seek(length)
        return lines, records


def _record(text: bytes) -> dict[str, Any] | None:
    """A record, None where it was being written when the process was killed."""
    if not text.endswith(b"\n"):
        return None
    try:
        record: dict[str, Any] = json.loads(text)
    except ValueError:
        return None
    return record


def write_report(journal: Journal, path: Path, about: dict[str, Any]) -> None:
    """Write counts, options and every file of which something was left out as JSON, without holding them all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = json.dumps({**about, **journal.tally.facts()}, indent=2)
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
