"""Families: what a channel, a program and names in six languages tell of an instrument."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.instruments import (
    GM_PROGRAM_NAMES,
    family_of_name,
    family_of_program,
    guess_family,
    program_label,
)
from duv_studio.engine.midi.song import Family, Notes, Track

NAMES = {
    Family.PIANO: ["Piano", "GRAND PIANO", "E-Piano", "ElectricPiano", "Klavier", "Flügel", "ピアノ", "ﾋﾟｱﾉ", "Pno. 2",
                   "Rhodes Mk I", "Piano droit", "Piano de cola", "Piano bass clef", "Bass clef", "Bass Staff"],
    Family.GUITAR: ["Gtr", "Gtr 1", "LeadGtr", "Lead Guitar", "Guitare", "Gitarre", "E-Gitarre", "Guitarra acústica",
                    "ギター", "エレキギター", "Rhythm_Guitar_2", "guitars"],
    Family.BASS: ["Bass", "E.Bass", "ElBass", "Fretless Bass", "Bass Guitar", "Slap bass 2", "Synth Bass", "Basse",
                  "Bajo eléctrico", "ベース", "bass1", "BASSLINE Bass", "Bassgitarre", "Upright Bass", "Ebass"],
    Family.STRINGS: ["Strings", "Streicher", "Violin I", "Vln. 2", "Violine", "violon", "Violín", "Viola", "Bratsche",
                     "Cello", "Violoncello", "violonchelo", "Contrabass", "Kontrabass", "Contrebasse", "Double Bass",
                     "Cordes", "Cuerdas", "ストリングス", "バイオリン", "チェロ", "Synth Strings", "String Ensemble",
                     "Contrabajo", "コントラバス", "Vc.", "pizzicato", "Celli"],
    Family.DRUMS: ["Drums", "DrumKit", "Bass Drum", "Kick", "Snare", "Hi-Hat", "hihat", "ドラム", "ドラムス",
                   "Schlagzeug", "Batterie", "Batería", "Drs", "Toms"],
    Family.PERCUSSION: ["Percussion", "Perc 2", "Congas", "Tambourine", "Shaker", "Steel Drums", "Timpani", "Pauken",
                        "パーカッション", "Taiko"],
    Family.OTHER: ["Bassoon", "Bass Clarinet", "Brass", "Bassklarinette", "Clarinette basse", "Bass Trombone", "Fagott",
                   "Organ", "Flute", "Alto Sax", "Trompete", "Choir", "Synth Lead", "Warm Pad", "Harp", "Harpsichord",
                   "フルート", "Vocals", "French Horn", "Bassposaune", "Glockenspiel",
                   "Flügelhorn"],
}  # fmt: skip


@pytest.mark.parametrize(("family", "name"), [(family, name) for family, names in NAMES.items() for name in names])
def test_a_name_decides_where_the_program_is_the_default(family: Family, name: str) -> None:
    assert guess_family(0, 0, name) == (family, f'named "{name}"')
    assert guess_family(3, None, name)[0] is family


@pytest.mark.parametrize(
    "name", ["", "Track 3", "untitled", "Melody", "MIDI 01", "Chorus 2", "Left hand", "Ambassador"]
)
def test_a_name_without_an_instrument_decides_nothing(name: str) -> None:
    assert family_of_name(name) is None
    assert guess_family(0, 0, name) == (Family.PIANO, "program 0, Acoustic Grand Piano")


def test_a_chosen_program_beats_the_name() -> None:
    assert guess_family(0, 33, "Guitar") == (Family.BASS, "program 33, Electric Bass (finger)")


def test_the_drum_channel_beats_everything() -> None:
    assert guess_family(9, 33, "ベース") == (Family.DRUMS, "channel 10")


def test_without_program_and_name_it_is_the_default_sound() -> None:
    assert guess_family(0, None, "") == (Family.PIANO, "no program, so Acoustic Grand Piano")


@pytest.mark.parametrize(
    ("programs", "family"),
    [
        (range(0, 8), Family.PIANO), (range(8, 24), Family.OTHER), (range(24, 32), Family.GUITAR),
        (range(32, 40), Family.BASS), (range(40, 46), Family.STRINGS), (range(46, 47), Family.OTHER),
        (range(47, 48), Family.PERCUSSION), (range(48, 52), Family.STRINGS), (range(52, 110), Family.OTHER),
        (range(112, 120), Family.PERCUSSION), (range(120, 128), Family.OTHER),
    ],
)  # fmt: skip
def test_program_ranges(programs: range, family: Family) -> None:
    assert {family_of_program(program) for program in programs} == {family}


def test_there_are_128_program_names() -> None:
    assert len(set(GM_PROGRAM_NAMES)) == len(GM_PROGRAM_NAMES) == 128
    assert GM_PROGRAM_NAMES[56] == "Trumpet"
    assert GM_PROGRAM_NAMES[73] == "Flute"
    assert GM_PROGRAM_NAMES[127] == "Gunshot"


@pytest.mark.parametrize(("channel", "program", "label"), [
    (9, 0, "Drums"), (0, None, "Acoustic Grand Piano"), (1, 33, "Electric Bass (finger)"),
])  # fmt: skip
def test_program_label(channel: int, program: int | None, label: str) -> None:
    none = np.zeros(0, np.int64)
    notes = Notes(none, none, none, none, none, none)
    assert program_label(Track(0, 0, 0, channel, "", program, Family.OTHER, "", notes)) == label
