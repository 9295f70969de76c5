"""The folders of results that were trained into, newest first."""

from __future__ import annotations

from pathlib import Path

from duv_studio.training.lora.fit.run_summary import RunSummary, summary_of
from duv_studio.ui.document.preferences import Preferences

LONGEST = 30
_KEY = "training/runs"


class RecentRuns:
    """A list of folders that outlives the session."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @property
    def folders(self) -> list[Path]:
        """The folders, newest first; they may be gone by now."""
        return [Path(text) for text in self._preferences.words(_KEY)]

    def add(self, folder: Path) -> None:
        """Put a folder on top; call it when a training begins."""
        folder = folder.absolute()
        self._set([folder, *(f for f in self.folders if f != folder)][:LONGEST])

    def remove(self, folder: Path) -> None:
        """Forget a folder; its files stay."""
        self._set([f for f in self.folders if f != folder.absolute()])

    def summaries(self) -> list[RunSummary]:
        """Those that are still there."""
        return [found for folder in self.folders if (found := summary_of(folder)) is not None]

    def _set(self, folders: list[Path]) -> None:
        self._preferences.set_words(_KEY, [str(f) for f in folders if "\n" not in str(f)])
