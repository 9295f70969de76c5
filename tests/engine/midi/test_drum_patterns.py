"""Clips without name and program: drums by their notes, and bass riffs, left hands and synths that are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.midi.drum_patterns import Likeness, likeness
from duv_studio.engine.midi.midi_file import parse, read
from duv_studio.engine.midi.song import Family
from tests.midi_builder import TrackSpec, build_song
from tests.songs import PPQ, Row, make_notes

BARS = 4
Hit = tuple[float, int]  # beat within the bar, pitch


def bars(*patterns: Sequence[Hit], length: float = 0.0625, count: int = BARS) -> list[Row]:
    """Bars of four beats, each in turn with one of the patterns; `length` in beats."""
    return [
        (round((4 * bar + beat) * PPQ), max(round(length * PPQ), 1), pitch, 80)
        for bar in range(count)
        for beat, pitch in patterns[bar % len(patterns)]
    ]


def every(step: float, *pitches: int) -> list[Hit]:
    """A pitch after the other, one at each step of a bar."""
    return [(i * step, pitches[i % len(pitches)]) for i in range(round(4 / step))]


def chord(beat: float, *pitches: int) -> list[Hit]:
    return [(beat, pitch) for pitch in pitches]


ROCK = [*every(0.5, 42), (0, 36), (1, 38), (2, 36), (2.5, 36), (3, 38)]
ROCK_FILL = [*every(0.5, 42)[:6], (0, 36), (1, 38), (3, 45), (3.25, 45), (3.5, 43), (3.75, 41), (0, 49)]
HOUSE = [*every(1, 36), (0.5, 46), (1.5, 46), (2.5, 46), (3.5, 46), (1, 39), (3, 39)]
JAZZ = [(0, 51), (1, 51), (1.67, 51), (2, 51), (3, 51), (3.67, 51), (1, 44), (3, 44), (0, 36), (2, 36), (2.67, 38)]
TRAP = [*every(0.25, 42), (0, 35), (2, 40), (1.75, 35), (3.5, 46)]
BOOM_TSS = [(0, 36), (0.5, 42), (1, 38), (1.5, 42), (2, 36), (2.5, 42), (3, 38), (3.5, 42)]
DRUMS = {
    "rock": bars(ROCK),
    "rock with fills": bars(ROCK, ROCK, ROCK, ROCK_FILL),
    "house with claps": bars(HOUSE),
    "jazz on the ride": bars(JAZZ),
    "trap of the other kick and snare": bars(TRAP),
    "one voice": bars(BOOM_TSS),
    "notes of an eighth": bars(ROCK, length=0.5),
    "edges of electronic hats": bars([(b, 22 if p == 42 else p) for b, p in ROCK]),
    "two bars": bars(ROCK, count=2),
    "with congas above": bars([*ROCK, (0.75, 62), (3.75, 63)]),
    "kick alone": bars(every(1, 36)),
    "hat alone": bars(every(0.25, 42)),
    "kick and hat": bars([*every(1, 36), *every(0.5, 42)]),
}
POSSIBLE = {
    "kick or synth on one key": bars(every(1, 36), length=0.9),
    "long notes": bars(ROCK, length=1.0),
    "a bass on a drummer's keys": bars(every(0.5, 36, 36, 38, 38, 40, 40, 43, 43), length=0.45),
}
OTHERS = {
    "bass riff": bars(every(0.5, 36, 36, 39, 41, 36, 36, 43, 41), length=0.25),
    "bass on one root a bar": bars(every(0.5, 36), every(0.5, 38), every(0.5, 42), every(0.5, 40), length=0.25),
    "bass in B flat": bars(every(0.5, 46, 46, 46, 46, 36, 36, 38, 38), length=0.25),
    "boogie": bars(every(0.5, 36, 40, 43, 45, 46, 45, 43, 40), length=0.4),
    "octave bass": bars(every(0.5, 36, 48), every(0.5, 38, 50), length=0.2),
    "walking bass": bars(every(1, 36, 38, 40, 42), every(1, 43, 42, 40, 38), length=0.9),
    "acid line in sixteenths": bars(every(0.25, 36, 36, 48, 39, 36, 42, 36, 46), length=0.125),
    "power chords": bars([h for i in range(8) for h in chord(i / 2, 35 + i // 4 * 2, 42 + i // 4 * 2)], length=0.4),
    "left hand in C": bars([*chord(0, 36, 48), *chord(1, 52, 55), *chord(2, 43), *chord(3, 52, 55)], length=0.5),
    "stride in F sharp": bars([*chord(0, 42), *chord(1, 49, 54, 58), *chord(2, 37), *chord(3, 49, 54, 58)], length=0.4),
    "low seventh chords": bars([h for i in range(8) for h in chord(i / 2, 36, 40, 43, 46)], length=0.25),
    "block chords of a major": bars([h for i in range(4) for h in chord(i, 38, 42, 45)],
                                    [h for i in range(4) for h in chord(i, 36, 40, 43)], length=0.4),
    "synth on one key": bars(every(0.5, 60), length=0.1),
    "timpani": bars([(0, 43), (2, 43), (2.5, 38), (3, 38)], length=0.8),
    "marimba": bars(every(0.25, 60, 64, 67, 72, 67, 64, 60, 67), length=0.1),
    "arpeggio": bars(every(0.25, 48, 52, 55, 60), length=0.2),
    "melody": bars(every(0.5, 60, 62, 64, 65, 67, 69, 71, 72), length=0.4),
    "too little": [(0, 30, 36, 80), (480, 30, 38, 80), (960, 30, 42, 80)],
}  # fmt: skip


@pytest.mark.parametrize("rows", DRUMS.values(), ids=DRUMS.keys())
def test_a_drummer_is_known_by_the_notes(rows: list[Row]) -> None:
    assert likeness(make_notes(rows), PPQ) is Likeness.SURE
    assert _family(rows)[0] is Family.DRUMS


@pytest.mark.parametrize("rows", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_what_could_be_drums_is_a_doubt_only(rows: list[Row]) -> None:
    assert likeness(make_notes(rows), PPQ) is Likeness.POSSIBLE
    assert _family(rows) == (Family.PIANO, "no name and no program, and its pitches could be those of drums")


@pytest.mark.parametrize("rows", OTHERS.values(), ids=OTHERS.keys())
def test_what_looks_alike_is_no_drummer(rows: list[Row]) -> None:
    assert likeness(make_notes(rows), PPQ) is not Likeness.SURE
    family, doubt = _family(rows)
    assert family is Family.PIANO and doubt


@pytest.mark.parametrize("key", [0, 5, 7, 11])
@pytest.mark.parametrize("name", [name for name in OTHERS if name not in ("too little", "synth on one key")])
def test_nor_is_it_in_other_keys(name: str, key: int) -> None:
    rows = [(onset, length, pitch - key, velocity) for onset, length, pitch, velocity in OTHERS[name]]
    assert likeness(make_notes(rows), PPQ) is not Likeness.SURE


@pytest.mark.parametrize("seed", range(4))
def test_a_drummer_who_is_not_quite_in_time_is_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [
        (max(onset + int(random.normal(0, 6)), 0), int(random.integers(20, 60)), pitch, int(random.integers(40, 127)))
        for onset, _, pitch, _ in bars(ROCK, JAZZ, count=8)
    ]
    assert likeness(make_notes(rows), PPQ) is Likeness.SURE


@pytest.mark.parametrize(
    ("name", "program", "family"),
    [
        ("", None, Family.DRUMS), ("", 0, Family.DRUMS), ("Part 5", None, Family.DRUMS), ("", 33, Family.BASS),
        ("Bass", None, Family.BASS), ("Piano", 0, Family.PIANO), ("LH", None, Family.PIANO),
    ],
)  # fmt: skip
def test_notes_are_asked_last(name: str, program: int | None, family: Family) -> None:
    data = build_song([TrackSpec(bars(ROCK), name=name, program=program)], smf_format=0)
    assert parse(data).tracks[0].family is family


LOOP = bars([*every(0.5, 44, 60), (0, 41)], length=0.2)  # drums of some kit, but of no drummer's pitches
FILES = {
    "Drum Rack 90bpm.mid": (LOOP, Family.DRUMS),
    "Amen break.mid": (LOOP, Family.DRUMS),
    "beat_120.mid": (LOOP, Family.DRUMS),
    "beat_120.MID": (OTHERS["melody"], Family.PIANO),  # no drums' pitches
    "beat it.mid": (LOOP, Family.PIANO),
    "kitchen.mid": (LOOP, Family.PIANO),
    "Bassline 3.mid": (OTHERS["bass riff"], Family.BASS),
    "Bass Voyage.mid": (OTHERS["melody"], Family.PIANO),
    "loop.mid": (LOOP, Family.PIANO),
}


@pytest.mark.parametrize(("name", "rows", "family"), [(name, *row) for name, row in FILES.items()], ids=FILES.keys())
def test_the_name_of_the_file_tells_where_the_track_has_none(
    tmp_path: Path, name: str, rows: list[Row], family: Family
) -> None:
    path = tmp_path / name
    path.write_bytes(build_song([TrackSpec(rows)], smf_format=0))
    (track,) = read(path).tracks
    assert track.family is family
    assert (track.family_reason == f'the file is called "{path.stem}"') is (family is not Family.PIANO)
    assert bool(track.doubt) is (family is not Family.DRUMS)


def test_the_name_of_a_file_of_several_tracks_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Drum Rack 90bpm.mid"
    path.write_bytes(build_song([TrackSpec(LOOP), TrackSpec(OTHERS["melody"], channel=1)]))
    assert {track.family for track in read(path).tracks} == {Family.PIANO}


def _family(rows: list[Row]) -> tuple[Family, str]:
    (track,) = parse(build_song([TrackSpec(rows)], smf_format=0)).tracks
    return track.family, track.doubt
