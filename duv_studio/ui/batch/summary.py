"""The settings of a batch in a few lines, as one would say them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from duv_studio.engine.adapters.resolve import AUTOMATIC, NO_ADAPTER
from duv_studio.engine.model.device import DEFAULT
from duv_studio.engine.model.library import list_models
from duv_studio.engine.music.settings import AUTO, KEYS, OF_ONE_SONG, Settings
from duv_studio.ui.i18n import percent, tr
from duv_studio.ui.panels.model_text import adapter_header_of, header_of
from duv_studio.ui.panels.style_row import words as style_words

Lines = list[tuple[str, str]]  # what, how


def without_song_settings(settings: Settings) -> Settings:
    """Return the settings without those that name tracks of one song."""
    nothing: dict[str, Any] = {name: MappingProxyType({}) for name in OF_ONE_SONG}
    return replace(settings, **nothing)


def lines(settings: Settings) -> Lines:
    """Return every setting that a song is played with."""
    said = [
        (tr("Intensity"), percent(settings.intensity)),
        (tr("Velocity, duration"), f"{percent(settings.velocity)}, {percent(settings.duration)}"),
        (tr("Variation"), tr("{share}, seed {n}", share=percent(settings.variation), n=settings.seed)),
        (tr("Level"), f"{settings.level:+.0f}" if settings.level else tr("as each track is")),
        (tr("Dynamics"), _style(settings.dynamics)),
        (tr("Articulation"), _style(settings.articulation)),
        (tr("Include"), settings.include or tr("all tracks")),
        (tr("Exclude"), settings.exclude or tr("none")),
    ]
    if not settings.protect_keyswitches:
        said.append((tr("Key-switches"), tr("not protected")))
    if settings.drum_durations:
        said.append((tr("Drum durations"), tr("changed too")))
    if settings.performed_durations:
        said.append((tr("Performed durations"), tr("changed too")))
    if settings.lengths != AUTO:
        of_keys = settings.lengths == KEYS
        said.append((tr("Piano lengths"), tr("of the keys") if of_keys else tr("of the sound")))
    return said + _limits(settings)


def model_lines(model: str | Path | None, adapter: str | Path, device: str) -> Lines:
    """Return which model plays, which adapters, and on what it computes."""
    said = [(tr("Model"), _title(model)), (tr("Adapters"), _adapter(adapter))]
    return said if device == DEFAULT else [*said, (tr("Device"), device.upper())]


def _limits(settings: Settings) -> Lines:
    said = []
    if settings.max_velocity_change is not None:
        said.append((tr("Velocity at most"), f"± {settings.max_velocity_change}"))
    if settings.max_duration_change is not None:
        said.append((tr("Duration at most"), f"± {percent(settings.max_duration_change)}"))
    return said


def _style(value: float | None) -> str:
    return tr("as the music asks") if value is None else style_words(value)


def _title(model: str | Path | None) -> str:
    header = header_of(model)
    installed = next((info.title for info in list_models() if model is not None and info.name == str(model)), "")
    return installed or (header.title if header is not None else str(model or tr("none")))


def _adapter(adapter: str | Path) -> str:
    fixed = {AUTOMATIC: tr("automatic"), NO_ADAPTER: tr("none")}.get(str(adapter))
    header = None if fixed else adapter_header_of(adapter)
    return fixed or (str(adapter) if header is None else header.title)
