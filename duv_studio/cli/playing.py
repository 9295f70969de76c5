"""A song played by the model that the arguments of a command name, the same for every command."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from duv_studio.cli import guard
from duv_studio.cli.device import device_facts
from duv_studio.cli.performance_options import chosen_settings, for_song

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from duv_studio.engine.adapters.header import AdapterHeader
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.midi.song import Family, Performance, Song
    from duv_studio.engine.music.selection import TrackSelection
    from duv_studio.engine.music.settings import Settings


@dataclass(frozen=True)
class Played:
    """A song with the families that were asked for, its performance, and what was decided on the way."""

    song: Song
    settings: Settings
    selection: tuple[TrackSelection, ...]
    humanizer: Humanizer
    performance: Performance
    seconds: float  # that the model took


def played(args: argparse.Namespace, song: Song) -> Played:
    """Let the model play the song. A wrong pattern is a DuvError before the model is loaded, which takes seconds."""
    from duv_studio.engine.adapters.library import left_out_with
    from duv_studio.engine.adapters.resolve import NO_ADAPTER
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.engine.music.family_overrides import with_families
    from duv_studio.engine.music.selection import select

    settings = for_song(chosen_settings(args), args, song)
    song = with_families(song, settings.track_family)
    selection = select(song, settings)
    humanizer = Humanizer(args.model, args.device, precision=args.precision, adapter=args.adapter)
    if args.adapter != NO_ADAPTER:
        for broken in left_out_with(humanizer.path):
            guard.note(f"{broken.path}: does not play, since it {broken.why}")
        played_families = {t.family for t, s in zip(song.tracks, selection, strict=True) if s.included}
        note_left_behind(humanizer.path, played_families - humanizer.adapters.keys())
    started = time.perf_counter()
    performance = humanizer.humanize(song, settings)
    return Played(song, settings, selection, humanizer, performance, time.perf_counter() - started)


def note_left_behind(base: Path, families: Collection[Family]) -> None:
    """Say which of the user's adapters no longer play by themselves, since the base was trained anew."""
    from duv_studio.engine.adapters.fitting_model import left_behind

    for left in left_behind(base, families):
        guard.note(str(left))


def model_facts(humanizer: Humanizer) -> dict[str, Any]:
    """What played, for a report in JSON."""
    return {
        "model": humanizer.base,
        "precision": humanizer.precision.value,
        "device": device_facts(humanizer.device),
        "adapters": {str(family): _adapter(header) for family, header in humanizer.adapters.items()},
    }


def _adapter(header: AdapterHeader) -> dict[str, str]:
    return {"name": header.name, "title": header.title, "verdict": header.verdict, "licence": header.licence}
