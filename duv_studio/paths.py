"""Where the program's files are: what it ships with, and what it keeps for its user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a file or folder under resources/, from a checkout, an installed wheel or a frozen app alike.

    It does not have to exist: the caller knows what its absence means.
    """
    return _resource_root().joinpath(*parts)


def user_data_dir() -> Path:
    """Folder for what the user keeps (models, recent files, settings), made on first use.

    The environment variable DUV_STUDIO_HOME moves it, for a portable installation and for tests.
    """
    return _made(_user_data_dir())


def user_models_dir() -> Path:
    """Folder of the user's own models. Not made: whoever only looks for a model needs no right to write."""
    return _user_data_dir() / "models"


def user_adapters_dir() -> Path:
    """Folder of the user's own adapters. Not made, as little as that of the models."""
    return _user_data_dir() / "adapters"


def log_dir() -> Path:
    """Folder for log files, made on first use; DUV_STUDIO_HOME moves it too."""
    home = os.environ.get("DUV_STUDIO_HOME")
    return _made(Path(home, "log") if home else Path(platformdirs.user_log_dir("duv-studio", appauthor=False)))


def _user_data_dir() -> Path:
    home = os.environ.get("DUV_STUDIO_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("duv-studio", appauthor=False))


def _resource_root() -> Path:
    # A wheel and a frozen app carry resources inside the package, a checkout beside it.
    packed = _PACKAGE / "resources"
    return packed if packed.is_dir() else _PACKAGE.parent / "resources"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def window_log() -> Path:
    """The file that the window logs to."""
    return log_dir() / "window.log"
