"""The files that were opened last, newest first."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from duv_studio.ui.document.preferences import Preferences

LONGEST = 10
_KEY = "files/recent"


class RecentFiles(QObject):
    """A short list of paths that outlives the session."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = preferences.store

    @property
    def paths(self) -> list[Path]:
        """The files, newest first; they may be gone by now."""
        value = self._store.value(_KEY, [])
        texts = [value] if isinstance(value, str) else value  # QSettings gives a list of one back as a string
        return [Path(t) for t in texts if isinstance(t, str) and t] if isinstance(texts, list) else []

    def add(self, path: Path) -> None:
        """Put a file on top."""
        path = path.absolute()
        self._set([path, *(p for p in self.paths if p != path)][:LONGEST])

    def remove(self, path: Path) -> None:
        """Forget one file."""
        self._set([p for p in self.paths if p != path])

    def clear(self) -> None:
        """Forget them all."""
        self._set([])

    def _set(self, paths: list[Path]) -> None:
        self._store.setValue(_KEY, [str(p) for p in paths])
        self.changed.emit()
