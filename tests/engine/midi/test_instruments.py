"""Families: what a channel, a program and names in six languages tell of an instrument."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.instruments import GM_PROGRAM_NAMES, family_of_program, program_label
from duv_studio.engine.midi.recognition import Clues, Recognised, recognise
from duv_studio.engine.midi.song import Family, Notes, Track
from tests.songs import make_track

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
    assert recognise(Clues(0, 0, name)) == Recognised(family, f'named "{name}"')
    assert recognise(Clues(3, None, name)).family is family


@pytest.mark.parametrize("name", ["", "Track 3", "untitled", "Melody", "MIDI 01", "Chorus 2", "Ambassador"])
def test_a_name_without_an_instrument_decides_nothing(name: str) -> None:
    assert family_of_name(name) is None
    assert recognise(Clues(0, 0, name)) == Recognised(Family.PIANO, "program 0, Acoustic Grand Piano")


def test_a_chosen_program_beats_the_name() -> None:
    told = recognise(Clues(0, 33, "Guitar"))
    assert (told.family, told.reason) == (Family.BASS, "program 33, Electric Bass (finger)")
    assert told.doubt == 'program 33, Electric Bass (finger), but named "Guitar"'


def test_the_drum_channel_beats_everything() -> None:
    told = recognise(Clues(9, 33, "ベース"))
    assert (told.family, told.reason) == (Family.DRUMS, "channel 10")
    assert told.doubt == 'drums by channel 10, but named "ベース"'


def test_without_program_and_name_it_is_the_default_sound_and_in_doubt() -> None:
    assert recognise(Clues(0, None, "")) == Recognised(
        Family.PIANO, "no program, so Acoustic Grand Piano", "no name and no program: taken for a piano"
    )
    assert "tells no instrument" in recognise(Clues(0, None, "Groove")).doubt


@pytest.mark.parametrize(
    ("program", "name", "own_name", "doubted"),
    [
        (33, "Bass", True, False), (32, "Contrabass", True, False), (6, "Harpsichord", True, False),
        (48, "STR/BRASS", True, False), (81, "Lead", True, False),
        (46, "Harp", True, False), (47, "Timpani", True, False),
        (118, "Drums", True, False), (87, "Bass Lead", True, False),
        (73, "Voice 1", True, False), (98, "Gong", True, False),
        (120, "Gtr Noise", True, False), (25, "Melody", True, False),
        (33, "Guitar", False, False), (4, "Keys", True, False),
        (56, "Violin", True, True), (0, "Violin", True, False),
        (42, "Trumpet", True, True), (33, "Strings", True, True),
        (18, "Strings", True, True), (25, "Drums", True, True),
    ],
)  # fmt: skip
def test_a_name_that_speaks_against_the_program_is_a_doubt(
    program: int, name: str, own_name: bool, doubted: bool
) -> None:
    assert bool(recognise(Clues(0, program, name, own_name)).doubt) is doubted


@pytest.mark.parametrize(
    ("program", "name", "pitch", "doubted"),
    [
        (0, "", 38, False), (None, "Drums", 38, False), (40, "Brush Kit", 38, False), (None, "Congas", 62, False),
        (56, "", 38, False), (73, "", 38, False),
        (73, "", 90, True), (56, "Trumpet", 70, True), (None, "Bass", 38, True),
        (None, "Beat it", 38, False),
    ],
)  # fmt: skip
def test_channel_10_is_drums_but_other_evidence_is_told(
    program: int | None, name: str, pitch: int, doubted: bool
) -> None:
    notes = make_track([(i * 480, 100, pitch, 80) for i in range(16)]).notes
    told = recognise(Clues(9, program, name, notes=notes))
    assert (told.family, bool(told.doubt)) == (Family.DRUMS, doubted)


def test_no_one_calls_drums_what_is_none() -> None:
    low = make_track([(i * 480, 100, 36 + i % 3, 80) for i in range(16)]).notes
    high = make_track([(i * 480, 100, 60 + i % 20, 80) for i in range(16)]).notes
    told = recognise(Clues(3, 25, "DRUMS 2", notes=low))
    assert (told.family, told.reason) == (Family.DRUMS, 'named "DRUMS 2"')
    assert told.doubt == 'named "DRUMS 2", but program 25, Acoustic Guitar (steel)'
    assert recognise(Clues(3, 25, "DRUMS 2", notes=high)).family is Family.GUITAR


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


@pytest.mark.parametrize(("channel", "program", "kit", "label"), [
    (9, 0, None, "Drums"), (0, None, None, "Acoustic Grand Piano"), (1, 33, None, "Electric Bass (finger)"),
    (4, 0, True, "Drums"), (9, 56, False, "Trumpet"),
])  # fmt: skip
def test_program_label(channel: int, program: int | None, kit: bool | None, label: str) -> None:
    none = np.zeros(0, np.int64)
    notes = Notes(none, none, none, none, none, none)
    assert program_label(Track(0, 0, 0, channel, "", program, Family.OTHER, "", notes, kit=kit)) == label
