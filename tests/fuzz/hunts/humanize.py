"""MIDI files all the way: read, described, humanized by a real network, written, and laid beside their source."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import ClassVar

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Performance, Song
from duv_studio.engine.music.part_rules import PartRule, settings_with
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import LENGTHS, Settings
from tests.fuzz.homes import move_home
from tests.fuzz.hunt import Broken
from tests.fuzz.hunts.midi import MidiHunt, check_written

_PATTERNS = (None, "", "(?i)piano|bass", ".*", "^$", "[^a-z]", "x{0,3}")


class HumanizeHunt(MidiHunt):
    """Whatever is read is humanized with any settings, or refused in a sentence."""

    name = "humanize"
    seconds: ClassVar[float] = 15.0
    megabytes: ClassVar[int] = 2048
    share = 2.0
    most_mutations = 3

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        move_home(folder)
        from duv_studio.engine.humanizer.humanizer import Humanizer
        from tests.adapters_made import make_base

        self._humanizer = Humanizer(make_base(folder=folder / "models"), adapter="none", precision="fp32")

    def check(self, data: bytes, dice: Random) -> None:
        from duv_studio.cli.inspect import describe
        from duv_studio.cli.text import as_json
        from duv_studio.engine.performance.change_summary import summarize

        song = midi_file.parse(data)
        settings = any_settings(song, dice)
        as_json(describe(song, select(song, settings)), "utf-8")
        played = self._humanizer.humanize(song, settings)
        check_performance(song, played)
        summarize(song, played, select(song, settings), settings)
        check_written(song, played, data)
        if settings.intensity == 0 and midi_file.encode(song, played) != data:
            raise Broken("intensity 0 changes nothing")


def any_settings(song: Song, dice: Random) -> Settings:
    """Settings within their ranges, some at the ends of them, some for single tracks."""
    settings = Settings(
        intensity=dice.choice((0.0, 0.5, 0.9, 1.0, 1.5)),
        velocity=dice.choice((0.0, 0.5, 1.0, 1.0)),
        duration=dice.choice((0.0, 0.5, 1.0, 1.0)),
        variation=dice.choice((0.0, 0.5, 1.0)),
        seed=dice.choice((0, 1, 2**31 - 1)),
        level=dice.choice((0.0, 0.0, 40.0, -40.0)),
        dynamics=dice.choice((None, None, -2.0, 2.0)),
        articulation=dice.choice((None, None, -2.0, 2.0)),
        include=dice.choice(_PATTERNS),
        exclude=dice.choice((None, None, *_PATTERNS[2:])),
        protect_keyswitches=dice.random() < 0.7,
        drum_durations=dice.random() < 0.5,
        performed_durations=dice.random() < 0.5,
        lengths=dice.choice(LENGTHS),
        max_velocity_change=dice.choice((None, None, 1, 126)),
        max_duration_change=dice.choice((None, None, 0.01, 4.0)),
        locked_notes={track.key: frozenset({0, len(track.notes) - 1}) for track in song.tracks if dice.random() < 0.2},
        track_family={track.key: dice.choice(list(Family)) for track in song.tracks if dice.random() < 0.2},
    )
    rules = (PartRule(".", velocity=0.5, protect=("kick", "C1")), PartRule("a", duration=0.0, keyswitch=("C0-B0",)))
    return settings_with(song, settings, rules[: dice.randrange(3)], strict=False)


def check_performance(song: Song, played: Performance) -> None:
    """Every note has a velocity and a length that can be played."""
    for track, performance in zip(song.tracks, played, strict=True):
        velocity, duration = np.asarray(performance.velocity), np.asarray(performance.duration)
        if velocity.shape != (len(track.notes),) or duration.shape != velocity.shape:
            raise Broken(f"every note is played: track {track.key}")
        if not (np.issubdtype(velocity.dtype, np.integer) and np.issubdtype(duration.dtype, np.integer)):
            raise Broken("a performance is of whole numbers")
        if velocity.min() < 1 or velocity.max() > 127 or duration.min() < 0:
            raise Broken(f"velocities are 1 to 127 and durations not negative: track {track.key}")
