"""Counts of what a manifest was made of, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COPY = "the same performance again"


@dataclass
class Tally:
    """Grows file by file; reading a record of the journal again counts it again."""

    files: int = 0
    failed: int = 0
    kept: int = 0
    notes: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    sections: Counter[str] = field(default_factory=Counter)

    def add(self, record: dict[str, Any]) -> None:
        """Count one file's record."""
        self.files += 1
        self.failed += bool(record["error"])
        self.kept += len(record["kept"])
        self.notes += record["notes"]
        self.dropped.update(reason for _, reason in record["dropped"])
        self.sections.update(record["sections"])

    def facts(self) -> dict[str, Any]:
        """The counts, for JSON."""
        return {
            "files": self.files,
            "files_failed": self.failed,
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
        if self.failed:
            yield f"  {self.failed} files could not be read"
