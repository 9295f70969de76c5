"""What came of one file: the lines of its tracks, and why the others were left out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kept:
    """A track's line, and what tells whether it is a copy."""

    track: str  # its name, or its number where it has none
    fingerprint: str
    notes: int
    section_source: str
    text: str  # the line, without its end


@dataclass(frozen=True)
class Dropped:
    """A track that was left out."""

    track: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """Everything that a manifest and its report hold of one file."""

    file: str
    kept: tuple[Kept, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    error: str = ""  # why nothing of the file could be read
