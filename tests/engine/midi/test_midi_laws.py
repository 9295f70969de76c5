"""Laws of reading and writing MIDI files, held against a plain reader that shares no code with the engine."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.errors import DuvError
from tests.engine.midi_strategies import damaged_files, midi_files
from tests.engine.plain_midi import PlainChunk, PlainNote, read_chunks

_slow_to_build = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_seeds = st.randoms(use_true_random=False)


def _voice_of(song: Song, track: int, note: int) -> tuple[int, int, int]:
    t = song.tracks[track]
    return t.port, t.channel, int(t.notes.pitch[note])


def _places(song: Song) -> dict[tuple[int, int], tuple[int, int]]:
    """(chunk, event of the note-on) -> (track, note)."""
    return {(t.chunk, int(on)): (t.index, i) for t in song.tracks for i, on in enumerate(t.notes.on_event)}


def _random_performance(song: Song, dice: random.Random, share: float = 0.7) -> Performance:
    """Any velocities, and durations that may be out of all order."""
    played = []
    for track in song.tracks:
        velocity, duration = track.notes.velocity.copy(), track.notes.duration.copy()
        for i in range(len(track.notes)):
            if dice.random() < share:
                velocity[i] = dice.randint(1, 127)
            if dice.random() < share and track.notes.off_event[i] >= 0:
                duration[i] = max(0, duration[i] + dice.choice([-200, -5, -2, -1, 1, 2, 5, 200]))
        played.append(TrackPerformance(velocity, duration))
    return tuple(played)


def _legal(chunks: list[PlainChunk], song: Song, performance: Performance) -> Performance:
    """The performance with every note-off brought where any reader would pair it right.

    Notes of one voice end in the order in which they began, before a later stray note-off, on their own side of any
    change of port, and no later than their track.
    """
    played = [TrackPerformance(p.velocity.copy(), p.duration.copy()) for p in performance]
    places = _places(song)
    for number, chunk in enumerate(chunks):
        earlier: dict[tuple[int, int, int], int] = {}
        for note in (n for n in chunk.notes if n.off is not None):
            track, i = places[number, note.on]
            low, high = _range(chunk, note)
            onset = chunk.tick(note.on)
            end = min(max(onset + int(played[track].duration[i]), low, earlier.get(note.voice, 0)), high)
            earlier[note.voice] = end
            played[track].duration[i] = end - onset
    return tuple(played)


def _range(chunk: PlainChunk, note: PlainNote) -> tuple[int, int]:
    """The lowest and highest legal end of a note, but for the other notes of its voice."""
    ends = [tick for tick, event in chunk.events if event[:2] == b"\xff\x2f"]
    assert note.off is not None
    port = chunk.ports[note.off]
    changes = [i for i in range(len(chunk.events)) if chunk.ports[i] != (chunk.ports[i - 1] if i else 0)]
    low = max([chunk.tick(note.on), *(chunk.tick(i) for i in changes if i < note.off)])
    walls = [i for i in changes if i > note.off]
    strays = [i for i in chunk.strays if i > note.on and _voice(chunk, i) == (port, *note.voice[1:])]
    return low, min([10**9, *ends, *(chunk.tick(i) for i in walls + strays)])


def _voice(chunk: PlainChunk, i: int) -> tuple[int, int, int]:
    event = chunk.events[i][1]
    return chunk.ports[i], event[0] & 0x0F, event[1]


def _moved(chunks: list[PlainChunk], song: Song, performance: Performance) -> list[set[int]]:
    """Per chunk, the notes (by their number in it) whose duration is edited."""
    places = _places(song)
    result = []
    for number, chunk in enumerate(chunks):
        edited = set()
        for k, note in enumerate(chunk.notes):
            track, i = places[number, note.on]
            if performance[track].duration[i] != song.tracks[track].notes.duration[i]:
                edited.add(k)
        result.append(edited)
    return result


@_slow_to_build
@given(midi_files())
def test_notes_are_those_of_the_plain_reader(data: bytes) -> None:
    song = parse(data)
    chunks, _ = read_chunks(data)
    places = _places(song)
    assert len(places) == sum(len(chunk.notes) for chunk in chunks)
    for number, chunk in enumerate(chunks):
        for note in chunk.notes:
            track, i = places[number, note.on]
            notes = song.tracks[track].notes
            assert _voice_of(song, track, i) == note.voice
            assert notes.onset[i] == chunk.tick(note.on)
            assert notes.velocity[i] == chunk.events[note.on][1][2]
            assert notes.duration[i] == chunk.duration(note)
            assert notes.off_event[i] == (-1 if note.off is None else note.off)


@_slow_to_build
@given(midi_files())
def test_every_byte_of_a_chunk_belongs_to_an_event_or_its_tail(data: bytes) -> None:
    chunks, _ = read_chunks(data)
    for ours, plain in zip(parse(data).source.chunks, chunks, strict=True):
        events = ours.events
        assert events.tick.tolist() == [tick for tick, _ in plain.events]
        assert ours.body[events.stop :] == plain.tail
        ends = events.start + events.length
        assert np.array_equal(events.delta_start, np.append(0, ends)[:-1] if len(events) else ends)
        for i, (_, event) in enumerate(plain.events):
            raw = ours.body[events.start[i] : ends[i]]
            assert event == (raw if events.explicit[i] else bytes([events.status[i]]) + raw)


@_slow_to_build
@given(midi_files())
def test_nothing_edited_gives_the_same_bytes(data: bytes) -> None:
    song = parse(data)
    assert encode(song) == data
    assert encode(song, song.as_written()) == data


@_slow_to_build
@given(midi_files(), _seeds)
def test_a_legal_performance_is_read_back_and_nothing_else_changes(data: bytes, dice: random.Random) -> None:
    song, (chunks, around) = parse(data), read_chunks(data)
    performance = _legal(chunks, song, _random_performance(song, dice))
    written = encode(song, performance)
    again, (new_chunks, new_around) = parse(written), read_chunks(written)
    for track, other, played in zip(song.tracks, again.tracks, performance, strict=True):
        ended = track.notes.off_event >= 0
        assert other.key == track.key and other.name == track.name and other.program == track.program
        assert np.array_equal(other.notes.onset, track.notes.onset)
        assert np.array_equal(other.notes.pitch, track.notes.pitch)
        assert np.array_equal(other.notes.velocity, played.velocity)
        assert np.array_equal(other.notes.duration[ended], played.duration[ended])
        assert np.array_equal(other.notes.off_event >= 0, ended)
    assert again.warnings == ()
    assert new_around == around
    for old, new, edited in zip(chunks, new_chunks, _moved(chunks, song, performance), strict=True):
        assert new.tail == old.tail
        assert old.others({o for k in edited if (o := old.notes[k].off) is not None}) == new.others(
            {o for k in edited if (o := new.notes[k].off) is not None}
        )
        # A moved note-off keeps its form and its release velocity.
        for k in edited:
            a, b = old.notes[k].off, new.notes[k].off
            assert a is not None and b is not None and old.events[a][1] == new.events[b][1]


@_slow_to_build
@given(midi_files(), _seeds)
def test_writing_what_was_written_changes_nothing(data: bytes, dice: random.Random) -> None:
    song = parse(data)
    performance = _random_performance(song, dice)
    once = encode(song, performance)
    again = parse(once)
    assert encode(again, again.as_written()) == once
    legal = _legal(read_chunks(data)[0], song, performance)
    once = encode(song, legal)
    assert encode(parse(once), legal) == once


@_slow_to_build
@given(midi_files(), _seeds)
def test_any_performance_leaves_other_events_and_other_notes_alone(data: bytes, dice: random.Random) -> None:
    song, (chunks, _) = parse(data), read_chunks(data)
    performance = _random_performance(song, dice, share=0.4)
    again = parse(encode(song, performance))
    for track, other, played in zip(song.tracks, again.tracks, performance, strict=True):
        same = (played.duration == track.notes.duration) & (track.notes.off_event >= 0)
        assert np.array_equal(other.notes.onset, track.notes.onset)
        assert np.array_equal(other.notes.velocity, played.velocity)
        assert np.array_equal(other.notes.duration[same], played.duration[same])
        assert (other.notes.duration >= 0).all()
    for old, new in zip(chunks, read_chunks(encode(song, performance))[0], strict=True):
        assert old.others({n.off for n in old.notes if n.off is not None}) == new.others(
            {n.off for n in new.notes if n.off is not None}
        )


@_slow_to_build
@given(midi_files(), _seeds)
def test_chunks_without_edits_keep_their_bytes(data: bytes, dice: random.Random) -> None:
    song = parse(data)
    chosen = dice.choice(song.tracks).chunk
    performance = tuple(
        p if track.chunk == chosen else written
        for track, p, written in zip(song.tracks, _random_performance(song, dice), song.as_written(), strict=True)
    )
    new = parse(encode(song, performance)).source.chunks
    for number, (a, b) in enumerate(zip(song.source.chunks, new, strict=True)):
        assert number == chosen or a.body == b.body


@_slow_to_build
@given(damaged_files(), _seeds)
def test_damaged_files_are_read_or_refused_and_written_sound(data: bytes, dice: random.Random) -> None:
    try:
        song = parse(data)
    except DuvError as error:
        assert error.message and error.hint and error.file is not None
        return
    assert encode(song) == data and encode(song, song.as_written()) == data
    performance = _random_performance(song, dice)
    again = parse(encode(song, performance))
    assert [t.key for t in again.tracks] == [t.key for t in song.tracks]
    for track, other, played in zip(song.tracks, again.tracks, performance, strict=True):
        assert np.array_equal(other.notes.onset, track.notes.onset)
        assert np.array_equal(other.notes.velocity, played.velocity)
    assert encode(again, again.as_written()) == encode(song, performance)


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_noise_is_read_or_refused(noise: bytes, with_header: bool) -> None:
    data = b"MThd\0\0\0\6\0\1\0\2\0\x60MTrk" + len(noise).to_bytes(4, "big") + noise if with_header else noise
    try:
        assert encode(parse(data)) == data
    except DuvError as error:
        assert str(error)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_wishes_out_of_order_are_met_with_the_least_change(wishes: list[int]) -> None:
    """Notes of one voice that all begin at 0: what is written back is no further from the wishes than any other way."""
    on, off = b"\x00\x90\x3c\x40", b"\x01\x80\x3c\x40"
    body = on * len(wishes) + off * len(wishes)
    song = parse(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(body).to_bytes(4, "big") + body)
    wished = np.array(wishes)
    got = parse(encode(song, (TrackPerformance(song.tracks[0].notes.velocity, wished),))).tracks[0].notes.duration
    kept = wished == song.tracks[0].notes.duration
    ways = [np.array(w) for w in combinations_with_replacement(range(7), len(wishes))]
    possible = [w for w in ways if np.array_equal(w[kept], wished[kept])]
    assert np.array_equal(got[kept], wished[kept])
    assert np.abs(got - wished).sum() == min(np.abs(w - wished).sum() for w in possible)
