"""The pieces of a drum kit by name: which pitches of General MIDI, with GS and GM2, are a kick, a snare, a hat."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.song import Family, IntArray, Track
from duv_studio.engine.music.pitch_names import pitch_name, ranges_text

# Name -> pitches and other names. Where a pitch belongs to several, the first is what it is called.
_PIECES: dict[str, tuple[tuple[int, ...], str]] = {
    "kick": ((35, 36), "kicks, bass drum, bd, kd, kick drum"),
    "side stick": ((37,), "rim, rimshot, rim shot, cross stick, stick, xstick"),
    "snare": ((38, 40), "snares, sd, sn, snare drum"),
    "clap": ((39,), "claps, hand clap, handclap"),
    "closed hat": ((42, 22), "closed hi hat, closed hihat, chh, ch"),
    "pedal hat": ((44,), "pedal hi hat, pedal hihat, foot hat, phh"),
    "open hat": ((46, 26), "open hi hat, open hihat, ohh, oh"),
    "hat": ((42, 44, 46, 22, 26), "hats, hi hat, hi hats, hihat, hihats, hh"),
    "floor tom": ((41, 43), "floor toms"),
    "tom": ((41, 43, 45, 47, 48, 50), "toms"),
    "crash": ((49, 57), "crashes, crash cymbal"),
    "ride bell": ((53,), "bell"),
    "ride": ((51, 53, 59), "rides, ride cymbal"),
    "china": ((52,), "chinese cymbal, china cymbal"),
    "splash": ((55,), "splash cymbal"),
    "cymbal": ((49, 51, 52, 53, 55, 57, 59), "cymbals"),
    "tambourine": ((54,), "tamb"),
    "cowbell": ((56,), ""),
    "vibraslap": ((58,), ""),
    "bongo": ((60, 61), "bongos"),
    "conga": ((62, 63, 64), "congas"),
    "timbale": ((65, 66), "timbales"),
    "agogo": ((67, 68), "agogos"),
    "cabasa": ((69,), ""),
    "maracas": ((70,), ""),
    "whistle": ((71, 72), ""),
    "guiro": ((73, 74), ""),
    "claves": ((75,), "clave"),
    "wood block": ((76, 77), "woodblock, wood blocks, woodblocks"),
    "cuica": ((78, 79), ""),
    "triangle": ((80, 81), ""),
    "shaker": ((82,), "shakers"),
    "sleigh bells": ((83,), "jingle bell, jingle bells"),
}
PIECES = tuple(_PIECES)
_PITCHES = {
    word: frozenset(pitches)
    for name, (pitches, others) in _PIECES.items()
    for word in (name, *filter(None, others.split(", ")))
}
_SAYS_ELSE = ("ch", "oh", "sn", "stick", "bell")  # in the name of a track: channel 10, overheads
_NAMED = re.compile(r"\b(" + "|".join(sorted(_PITCHES.keys() - _SAYS_ELSE, key=len, reverse=True)) + r")\b")
_MOST_PITCHES = 4  # of a piece that has a track of its own, edges aside
_CALLED = {pitch: name for name, (pitches, _) in reversed(_PIECES.items()) for pitch in pitches}
# What General MIDI calls the edges of an electronic kit's closed and open hat, which are hit harder than the tops.
EDGES = {22: 42, 26: 46}
_HAS_PIECES = (Family.DRUMS, Family.PERCUSSION)


def is_piece(word: str) -> bool:
    """Whether this names a piece of the drum kit, in any case, with hyphens or without."""
    return plain(word) in _PITCHES


def pitches_of_piece(track: Track, word: str) -> frozenset[int]:
    """The pitches of a track on which that piece is played, empty where the track is no drums.

    A track that bears the name of a single piece, such as "Kick", plays it whatever its pitches are.
    """
    if track.family not in _HAS_PIECES:
        return frozenset()
    wanted, piece = _PITCHES[plain(word)], _only_piece(track)
    own = frozenset(np.unique(track.notes.pitch).tolist())
    if piece is not None and piece <= wanted:
        return own
    return (wanted if piece is None else wanted & piece) - (EDGES.keys() - own)  # few kits have edges


def plays_one_piece(track: Track) -> bool:
    """Whether a track of drums is that of a single piece, such as "Kick", by its name and its few pitches."""
    return _only_piece(track) is not None


def without_edges(pitch: IntArray) -> IntArray:
    """The pitches (n,) of a kit with every stroke of a hat at the hat's own pitch, as General MIDI has it."""
    mapped = pitch.copy()
    for edge, hat in EDGES.items():
        mapped[pitch == edge] = hat
    return mapped


def heard_pitch(track: Track) -> IntArray:
    """The pitches (n,) at which General MIDI has what a track plays.

    A track of a single piece of the kit often plays it at another pitch, the one at which a sampler sounds it.
    """
    pitch, piece = track.notes.pitch, _only_piece(track) if track.family is Family.DRUMS else None
    if piece is None or np.isin(pitch, tuple(piece)).any():
        return pitch
    return np.full(len(pitch), 36 if 36 in piece else min(piece - EDGES.keys()), np.int64)


def _only_piece(track: Track) -> frozenset[int] | None:
    """The pitches of the piece that a track of drums bears the name of, None where it plays several or none."""
    told = {_PITCHES[name] for name in _NAMED.findall(plain(track.name))}
    own = np.unique(without_edges(track.notes.pitch))
    return told.pop() if track.family in _HAS_PIECES and len(told) == 1 and len(own) <= _MOST_PITCHES else None


def piece_name(pitch: int) -> str | None:
    """What a drum kit plays at a pitch, None where General MIDI has nothing there."""
    return _CALLED.get(pitch)


def pitches_text(track: Track, pitches: frozenset[int]) -> str:
    """Write pitches of a track down so that they can be read again: "kick, C3-E3", "" for none."""
    words, rest = list[str](), set(pitches)
    for name in PIECES:
        piece = pitches_of_piece(track, name)
        if piece and piece <= rest:
            words.append(name)
            rest -= piece
    return ", ".join(filter(None, (*words, ranges_text(rest))))


def describe_kept(track: Track, kept: NDArray[np.bool_]) -> str:
    """A phrase that names the pitches of the `kept` notes (n,), "" when there are none."""
    pitches = np.unique(track.notes.pitch[kept]).tolist()
    drums = track.family in _HAS_PIECES
    names = list(dict.fromkeys((drums and piece_name(pitch)) or pitch_name(pitch) for pitch in pitches))
    return f"kept: {', '.join(names[:4])}{' …' if len(names) > 4 else ''}" if names else ""
