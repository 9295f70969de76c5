"""What the window remembers from one start to the next, recent files among it, in one INI file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from struct import Struct
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from duv_studio.engine.json_text import parse_json
from duv_studio.engine.model.device import CHOICES, DEFAULT
from duv_studio.engine.music.settings import LENGTHS, MOST_INTENSITY, MOST_LEVEL, MOST_STYLE, OF_ONE_SONG, Settings
from duv_studio.paths import user_data_dir
from duv_studio.ui.document.preferences_file import sound_file

THEMES = ("dark", "light")
_RANGES = {
    "intensity": (0.0, MOST_INTENSITY),
    "level": (-MOST_LEVEL, MOST_LEVEL),
    "dynamics": (-MOST_STYLE, MOST_STYLE),
    "articulation": (-MOST_STYLE, MOST_STYLE),
    "max_velocity_change": (1, 126),
    "max_duration_change": (0.01, 4.0),
    "seed": (0, 2**31 - 1),
}
_MAY_BE_NONE = ("dynamics", "articulation", "max_velocity_change", "max_duration_change")
LONGEST = 10
_LONGEST_LAYOUT = 2**16  # bytes
_SPLITTER, _SPLITTER_MARK = Struct(">iiI"), 0xFF  # mark, version, number of sizes
_KEY = "files/recent"


class Preferences:
    """Theme, window layout, folders, model, device and humanizing settings; anything unreadable is its default."""

    def __init__(self, path: Path | None = None) -> None:
        self.path, self.trouble = sound_file(path or user_data_dir() / "window.ini")  # a sentence about what was wrong
        self.store = QSettings(str(self.path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """Name of the theme: "dark" or "light"."""
        name = self.text("view/theme")
        return name if name in THEMES else THEMES[0]

    @theme.setter
    def theme(self, name: str) -> None:
        self.store.setValue("view/theme", name)

    @property
    def device(self) -> str:
        """What a model computes on: "cpu", "cuda" or "auto"."""
        name = self.text("model/device")
        return name if name in CHOICES else DEFAULT

    @device.setter
    def device(self, name: str) -> None:
        self.store.setValue("model/device", name)

    def text(self, key: str, default: str = "") -> str:
        """Return a remembered string."""
        value = self._value(key)
        return value if isinstance(value, str) and "\0" not in value else default

    def set_text(self, key: str, value: str) -> None:
        """Remember a string."""
        self.store.setValue(key, value)

    def words(self, key: str) -> list[str]:
        """Return a remembered list of strings."""
        return [word for word in self.text(key).split("\n") if word]

    def set_words(self, key: str, words: Sequence[str]) -> None:
        """Remember a list of strings that hold no line breaks."""
        self.set_text(key, "\n".join(words))

    def folder(self, key: str) -> Path | None:
        """Return a remembered folder, None when it is gone."""
        value = self.text(key)
        return Path(value) if value and os.path.isdir(value) else None  # False also of what can be no path

    def layout(self, key: str) -> QByteArray | None:
        """Return a remembered geometry or splitter state."""
        value = self._value(key)
        return value if isinstance(value, QByteArray) and _is_layout(bytes(value.data())) else None

    def set_layout(self, key: str, state: QByteArray) -> None:
        """Remember a geometry or splitter state."""
        self.store.setValue(key, state)

    def settings(self) -> Settings:
        """Return the humanizing settings of the last session."""
        try:
            return settings_from_json(self.text("humanize/settings", "{}"))
        except ValueError:
            return Settings()

    def set_settings(self, settings: Settings) -> None:
        """Remember humanizing settings."""
        self.store.setValue("humanize/settings", settings_to_json(settings))

    def _value(self, key: str) -> Any:
        return stored(self.store, key)

    def save(self) -> None:
        """Write everything to the file now."""
        self.store.sync()


def stored(store: QSettings, key: str) -> Any:
    """What is remembered; None also where Qt holds what Python knows no kind for."""
    try:
        return store.value(key)
    except (RuntimeError, TypeError, ValueError, OverflowError):
        return None


def _is_layout(state: bytes) -> bool:
    """Whether Qt may read it: of a splitter, no more sizes than there are, as it makes room for all before it reads."""
    if len(state) <= _SPLITTER.size or len(state) > _LONGEST_LAYOUT:
        return 0 < len(state) <= _LONGEST_LAYOUT
    mark, _, sizes = _SPLITTER.unpack_from(state)
    return mark != _SPLITTER_MARK or sizes * 4 <= len(state) - _SPLITTER.size


def settings_to_json(settings: Settings) -> str:
    """Write down the settings that do not belong to one song."""
    return json.dumps({f.name: getattr(settings, f.name) for f in fields(Settings) if f.name not in OF_ONE_SONG})


def settings_from_json(text: str) -> Settings:
    """Read settings; unknown names and values of a wrong kind or range count as not said. ValueError when no JSON."""
    said = parse_json(text, nan=True)
    if not isinstance(said, dict):
        raise ValueError("settings are a JSON object")
    defaults = {f.name: getattr(Settings(), f.name) for f in fields(Settings) if f.name not in OF_ONE_SONG}
    return Settings(
        **{name: said[name] for name in defaults if name in said and _fits(name, said[name], defaults[name])}
    )


def _fits(name: str, value: Any, default: Any) -> bool:
    if name in ("include", "exclude"):
        return value is None or isinstance(value, str)
    if name == "lengths":
        return value in LENGTHS
    if name in _MAY_BE_NONE and value is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    whole = name in ("seed", "max_velocity_change")
    low, high = _RANGES.get(name, (0.0, 1.0))
    return isinstance(value, int if whole else (int, float)) and low <= value <= high


class RecentFiles(QObject):
    """A short list of paths that outlives the session."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preferences, self._store = preferences, preferences.store

    @property
    def paths(self) -> list[Path]:
        """The files, newest first; they may be gone by now."""
        value = stored(self._store, _KEY)
        texts = [value] if isinstance(value, str) else value  # QSettings gives a list of one back as a string
        texts = texts if isinstance(texts, list) else []
        return [Path(t) for t in texts if isinstance(t, str) and t and "\0" not in t][:LONGEST]

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
