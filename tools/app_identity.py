"""What the program says of itself to Windows and macOS: version, publisher, the files that it opens."""

from __future__ import annotations

import re
from typing import Any

NAME, IDENTIFIER = "DUV Studio", "org.duvstudio.DuvStudio"
PURPOSE = "Makes sequenced MIDI sound played"
_HOLDER = "DUV Studio contributors"
_ENGLISH, _UNICODE = 0x0409, 1200


def windows_version(version: str) -> str:
    """The version resource of the program for Windows, as the text that PyInstaller reads."""
    numbers = (*(int(number) for number in re.findall(r"\d+", version)[:3]), 0, 0, 0)[:4]
    said = {
        "CompanyName": _HOLDER,
        "FileDescription": NAME,
        "FileVersion": version,
        "InternalName": "duv-studio",
        "LegalCopyright": f"{_HOLDER}, MIT licence",
        "OriginalFilename": "duv-studio.exe",
        "ProductName": NAME,
        "ProductVersion": version,
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in said.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}), kids=["
        f"StringFileInfo([StringTable('{_ENGLISH:04X}{_UNICODE:04X}', [{strings}])]), "
        f"VarFileInfo([VarStruct('Translation', [{_ENGLISH}, {_UNICODE}])])])\n"
    )


def info_plist(version: str) -> dict[str, Any]:
    """The keys of Info.plist on macOS."""
    midi = {
        "CFBundleTypeName": "MIDI file",
        "CFBundleTypeRole": "Editor",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": ["public.midi-audio"],
    }
    return {
        "CFBundleDisplayName": NAME,
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDocumentTypes": [midi],
        "LSApplicationCategoryType": "public.app-category.music",
        "LSMinimumSystemVersion": "12.0",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": f"{_HOLDER}, MIT licence",
    }
