"""A manifest in the making: lines so far, and a journal of the files that are done, from which a run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from duv_studio.errors import DuvError
from duv_studio.training.manifest.outcome import Dropped, Kept, Outcome
from duv_studio.training.manifest.tally import COPY, Tally

_VERSION = 1


class Journal:
    """OUTPUT.partial holds the lines, OUTPUT.journal one record per file that is done.

    Lines are written before their record, so that whatever moment the process is killed at, the records tell how much
    of the lines is whole. Copies of a performance are known by digests of fixed size.
    """

    def __init__(self, output: Path, task: str) -> None:
        """Go on where an earlier run of the same task (any text) was stopped, else begin anew."""
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
