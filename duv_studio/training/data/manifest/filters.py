"""Which tracks are worth learning from by their size: the guide's filters."""

from __future__ import annotations

from dataclasses import dataclass

from duv_studio.training.data.manifest.guide_features import seconds_of
from duv_studio.training.data.played_track import PlayedTrack


@dataclass(frozen=True)
class Filters:
    """Limits per track."""

    min_notes: int = 64
    max_duration_sec: float = 600.0
    min_duration_sec: float = 3.0

    def reason(self, track: PlayedTrack) -> str | None:
        """Why the track is left out, None where it is kept."""
        return self.reason_for(len(track), seconds_of(track))

    def reason_for(self, notes: int, seconds: float) -> str | None:
        """The same of a track of so many notes and seconds."""
        if notes < self.min_notes:
            return f"fewer than {self.min_notes} notes"
        if seconds < self.min_duration_sec:
            return f"shorter than {self.min_duration_sec:g} s"
        if seconds > self.max_duration_sec:
            return f"longer than {self.max_duration_sec:g} s"
        return None
