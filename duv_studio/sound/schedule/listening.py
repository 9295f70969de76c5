"""What is only for listening and never reaches the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Listening:
    """Programs that stand in for those of the file, all through a track."""

    programs: Mapping[int, int] = field(default_factory=dict)  # Song.tracks index -> program 0..127
