"""What is remembered comes back; what is broken is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import LENGTHS, OF_ONE_SONG, Settings
from duv_studio.ui.document.preferences import Preferences, settings_from_json, settings_to_json

_share = st.floats(0, 1)


@given(
    st.builds(
        Settings,
        intensity=st.floats(0, 1.5),
        velocity=_share,
        duration=_share,
        variation=_share,
        seed=st.integers(0, 2**31 - 1),
        level=st.floats(-40, 40),
        dynamics=st.none() | st.floats(-2, 2),
        articulation=st.none() | st.floats(-2, 2),
        include=st.none() | st.text(),
        exclude=st.none() | st.text(),
        protect_keyswitches=st.booleans(),
        drum_durations=st.booleans(),
        lengths=st.sampled_from(LENGTHS),
        max_velocity_change=st.none() | st.integers(1, 126),
        max_duration_change=st.none() | st.floats(0.01, 4),
    )
)
def test_settings_come_back_as_they_were(settings: Settings) -> None:
    assert settings_from_json(settings_to_json(settings)) == settings


@pytest.mark.parametrize(
    "text",
    ['{"intensity": 7}', '{"seed": 1.5}', '{"include": 3}', '{"protect_keyswitches": 1}', '{"unknown": 1}', "{}",
     '{"intensity": true}', '{"dynamics": 3}', '{"articulation": "legato"}', '{"intensity": null}',
     '{"max_velocity_change": 0}', '{"track_included": {"0:0:0": true}}', '{"intensity": NaN}',
     '{"lengths": "short"}', '{"lengths": 1}', '{"lengths": ["keys"]}'],
)  # fmt: skip
def test_values_that_do_not_fit_are_the_defaults(text: str) -> None:
    assert settings_from_json(text) == Settings()


def test_what_belongs_to_one_song_is_not_remembered() -> None:
    of_a_song = Settings(
        intensity=1.2,
        track_intensity=MappingProxyType({"0:0:0": 0.5}),
        track_velocity=MappingProxyType({"0:0:0": 0.5}),
        track_duration=MappingProxyType({"0:0:0": 0.5}),
        track_included=MappingProxyType({"0:0:0": False}),
        track_family=MappingProxyType({"0:0:0": Family.BASS}),
        protected_pitches=MappingProxyType({"0:0:0": frozenset({36})}),
        keyswitches=MappingProxyType({"0:0:0": frozenset({24})}),
        locked_notes=MappingProxyType({"0:0:0": frozenset({1, 2})}),
    )
    assert settings_from_json(settings_to_json(of_a_song)) == Settings(intensity=1.2)


def test_every_setting_that_cannot_be_written_down_belongs_to_one_song() -> None:
    mappings = {f.name for f in fields(Settings) if isinstance(getattr(Settings(), f.name), Mapping)}
    assert mappings == set(OF_ONE_SONG)


def test_a_new_object_on_the_same_file_reads_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "日本 folder" / "window.ini"
    first = Preferences(path)
    first.theme = "light"
    first.set_settings(Settings(intensity=0.25, include="(?i)ピアノ|a,b;c"))
    first.set_layout("window/geometry", QByteArray(b"\x00\x01geometry"))
    first.set_text("files/folder", str(tmp_path))
    first.save()
    again = Preferences(path)
    assert again.theme == "light"
    assert again.settings() == Settings(intensity=0.25, include="(?i)ピアノ|a,b;c")
    assert again.layout("window/geometry") == QByteArray(b"\x00\x01geometry")
    assert again.folder("files/folder") == tmp_path


def test_a_broken_file_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(b"[humanize]\nsettings={broken\n[view]\ntheme=plaid\n\xff\xfe")
    preferences = Preferences(path)
    assert preferences.settings() == Settings()
    assert preferences.theme == "dark"
    assert preferences.layout("window/geometry") is None
    assert preferences.folder("files/folder") is None


def test_the_users_own_folder_is_the_default(user_dirs: Path) -> None:
    assert user_dirs in Preferences().path.parents
