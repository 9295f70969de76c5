"""What the window remembers: whatever stands in its file, it opens with settings that are within their ranges."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from random import Random
from typing import ClassVar

from duv_studio.engine.music.settings import Settings, check_settings
from tests.fuzz.homes import move_home
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.values import of_text
from tests.fuzz.mutations.words import WORDS

_KEYS = ("view/theme", "model/name", "model/adapters", "folders/open", "humanize/settings", "files/recent")


class PreferencesHunt(Hunt):
    """The same bytes as the whole file and as the settings in it."""

    name = "preferences"
    suffixes = (".ini",)
    mutators: ClassVar[Sequence[Mutator]] = (*[of_text] * 6, *WORDS)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        move_home(folder)
        self._tried = 0

    def seeds(self, seed: int) -> list[bytes]:
        from duv_studio.ui.document.preferences import Preferences, RecentFiles, settings_to_json

        path = self.folder / "seed.ini"
        kept = Preferences(path)
        kept.theme, kept.device = "light", "cpu"
        kept.set_settings(Settings(intensity=0.5, include="(?i)a|b", dynamics=1.0, seed=7))
        kept.set_words("model/adapters", ["a", "b"])
        RecentFiles(kept).add(Path("/a/b c.mid"))
        kept.save()
        said = settings_to_json(Settings(level=3.0, max_velocity_change=10)).encode()
        odd = (
            b'[humanize]\nsettings="'
            + b"[" * 50_000
            + b'"\n[files]\nrecent=@Invalid()\n[view]\ntheme=@Variant(\\0\\0\\0\\x7f)\n'
        )
        return [
            path.read_bytes(),
            said,
            settings_to_json(Settings()).encode(),
            odd,
            b"@ByteArray(x)",
            b"[General]\na=@Size(1 2)\n",
        ]

    def check(self, data: bytes, dice: Random) -> None:
        from duv_studio.ui.document.preferences import Preferences, RecentFiles, settings_from_json

        with suppress(ValueError):  # which is how it says that this is no JSON
            _check(settings_from_json(data.decode("utf-8", "replace")))
        self._tried += 1
        path = self.folder / f"window-{self._tried}.ini"  # Qt remembers files by their names
        path.write_bytes(data)
        kept = Preferences(path)
        _check(kept.settings())
        if kept.theme not in ("dark", "light"):
            raise Broken("a theme is one that there is")
        kept.device, kept.device  # noqa: B018
        for key in _KEYS:
            kept.text(key), kept.words(key), kept.folder(key), kept.layout(key)
        recent = RecentFiles(kept)
        recent.add(Path("/new.mid"))
        if recent.paths[:1] != [Path("/new.mid")]:
            raise Broken("a new file is remembered on top")
        kept.set_settings(replace(Settings(), seed=5))
        kept.save()
        if kept.settings().seed != 5:
            raise Broken("new settings are remembered")
        del recent, kept
        for name in os.listdir(self.folder):
            if name.startswith("window-"):
                os.unlink(self.folder / name)


def _check(settings: Settings) -> None:
    """They are such as a window can show and a song be humanized with."""
    check_settings(settings)
    for f in fields(Settings):
        default, value = getattr(Settings(), f.name), getattr(settings, f.name)
        if isinstance(default, bool) is not isinstance(value, bool):
            raise Broken(f"a setting is of its kind: {f.name} is {value!r:.80}")
