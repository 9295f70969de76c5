"""Tracks that are another's again: layers that double its notes, and echoes that repeat them later and softer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from duv_studio.engine.midi.channel_messages import VOLUME, messages_of
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, PerSong, Song, Track
from duv_studio.engine.music.ensemble import groups

_SAME_S = 0.010  # between the onsets of a note and its double
_LATE_S = 0.060  # a double that is late by no more is one sound with its source, as if played twice
_ECHO_QUARTERS = 2  # the longest delay of an echo; what comes later answers
_FEWEST_ONSETS = 8
_DOUBLED = 0.85  # of a double's notes are its source's
_COVERED = 0.8  # of the source's notes are doubled, where the double plays at all
_ECHOED = 0.95  # of an echo's notes are its source's
_SOFTER = 0.9  # at most: how loud an echo is over its source
_SOFTER_NOTES = 0.9  # of the notes are softer
_FEWEST_PITCHES = 3  # with fewer, the delay of an even rhythm could be anything
_VOLUME = 100  # of a channel that sets none
_WINDOW_QUARTERS = 4
_OCTAVES = (0, 12, -12, 24, -24)
_HEADS = 3  # notes of a track from which its delay is guessed
_MOST_TRACKS = 128  # each is compared with each
_BINS, _BIN_QUARTERS = 64, 8  # a coarse look: at most so many stretches of the song, at least so long
_IN_COMMON = 0.6  # of the notes of two tracks that may be worth a closer one
_STRUCK = (Family.DRUMS, Family.PERCUSSION)


@dataclass(frozen=True)
class Relation:
    """That a track plays m of another's notes again: which of its own, (m,), and which of the other's, (m,)."""

    source: int  # index into Song.tracks
    own: IntArray
    of: IntArray
    how: str = ""  # what is different: "an octave lower", "echo, 3/16 later"
    is_echo: bool = False

    def __str__(self) -> str:
        """A phrase for people."""
        return f"follows track {self.source + 1}" + (f" ({self.how})" if self.how else "")


def relations(song: Song) -> tuple[tuple[Relation, ...], ...]:
    """Return for each track of the song whom it may follow, the first choice first; () for most.

    Of two doubles the shorter one follows, of two as long the later one in the file; an echo follows what it echoes.
    The last choices are for songs in which the first ones are not humanized.
    """
    return _remembered(song)


def followed(song: Song, active: frozenset[int]) -> dict[int, Relation]:
    """Return whom the active tracks follow: index into Song.tracks -> relation to another active one.

    That is, if possible, one that follows no one itself. No track follows itself by way of others.
    """
    choices = {
        index: [relation for relation in of_track if relation.source in active]
        for index, of_track in enumerate(relations(song))
        if index in active
    }
    found: dict[int, Relation] = {}
    for index, own in choices.items():
        leaders = [relation for relation in own if not choices[relation.source]]
        for relation in (leaders + own)[:1]:
            if not _leads_to(found, relation.source, index):
                found[index] = relation
    return found


def _leads_to(found: dict[int, Relation], start: int, index: int) -> bool:
    while start in found and start != index:
        start = found[start].source
    return start == index


def _work_out(song: Song) -> tuple[tuple[Relation, ...], ...]:
    found: list[list[Relation]] = [[] for _ in song.tracks]
    lines = [_Line(song, track) for track in song.tracks if len(np.unique(track.notes.onset)) >= _FEWEST_ONSETS]
    if len(lines) > _MOST_TRACKS or song.source.format == 2:
        return tuple(() for _ in song.tracks)
    lines.sort(key=lambda line: (-len(line.pitch), line.track.index))
    together = {index: group for group in groups(song) for index in group}
    for line, longer in _pairs(song, lines):
        one_instrument = longer.track.index in together[line.track.index]
        for relation, follower in _relations(song, line, longer, one_instrument):
            found[follower.track.index].append(relation)
    return tuple(tuple(own) for own in found)


_remembered = PerSong(_work_out)


def _pairs(song: Song, lines: Sequence[_Line]) -> Iterator[tuple[_Line, _Line]]:
    """Tracks, and longer ones that strike enough of their pitch classes at about the same time."""
    bins = min(_BINS, song.end_tick // (_BIN_QUARTERS * song.ppq) + 1)
    counts = np.zeros((len(lines), bins * 12), np.int64)
    for place, line in enumerate(lines):
        counts[place] = np.bincount(
            line.onset * bins // (song.end_tick + 1) * 12 + line.pitch % 12, minlength=bins * 12
        )
    for place, line in enumerate(lines):
        common = np.minimum(counts[:place], counts[place]).sum(axis=1)
        for other in np.flatnonzero(common >= _IN_COMMON * len(line.pitch)).tolist():
            yield line, lines[other]


class _Line:
    """A track's n notes in an order in which any of them is quickly found."""

    def __init__(self, song: Song, track: Track) -> None:
        self.track = track
        self.pitch, self.onset = track.notes.pitch, track.notes.onset
        self.seconds = song.tempo.seconds(self.onset)
        self.lift = float(song.tempo.seconds(song.end_tick)) + 100.0  # above the seconds of any other pitch
        key = self.pitch * self.lift + self.seconds
        self._order = np.argsort(key)
        self._key = key[self._order]
        self.loudness = _loudness(song, track)

    def find(self, pitch: IntArray, seconds: FloatArray) -> IntArray:
        """Which note is of this pitch (m,) and begins at these seconds (m,), -1 where there is none."""
        key = pitch * self.lift + seconds
        at = np.minimum(np.searchsorted(self._key, key - _SAME_S), len(self._key) - 1)
        return np.where(np.abs(self._key[at] - key) <= _SAME_S, self._order[at], -1)


def _relations(song: Song, line: _Line, longer: _Line, one_instrument: bool) -> Iterator[tuple[Relation, _Line]]:
    """The relation between two tracks, and which of them follows; a double is the shorter one."""
    doubles = (_double(song, line, longer, octave) for octave in _octaves(line, longer, one_instrument))
    if double := next(filter(None, doubles), None):
        yield double, line
    elif late := _delayed(song, line, longer):
        yield late, line
    elif late := _delayed(song, longer, line):
        yield late, longer


def _octaves(line: _Line, source: _Line, one_instrument: bool) -> tuple[int, ...]:
    """By how much a double may lie lower than its source: the hands of a pianist in octaves are two hands."""
    struck = [own.track.family for own in (line, source) if own.track.family in _STRUCK]
    if struck:  # their pitches are instruments
        return (0,) if line.track.family is source.track.family else ()
    if one_instrument:
        return (0,)
    between = 12 * round((float(source.pitch.mean()) - float(line.pitch.mean())) / 12)
    return (0, between) if between in _OCTAVES[1:] else (0,)


def _double(song: Song, line: _Line, source: _Line, octave: int) -> Relation | None:
    place = source.find(line.pitch + octave, line.seconds)
    if (place >= 0).mean() < _DOUBLED or not _is_covered(song, line, source, place):
        return None
    octaves = abs(octave) // 12
    by = "an octave" if octaves == 1 else f"{octaves} octaves"
    return _related(source, place, f"{by} {'lower' if octave > 0 else 'higher'}" if octave else "")


def _is_covered(song: Song, line: _Line, source: _Line, place: IntArray) -> bool:
    """Whether a track doubles most of what its source plays in the meantime, not only its melody."""
    window = _WINDOW_QUARTERS * song.ppq
    meantime = np.isin(source.onset // window, line.onset // window)
    return len(np.unique(place[place >= 0])) >= _COVERED * int(meantime.sum())


def _delayed(song: Song, line: _Line, source: _Line) -> Relation | None:
    """The relation to a source of the same sound whose notes come again after a delay that is always the same."""
    one, other = line.track, source.track
    unsure = one.doubt or other.doubt
    if one.program != other.program or (one.family is not other.family and not unsure) or one.family in _STRUCK:
        return None
    for seconds, ticks in _delays(song, line, source):
        before = line.seconds - seconds if ticks is None else song.tempo.seconds(line.onset - ticks)
        place = source.find(line.pitch, before)
        if (place >= 0).mean() < _ECHOED:
            continue
        if seconds <= _LATE_S:
            return _related(source, place, "a moment later") if _is_covered(song, line, source, place) else None
        if _is_softer(line, source, place) and len(np.unique(line.pitch)) >= _FEWEST_PITCHES:
            return _related(source, place, f"echo, {_later(song, seconds, ticks)} later", is_echo=True)
    return None


def _delays(song: Song, line: _Line, source: _Line) -> Iterator[tuple[float, int | None]]:
    """Delays (seconds, and ticks where they are constant in these) that the first notes suggest, the shortest first."""
    found: dict[int, float] = {}
    for onset, seconds, pitch in zip(line.onset[:_HEADS], line.seconds[:_HEADS], line.pitch[:_HEADS], strict=True):
        from_here = np.searchsorted(source.onset, [onset - _ECHO_QUARTERS * song.ppq, onset])
        near = np.arange(*from_here)
        for k in near[source.pitch[near] == pitch].tolist():
            found[int(onset - source.onset[k])] = float(seconds - source.seconds[k])
    for ticks in sorted(found):
        if found[ticks] > _SAME_S:
            yield found[ticks], ticks
            if len(song.tempo.tick) > 1:
                yield found[ticks], None


def _is_softer(line: _Line, source: _Line, place: IntArray) -> bool:
    """Whether the notes of an echo are softer than its source's, by their velocities or by their channel's volume."""
    own, theirs = line.track.notes.velocity[place >= 0], source.track.notes.velocity[place[place >= 0]]
    loud, source_loud = own * line.loudness, theirs * source.loudness
    softer = bool(loud.mean() <= _SOFTER * source_loud.mean() and (loud < source_loud).mean() >= _SOFTER_NOTES)
    return softer and bool(own.mean() <= theirs.mean())


def _loudness(song: Song, track: Track) -> float:
    """The volume of a track's channel, 0..1, as it is set before its first note."""
    sent = messages_of(song, track)
    volume = sent.value[(sent.number == VOLUME) & (sent.tick <= track.notes.onset[0])]
    return float(volume[-1] if len(volume) else _VOLUME) / 127


def _related(source: _Line, place: IntArray, how: str, is_echo: bool = False) -> Relation:
    own = np.flatnonzero(place >= 0)
    return Relation(source.track.index, own, place[own], how, is_echo)


def _later(song: Song, seconds: float, ticks: int | None) -> str:
    """A delay as a note value where it is one: "3/16", "1/8 triplet" is "1/12"."""
    if ticks is not None:
        value = Fraction(ticks, 4 * song.ppq)
        near = value.limit_denominator(32)
        if abs(value - near) * 4 * song.ppq <= 2:
            return str(near)
    return f"{seconds * 1000:.0f} ms"
