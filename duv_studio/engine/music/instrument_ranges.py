"""Which pitches an instrument plays: those that are ordinary, and those beyond which it certainly plays nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.song import Family, Track
from duv_studio.engine.music.family_overrides import SET_BY_USER


@dataclass(frozen=True)
class PlayedRange:
    """MIDI pitches. Between `lowest` and `low`, and `high` and `highest`, a note may be played, but rarely is one."""

    lowest: int
    low: int
    high: int
    highest: int
    is_known: bool = True  # False: it may be any instrument


@dataclass(frozen=True)
class _Instrument:
    range: PlayedRange
    families: tuple[Family, ...]
    programs: frozenset[int]
    name: re.Pattern[str] | None  # tried on the plain form of a track's name


_ANY = PlayedRange(21, 36, 108, 108, is_known=False)
# Low tunings, five strings, extensions and harmonics lie between the ordinary range and the last pitch.
_OF_FAMILY: dict[Family, PlayedRange] = {
    Family.PIANO: PlayedRange(21, 21, 108, 108),
    Family.GUITAR: PlayedRange(33, 38, 90, 100),
    Family.BASS: PlayedRange(21, 28, 72, 84),
    Family.STRINGS: PlayedRange(23, 36, 108, 120, is_known=False),
    Family.OTHER: PlayedRange(21, 21, 127, 127),
}


def _of(
    families: Family | Sequence[Family],
    pitches: tuple[int, int, int, int],
    programs: Iterable[int] = (),
    name: str | None = None,
) -> _Instrument:
    of = (families,) if isinstance(families, Family) else tuple(families)
    return _Instrument(PlayedRange(*pitches), of, frozenset(programs), re.compile(name) if name else None)


_BOWED = (Family.STRINGS, Family.BASS)  # a contrabass may be taken for a bass
# The first that fits decides: names that hold another's name stand before it.
_INSTRUMENTS = (
    _of(Family.OTHER, (21, 21, 127, 127), (*range(8, 24), *range(80, 104), 55, *range(120, 128)),
        r"\b(synth|syn|lead|pads?|arp|pluck|keys|organ|orgel|orgue|fx|sub|accord?ion|akkordeon|celesta|marimba|vibra)"),
    _of(Family.OTHER, (28, 34, 88, 100), (),
        r"\bbass (clarinet|flute|oboe|sax)|bassklarinett|baritone sax|\bbari sax"),
    _of(Family.OTHER, (21, 28, 84, 96), (57,), r"trombon|posaune|тромбон|トロンボーン|长号"),
    _of(Family.OTHER, (21, 21, 77, 96), (58,), r"\btuba|туба"),
    _of(Family.OTHER, (36, 50, 91, 103), (56, 59), r"trump|trompet|tromba\b|труба|трубы|トランペット|小号"),
    _of(Family.OTHER, (36, 52, 84, 96), (69,), r"english horn|cor anglais|corno inglese|englischhorn"),
    _of(Family.OTHER, (28, 34, 84, 96), (60,),
        r"\bhorns?\b|\bcors?\b|\bcorn[oi]\b|\btrompas?\b|waldhorn|валторн|ホルン|圆号"),
    _of(Family.OTHER, (24, 30, 91, 103), (61,), r"\bbrass\b|blech|cuivres"),
    _of(Family.OTHER, (28, 34, 78, 91), (67, 70), r"bassoon|fagott?|\bbasson\b|фагот|ファゴット"),
    _of(Family.OTHER, (36, 42, 88, 100), (64, 65, 66), r"\bsax|саксофон|サックス"),
    _of(Family.OTHER, (36, 57, 96, 108), (68,), r"oboe|hautbois|гобой|オーボエ"),
    _of(Family.OTHER, (36, 48, 98, 108), (71,), r"clarinet|klarinett|кларнет|クラリネット|单簧管"),
    _of(Family.OTHER, (40, 55, 103, 107), range(72, 80),
        r"piccolo|flute|flote|flauto?a?\b|флейт|フルート|长笛|recorder|whistle"),
    _of(Family.OTHER, (28, 36, 88, 103), (52, 53),
        r"choir|choeur|\bchor\b|\bcoro\b|vo[ck]al|\bvox\b|\bvoices?\b|хор\b|コーラス"),
    _of(Family.OTHER, (23, 23, 104, 108), (46,), r"\bharpe?\b|harfe|\barpa\b|арфа|ハープ|竖琴"),
    _of(Family.OTHER, (28, 36, 100, 108), range(104, 112)),
    _of(_BOWED, (21, 23, 79, 96), (43,),
        r"(contra|kontra|double|string) ?bass|contrebasse|контрабас|コントラバス|低音提琴"),
    _of(Family.STRINGS, (34, 36, 91, 103), (42,), r"\bviolonc|\bcell|виолончел|チェロ|大提琴|\bvc\b|\bvlc\b"),
    _of(Family.STRINGS, (40, 48, 96, 108), (41,), r"\bviola|bratsche|\baltos? a cordes|ビオラ|ヴィオラ|中提琴|\bvla\b"),
    _of(Family.STRINGS, (40, 55, 106, 114), (40, 110),
        r"viol[io]n|violin|geige|скрипк|バイオリン|ヴァイオリン|小提琴|fiddle|\bv[ln]n?s?\b"),
    _of(Family.PIANO, (21, 21, 108, 108), range(1, 8),
        r"piano|\bpno\b|\bpf\b|klavier|flugel|rhodes|wurli|\bep\b|clav|ピアノ|フォルテ|钢琴|пиан|рояль|harpsichord|cembalo"),
)  # fmt: skip


def played_range(track: Track) -> PlayedRange | None:
    """The range of a track's instrument, by its program or else its name or family; None for drums and percussion."""
    if track.family not in _OF_FAMILY:
        return None
    name = plain(track.name)
    fitting = (known for known in _INSTRUMENTS if track.family in known.families and _is(known, track.program, name))
    known = next(fitting, None)
    if known is not None:
        return known.range
    # Sequencers write no program, or 0, where no one chose an instrument: whatever the plug-in plays.
    unsure = track.family in (Family.PIANO, Family.OTHER) and track.family_reason != SET_BY_USER
    return _ANY if unsure and not track.program else _OF_FAMILY[track.family]


def _is(known: _Instrument, program: int | None, name: str) -> bool:
    if program:
        return program in known.programs
    return known.name is not None and known.name.search(name) is not None
