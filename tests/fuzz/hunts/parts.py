"""What a user writes about parts: rows and files of rows, regular expressions, pitches; values or one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

from duv_studio.engine.midi import midi_file
from duv_studio.engine.music.family_overrides import families_of
from duv_studio.engine.music.part_rows import keyswitch_rule, parse_rules, parse_text, read_rules
from duv_studio.engine.music.part_rules import PartRule, settings_with
from duv_studio.engine.music.pitch_names import parse_pitches
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.fuzz.hunt import Hunt, Mutator, check_no_memory, check_sentence
from tests.fuzz.mutations.words import WORDS
from tests.midi_builder import TrackSpec, build_song

_NAMES = ("Piano", "a" * 100, "Drums 1", "", "Violin I (legato)", "aaaaaaaaaaaaaaaaaaaaaaaaab", "弦楽", "x\x00y")
_TEXTS = (
    b"- match: (?i)drums\n  protect: [kick, C1, 36-40]\n  duration: 50%\n- match: Violin\n  keyswitch: C0-B0\n",
    b"- {match: '.*', velocity: 0.5, intensity: 1, family: strings, include: yes}\n- {match: Bass, exclude: on}\n",
    b"Kick: velocity=0",
    b"(?i)drums: protect=kick,C1 duration=50%; family=drums",
    b"Violin=C0-B0",
    b"Piano=none",
    *(
        b"(?i)guitar|bass",
        rb"\d+ (a|b)*c",
        b"(a?a?a?a?a?){4}b",
        rb"(?P<x>a+)+\1$",
        b"(?<=a)b{2,5}",
        b"[[:alpha:]]{e<=2}",
    ),
    *(b"C#-1", b"36-40, F#2", b"kick, snare", b"(x+x+)+y", b"(.*)*(.*)*(.*)*z", b"^(?:(?:a|aa)+)+$"),
)


class PartsHunt(Hunt):
    """The same bytes as a file of rows, a row, a key-switch row, a pattern and a list of pitches."""

    name = "parts"
    suffixes = (".yaml", ".txt")
    seconds: ClassVar[float] = 6.0
    mutators: ClassVar[Sequence[Mutator]] = WORDS

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        tracks = [TrackSpec([(0, 96, 60, 64), (96, 96, 36, 64)], k % 16, name) for k, name in enumerate(_NAMES)]
        self._song = midi_file.parse(build_song(tracks))

    def seeds(self, seed: int) -> list[bytes]:
        return list(_TEXTS)

    def check(self, data: bytes, dice: Random) -> None:
        file = self.folder / "parts.yaml"
        file.write_bytes(data)
        text = data.decode("utf-8", "replace")
        ways: tuple[Callable[[], object], ...] = (
            lambda: self._play(read_rules(file)),
            lambda: self._play([parse_text(text)]),
            lambda: self._play([keyswitch_rule(text)]),
            lambda: self._play(parse_rules([{"match": text, "velocity": text}])),
            lambda: select(self._song, Settings(include=text)),
            lambda: select(self._song, Settings(include=".", exclude=text)),
            lambda: families_of(self._song, [(text, self._song.tracks[0].family)]),
            lambda: parse_pitches(text),
        )
        for way in ways:
            try:
                way()
            except DuvError as error:
                check_sentence(error)
                check_no_memory(error)

    def _play(self, rules: Sequence[PartRule]) -> None:
        select(self._song, settings_with(self._song, Settings(), rules[:50], strict=False))
