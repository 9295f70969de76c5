"""Where the SoundFont is: the one that ships, or one that the user chose."""

from __future__ import annotations

from pathlib import Path

from duv_studio.engine.regular_file import check_regular
from duv_studio.errors import DuvError
from duv_studio.paths import resource

SUFFIXES = (".sf2", ".sf3")
SHIPPED = "MuseScore_General.sf3"


def chosen_soundfont(path: Path | None) -> Path:
    """The user's own SoundFont, or the one that ships where none is named.

    DuvError where it is not there, is no file, or is of another kind; what is in it is not looked at.
    """
    if path is None:
        return shipped_soundfont()
    check_regular(path, "SoundFont")
    if path.suffix.lower() not in SUFFIXES:
        hint = "choose a SoundFont, whose name ends in .sf2 or .sf3"
        raise DuvError("is no SoundFont by its name", hint=hint, file=path)
    return path


def shipped_soundfont() -> Path:
    """The SoundFont that every installation has; DuvError with what to do where it is missing."""
    path = resource("soundfont", SHIPPED)
    if not path.is_file():
        hint = "install DUV Studio again, or choose a SoundFont of your own (.sf2 or .sf3)"
        raise DuvError("The SoundFont that belongs to the program is missing", hint=hint, file=path)
    return path
