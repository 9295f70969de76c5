"""What each player plays, made from the score by the rules of their instrument."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from tools.demo_song.chords import BAR, Chord, chords, is_last, section_starts
from tools.demo_song.score import COUNTER, DRUMS, FORM, GROOVE, MELODY

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SCALE = {2, 4, 6, 7, 9, 11, 1}  # D major
_LOW_E = 28  # lowest string of the bass
_KIT = {"K": 36, "R": 37, "S": 38, "H": 42, "P": 44, "O": 46, "I": 51, "C": 49, "1": 50, "2": 47, "3": 43}


class Note(NamedTuple):
    """Onset and length in quarters."""

    onset: float
    length: float
    pitch: int


def piano() -> list[Note]:
    """The melody, thickened by a chord tone below its long notes in the choruses, over a left hand in broken chords."""
    melody = list(_lines(MELODY))
    return [*melody, *_thirds(melody), *(note for chord in chords() for note in _left_hand(chord))]


def bass() -> list[Note]:
    """Roots, fifths and octaves, and a step of the scale that leads into the next root."""
    all_chords = chords()
    found: list[Note] = []
    for chord, following in zip(all_chords, [*all_chords[1:], all_chords[-1]], strict=True):
        if chord.onset >= 2 * BAR:
            found += _bass_figure(chord, _root(chord), _root(following))
    return found


def guitar() -> list[Note]:
    """Picked in the verse and the bridge, strummed in the choruses; silent in the first bars."""
    found: list[Note] = []
    for chord in chords():
        if chord.section in ("Chorus", "Chorus 2"):
            found += _strum(chord)
        elif chord.onset >= 2 * BAR:
            found += _pick(chord)
    return found


def strings() -> list[Note]:
    """Three voices that move as little as they can and hold what two chords share, and a line above them."""
    held: list[Note] = []
    voicing: tuple[int, ...] = (57, 62, 66)
    for chord in chords():
        if chord.section == "Verse" and chord.bar < 4:  # they leave the first half of the verse to the others
            continue
        voicing = min(_voicings(chord), key=lambda v: (_movement(voicing, v), v))
        held = _hold(held, voicing, chord)
    return [*held, *_lines(COUNTER)]


def drums() -> list[Note]:
    """The patterns of the score, every hit a sixteenth long."""
    bars = [pattern for section, _ in FORM for pattern in GROOVE[section]]
    return [
        Note(BAR * bar + step / 4, 0.25, _KIT[voice])
        for bar, pattern in enumerate(bars)
        for voice, tab in DRUMS[pattern].items()
        for step, mark in enumerate(tab)
        if mark == "x"
    ]


def _lines(table: dict[str, tuple[str, ...]]) -> Iterator[Note]:
    for start, section in section_starts():
        for bar, text in enumerate(table.get(section, ())):
            onset = start + BAR * bar
            for token in text.split():
                name, length = token.split(":")
                if name != "r":
                    yield Note(onset, float(length), _pitch(name))
                onset += float(length)


def _pitch(name: str) -> int:
    return 12 * (int(name[-1]) + 1) + _STEPS[name[0]] + ("#" in name)


def _thirds(melody: list[Note]) -> Iterator[Note]:
    for chord in chords():
        if not chord.section.startswith("Chorus"):
            continue
        for note in melody:
            if chord.onset <= note.onset < chord.onset + chord.length and note.length >= 1:
                below = (p for p in range(note.pitch - 3, note.pitch - 10, -1) if p % 12 in chord.classes)
                yield note._replace(pitch=next(below))


def _left_hand(chord: Chord) -> Iterator[Note]:
    root, fifth, tenth = _left_hand_tones(chord)
    if chord.section.startswith("Chorus"):
        yield Note(chord.onset, 1.5, root - 12)
        figure = [(0, 1.5, root), (1.5, 0.5, fifth), (2, 1, root), (3, 0.5, tenth), (3.5, 0.5, fifth)]
    elif is_last(chord):
        figure = [(0, BAR, root - 12), (0, BAR, root), (0, BAR, fifth), (0, BAR, tenth)]
    else:
        order = (root, fifth, root + 12, tenth, root + 12, fifth, root + 12, fifth)
        figure = [(0.5 * i, 0.5, pitch) for i, pitch in enumerate(order)]
    yield from (Note(chord.onset + at, length, pitch) for at, length, pitch in figure if at < chord.length)


def _left_hand_tones(chord: Chord) -> tuple[int, int, int]:
    """The chord's lowest note between C#2 and C3, then two chord tones: about a fifth and about a tenth above."""
    root = 37 + (chord.shape[0] - 37) % 12
    fifth = next(p for p in range(root + 6, root + 12) if p % 12 in chord.classes)
    tenth = next(p for p in range(root + 13, root + 24) if p % 12 in chord.classes)
    return root, fifth, tenth


def _root(chord: Chord) -> int:
    """The chord's lowest note on the bass guitar: E1 to D#2."""
    return _LOW_E + (chord.shape[0] - _LOW_E) % 12


def _bass_figure(chord: Chord, root: int, following: int) -> list[Note]:
    lead = _step_towards(root, following)
    fifth = next((p for p in range(root + 6, root + 10) if p % 12 in chord.classes), root + 12)
    if chord.section.startswith("Chorus"):
        figure = [(0, 1, root), (1, 0.5, root), (1.5, 0.5, root + 12), (2, 1, root), (3, 0.5, fifth), (3.5, 0.5, lead)]
    elif chord.length < BAR:
        figure = [(0, 1.5, root), (1.5, 0.5, lead)]
    elif chord.section == "Bridge":
        figure = [(0, 2.5, root), (2.5, 0.5, fifth), (3, 0.5, root), (3.5, 0.5, lead)]
    elif is_last(chord):
        figure = [(0, BAR, root)]
    else:
        figure = [(0, 1.5, root), (1.5, 0.5, fifth), (2, 1, root), (3, 0.5, root + 12 if root == following else fifth)]
        figure.append((3.5, 0.5, lead))
    return [Note(chord.onset + at, length, pitch) for at, length, pitch in figure if at < chord.length]


def _step_towards(root: int, following: int) -> int:
    """The note of the scale next to `following` on the side of `root`, or beyond where that is the root or too low."""
    above = next(p for p in (following + 1, following + 2) if p % 12 in _SCALE)
    below = next(p for p in (following - 1, following - 2) if p % 12 in _SCALE)
    wishes = (above, below, following + 1) if root > following else (below, above, following + 1)
    return next(p for p in wishes if p != root and p >= _LOW_E)


def _strum(chord: Chord) -> Iterator[Note]:
    # Down on the beats, up between them; an upstroke misses the low strings.
    for at, length, up in ((0, 1, 0), (1, 0.5, 0), (1.5, 1, 1), (2.5, 0.5, 1), (3, 0.5, 0), (3.5, 0.5, 1)):
        yield from (Note(chord.onset + at, length, pitch) for pitch in (chord.shape[-3:] if up else chord.shape))


def _pick(chord: Chord) -> Iterator[Note]:
    low, *_, third, second, first = chord.shape
    if is_last(chord):
        yield from (Note(chord.onset, BAR, pitch) for pitch in chord.shape)
        return
    order = (low, third, second, first, second, third, first, second)
    for i in range(int(chord.length * 2)):
        yield Note(chord.onset + i / 2, 0.5, order[i])


def _voicings(chord: Chord) -> list[tuple[int, ...]]:
    """Every way to put three different chord tones between G3 and E5 within an octave or so."""
    tones = [p for p in range(55, 77) if p % 12 in chord.classes]
    wanted = min(3, len(chord.classes))
    return [v for v in combinations(tones, 3) if len({p % 12 for p in v}) == wanted and 7 <= v[2] - v[0] <= 14]


def _movement(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(before, after, strict=True))


def _hold(held: list[Note], voicing: tuple[int, ...], chord: Chord) -> list[Note]:
    """Add a chord; a tone that is already sounding goes on, for two bars at most."""
    tied = {
        i: note
        for i, note in enumerate(held)
        if note.onset + note.length == chord.onset and note.pitch in voicing and note.length + chord.length <= 2 * BAR
    }
    longer = [n._replace(length=n.length + chord.length) if i in tied else n for i, n in enumerate(held)]
    sounding = {note.pitch for note in tied.values()}
    return longer + [Note(chord.onset, chord.length, pitch) for pitch in voicing if pitch not in sounding]
