"""Which instrument family a track belongs to, guessed from its channel, its name and its General MIDI program."""

from __future__ import annotations

import re
import unicodedata

from duv_studio.engine.midi.song import Family, Track

DRUM_CHANNEL = 9  # channel 10 as musicians count

GM_PROGRAM_NAMES: tuple[str, ...] = (
    "Acoustic Grand Piano", "Bright Acoustic Piano", "Electric Grand Piano", "Honky-tonk Piano",
    "Electric Piano 1", "Electric Piano 2", "Harpsichord", "Clavinet",
    "Celesta", "Glockenspiel", "Music Box", "Vibraphone", "Marimba", "Xylophone", "Tubular Bells", "Dulcimer",
    "Drawbar Organ", "Percussive Organ", "Rock Organ", "Church Organ", "Reed Organ", "Accordion", "Harmonica",
    "Tango Accordion",
    "Acoustic Guitar (nylon)", "Acoustic Guitar (steel)", "Electric Guitar (jazz)", "Electric Guitar (clean)",
    "Electric Guitar (muted)", "Overdriven Guitar", "Distortion Guitar", "Guitar Harmonics",
    "Acoustic Bass", "Electric Bass (finger)", "Electric Bass (pick)", "Fretless Bass",
    "Slap Bass 1", "Slap Bass 2", "Synth Bass 1", "Synth Bass 2",
    "Violin", "Viola", "Cello", "Contrabass", "Tremolo Strings", "Pizzicato Strings", "Orchestral Harp", "Timpani",
    "String Ensemble 1", "String Ensemble 2", "Synth Strings 1", "Synth Strings 2",
    "Choir Aahs", "Voice Oohs", "Synth Voice", "Orchestra Hit",
    "Trumpet", "Trombone", "Tuba", "Muted Trumpet", "French Horn", "Brass Section", "Synth Brass 1", "Synth Brass 2",
    "Soprano Sax", "Alto Sax", "Tenor Sax", "Baritone Sax", "Oboe", "English Horn", "Bassoon", "Clarinet",
    "Piccolo", "Flute", "Recorder", "Pan Flute", "Blown Bottle", "Shakuhachi", "Whistle", "Ocarina",
    "Lead 1 (square)", "Lead 2 (sawtooth)", "Lead 3 (calliope)", "Lead 4 (chiff)",
    "Lead 5 (charang)", "Lead 6 (voice)", "Lead 7 (fifths)", "Lead 8 (bass + lead)",
    "Pad 1 (new age)", "Pad 2 (warm)", "Pad 3 (polysynth)", "Pad 4 (choir)",
    "Pad 5 (bowed)", "Pad 6 (metallic)", "Pad 7 (halo)", "Pad 8 (sweep)",
    "FX 1 (rain)", "FX 2 (soundtrack)", "FX 3 (crystal)", "FX 4 (atmosphere)",
    "FX 5 (brightness)", "FX 6 (goblins)", "FX 7 (echoes)", "FX 8 (sci-fi)",
    "Sitar", "Banjo", "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shanai",
    "Tinkle Bell", "Agogo", "Steel Drums", "Woodblock", "Taiko Drum", "Melodic Tom", "Synth Drum", "Reverse Cymbal",
    "Guitar Fret Noise", "Breath Noise", "Seashore", "Bird Tweet", "Telephone Ring", "Helicopter", "Applause",
    "Gunshot",
)  # fmt: skip

_PROGRAM_FAMILIES: tuple[tuple[range, Family], ...] = (
    (range(0, 8), Family.PIANO),
    (range(24, 32), Family.GUITAR),
    (range(32, 40), Family.BASS),
    (range(40, 46), Family.STRINGS),
    (range(47, 48), Family.PERCUSSION),
    (range(48, 52), Family.STRINGS),
    (range(110, 111), Family.STRINGS),
    (range(112, 120), Family.PERCUSSION),
)

# Tried in this order on the plain form of a name; the first hit decides. Names that hold another instrument's
# name ("bass clarinet", "steel drum") stand before it, loose words ("lead", "synth") after all instruments.
_NAME_RULES: tuple[tuple[Family, str], ...] = (
    (Family.PIANO, r"\b(bass|treble) (clef|staff|stave)\b"),
    (Family.OTHER, r"\bbassoons?|fagott?o?|\bbasson\b|\bbrass\b|blaser|bl[ae]ch\b"),
    (Family.OTHER, r"cuivres?|\bmetales\b|ブラス|ファゴット"),
    (Family.OTHER, r"\bbass (clarinets?|klarinette|trombones?|posaune|flutes?|sax\w*|oboe|trumpet|tuba|voice|organ)\b"),
    (Family.OTHER, r"\b(clarinette|trombone|flute|saxophone) basse\b|\bbass(klarinette|posaune|flote|tuba|ett)\w*"),
    (Family.OTHER, r"harpsichord|cembalo|clavecin|clavicordio|チェンバロ|\bharpe?\b|\barpa\b|harfe|ハープ"),
    (Family.PERCUSSION, r"\bsteel ?(drums?|pans?)\b|\btaiko|太鼓|timpan|timbal|\bpauken?\b|ティンパニ"),
    (Family.DRUMS, r"drum|\bkicks?\b|\bsnares?\b|\bhi ?hats?\b|\bhh\b|\bcymbals?\b|\btoms\b"),
    (Family.DRUMS, r"\bfloor tom\b|\bdr(ms?|s)\b"),
    (Family.DRUMS, r"\bbatt?erie\b|\bbateria\b|schlagzeug|grosse caisse|caisse claire|\bbombo\b|ドラム"),
    (Family.DRUMS, r"スネア|ハイハット"),
    (Family.PERCUSSION, r"\bperc(s|ussions?|usion)?\b|perkussion|\bbongos?\b|\bcongas?\b|\bshakers?\b|tambo?urin"),
    (Family.PERCUSSION, r"\bcowbell\b|\bclaps?\b|\bmaracas\b|\bcajon\b|\bwood ?blocks?\b|\btriangle\b|パーカッション"),
    (Family.PIANO, r"piano|\bpno\b|\bpf\b|klavier|\bflugel\b|\brhodes\b|wurlitzer|\bep\b|clavinet|ピアノ|エレピ"),
    (Family.STRINGS, r"contra ?bass|kontra ?bass|contrebasses?|contrabajo|double ?bass(es)?\b|コントラバス"),
    (Family.BASS, r"bass\b|\bbass(es?|line)\b|bass(gitarre|guitar|gtr)|\bbajo\b|ベース|バス\b"),
    (Family.GUITAR, r"guitar|gu?itarr|\bgtrs?\b|\bgt\b|\bguit\b|\bnylon\b|\begtr\b|\bagtr\b|ギター|ギタ\b"),
    (Family.STRINGS, r"violon|violin|\bviolas?\b|\bviolon[cs]\w+|\bcell[oi]s?\b|\bfiddle\b"),
    (Family.STRINGS, r"geige|bratsche|\baltos? a cordes"),
    (Family.STRINGS, r"\bstr(s|gs?|ings?)?\b|streicher|\bcordes\b|\bcuerdas\b|\bv(ln|lns|ns|la|las|lc|c|cl)\b|\bpizz"),
    (Family.STRINGS, r"ストリング|バイオリン|ヴァイオリン|ビオラ|ヴィオラ|チェロ|弦"),
    (Family.OTHER, r"organ|orgel|orgue|オルガン|flute|flote|flauta|フルート|\bsax|サックス"),
    (Family.OTHER, r"clarinet|klarinett|クラリネット"),
    (Family.OTHER, r"oboe|hautbois|trump|trompet|トランペット"),
    (Family.OTHER, r"trombon|posaune|トロンボーン|horns?\b|\bcors?\b|\btrompa"),
    (Family.OTHER, r"\btuba\b|\bchoir|\bchoeur|\bchor\b|\bcoro\b|vo[ck]al|\bvox\b"),
    (Family.OTHER, r"\bvoices?\b|\bvoix\b|\bvoz\b|コーラス|ボーカル"),
    (Family.OTHER, r"accord?ion|akkordeon|acordeon|harmonica|mundharm|celesta|glocken|vibra|marimba|xylo|\bbells?\b"),
    (Family.OTHER, r"\bsynth|\bsyn\b|シンセ|\bpads?\b|パッド|\blead\b|\barp(eggio)?s?\b|\bpluck"),
    (Family.OTHER, r"\bfx\b|\bsfx\b|\bnoise\b"),
)  # fmt: skip
_COMPILED_RULES = tuple((family, re.compile(pattern)) for family, pattern in _NAME_RULES)
_LONGEST_NAME = 200  # a name is a few words; what follows is not one


def guess_family(channel: int, program: int | None, name: str) -> tuple[Family, str]:
    """Return the family of a track and one short phrase saying why.

    `channel` counts from 0, `program` is 0..127 or None. The name decides where the program is missing or 0, the
    number that sequencers write when no one chose one.
    """
    if channel == DRUM_CHANNEL:
        return Family.DRUMS, "channel 10"
    named = None if program else family_of_name(name)
    if named is not None:
        return named, f'named "{name.strip()}"'
    if program is None:
        return Family.PIANO, f"no program, so {GM_PROGRAM_NAMES[0]}"
    return family_of_program(program), f"program {program}, {GM_PROGRAM_NAMES[program]}"


def family_of_program(program: int) -> Family:
    """Return the family of a General MIDI program 0..127."""
    return next((family for programs, family in _PROGRAM_FAMILIES if program in programs), Family.OTHER)


def family_of_name(name: str) -> Family | None:
    """Return the family that a track's name speaks of, None when it names no instrument."""
    words = plain(name)
    return next((family for family, pattern in _COMPILED_RULES if pattern.search(words)), None)


def program_label(track: Track) -> str:
    """Return what a General MIDI player would call the sound of this track."""
    if track.channel == DRUM_CHANNEL:
        return "Drums"
    return GM_PROGRAM_NAMES[track.program or 0]


def plain(name: str) -> str:
    """Return the words of a name: lower case without accents or digits, camel case apart, full-width Japanese."""
    apart = unicodedata.normalize("NFKD", name[:_LONGEST_NAME])
    # Only European accents go: the voicing marks of kana decompose too, and ギ without its mark is another letter.
    bare = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
    return re.sub(r"[\W\d_]+", " ", words).casefold().strip()
