"""MIDI files through the reader and the writer, laid beside what a reader of its own finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import ClassVar

import numpy as np

from duv_studio.engine.midi import midi_file, wrappers
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from tests.engine.midi_strategies import midi_files
from tests.fuzz.drawn import drawn
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.smf import SMF, in_mac_binary, of_pieces, pieces_of, wrap
from tests.fuzz.plain_smf import PlainFile, difference, read_body, read_file
from tests.midi_builder import TrackSpec, build_song, meta, sysex

_STEPS = (-100000, -200, -5, -2, -1, 1, 2, 5, 200, 100000)


class MidiHunt(Hunt):
    """Any bytes are a song or a refusal; what is written differs by velocities and note-offs alone."""

    name = "midi"
    suffixes = (".mid", ".midi", ".kar", ".rmi")
    share = 2.0
    mutators: ClassVar[Sequence[Mutator]] = SMF
    drawn: ClassVar[int] = 150  # seeds, beside those made by hand

    def seeds(self, seed: int) -> list[bytes]:
        return midi_seeds(seed, self.drawn)

    def mutated(self, dice: Random, pool: Sequence[bytes]) -> bytes:
        data = super().mutated(dice, pool)
        wrapper = dice.choice([None] * 8 + [wrap, in_mac_binary])
        return wrapper(dice, data, pool) if wrapper else data

    def pieces(self, data: bytes) -> list[bytes]:
        return pieces_of(data)

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        return of_pieces(pieces)

    def check(self, data: bytes, dice: Random) -> None:
        song = midi_file.parse(data)
        check_numbers(song)
        check_reading(song, data)
        if midi_file.encode(song) != data or midi_file.encode(song, song.as_written()) != data:
            raise Broken("nothing edited changes bytes")
        check_written(song, any_performance(song, dice), data)


def midi_seeds(seed: int, count: int) -> list[bytes]:
    """Files that hypothesis draws, whose laws the tests hold, and a few made by hand."""
    return [*drawn(midi_files(), seed, count), *made_by_hand()]


def made_by_hand() -> list[bytes]:
    """Songs as sequencers write them: a band, a guitar by strings, a piano in two hands, MPE, ports, one chunk."""
    band = [
        TrackSpec([(120 * k, 100, 60 + k % 7, 60 + k % 40) for k in range(48)], name="Piano", program=0),
        TrackSpec([(240 * k, 230, 36 + k % 5, 80) for k in range(24)], 1, "Bass", 33),
        TrackSpec([(120 * k, 10, (36, 42, 38, 42)[k % 4], 100) for k in range(48)], 9, "Drums"),
        TrackSpec([(480 * k, 480, 55 + p, 64) for k in range(8) for p in (0, 4, 7)], 2, "弦楽", 48),
    ]
    strings = [TrackSpec([(240 * k + s, 200, 40 + 5 * s, 90)], s, f"Guitar {s}", 25) for s in range(6) for k in (0, 1)]
    mpe = TrackSpec(
        [(240 * k, 200, 60, 70) for k in range(8)],
        1,
        "Seaboard",
        events=[(0, b"\xb0\x65\x00"), (0, b"\xb0\x64\x06"), (0, b"\xb0\x06\x0f"), (10, b"\xe1\x00\x50")],
    )
    overlapping = TrackSpec([(60 * k, 200, 60, 70) for k in range(16)], 3, "Lead", port=1, end=4000)
    odd = TrackSpec(
        [(0, 10, 60, 64), (20, 0, 60, 64)], 0, b"\xff\x80", events=[(5, sysex(b"\x43\xf7")), (6, meta(0x7F))]
    )
    clocks = {"tempos": [(0, 90), (960, 180)], "signatures": [(0, 3, 4), (1440, 7, 8)]}
    return [
        build_song(band, **clocks),
        build_song(band, smf_format=0, running_status=True, **clocks),
        build_song(strings, ppq=96),
        build_song([mpe, overlapping, odd], ppq=24, running_status=True),
        build_song([overlapping], smf_format=2, ppq=0x7FFF),
        build_song(band[:1], ppq=1),
    ]


def any_performance(song: Song, dice: Random) -> Performance:
    """Any velocities, and durations that may be out of all order, of some notes."""
    share = dice.choice([0.02, 0.3, 1.0])
    return tuple(_any_track(track.notes.velocity, track.notes.duration, share, dice) for track in song.tracks)


def _any_track(velocity: np.ndarray, duration: np.ndarray, share: float, dice: Random) -> TrackPerformance:
    rng = np.random.default_rng(dice.getrandbits(32))
    louder, longer = rng.random((2, len(velocity))) < share
    wished = np.maximum(0, duration + rng.choice(_STEPS, len(duration)))
    return TrackPerformance(
        np.where(louder, rng.integers(1, 128, len(velocity)), velocity), np.where(longer, wished, duration)
    )


def check_numbers(song: Song) -> None:
    """What a song holds is within the ranges that all else relies on."""
    for track in song.tracks:
        notes = track.notes
        if not len(notes) or (np.diff(notes.onset) < 0).any() or notes.onset[0] < 0 or (notes.duration < 0).any():
            raise Broken(f"onsets ascend and durations are not negative: track {track.key}")
        if notes.velocity.min() < 1 or notes.velocity.max() > 127 or notes.pitch.min() < 0 or notes.pitch.max() > 127:
            raise Broken(f"velocities and pitches are those of MIDI: track {track.key}")
    if not np.isfinite(song.tempo.seconds(np.array([0, song.end_tick]))).all():
        raise Broken("the clock is finite")
    for text in (*song.warnings, *getattr(song, "notices", ())):
        if not text.strip() or "\n" in text:
            raise Broken(f"a warning is one sentence: {text!r}")


def check_reading(song: Song, data: bytes) -> None:
    """The notes are those of the plain reader, where no chunk has bytes that one might read otherwise."""
    file = read_file(data)
    if file is None or file.is_cut_off or data[12] >= 0x80 or any(b.tail and not b.ended for b in file.bodies):
        return
    if any(event.data[0] in (0xF4, 0xF5) for body in file.bodies for event in body.events):
        return
    found = sorted((n[0], n[1][2], n[2]) for body in file.bodies for n in body.notes())
    columns = [[getattr(t.notes, name) for t in song.tracks] for name in ("onset", "pitch", "velocity")]
    ours = sorted(zip(*(np.concatenate(column).tolist() for column in columns), strict=True))
    if found != ours:
        raise Broken(f"the notes are those of a plain reader: {len(found)} there, {len(ours)} here")


def check_written(song: Song, performance: Performance, data: bytes) -> bytes:
    """Write a performance, and look at it with the plain comparer and by reading it again; returns the bytes."""
    written = midi_file.encode(song, performance)
    again = midi_file.parse(written)
    before = read_file(data)
    told = difference(before, read_file(written)) if before else difference(_by_engine(song), _by_engine(again))
    if told:
        raise Broken(f"writing changes {told}")
    if [t.key for t in again.tracks] != [t.key for t in song.tracks]:
        raise Broken("the tracks stay what they are")
    for track, other, played in zip(song.tracks, again.tracks, performance, strict=True):
        notes, new = track.notes, other.notes
        if not (np.array_equal(new.onset, notes.onset) and np.array_equal(new.pitch, notes.pitch)):
            raise Broken(f"onsets and pitches stay: track {track.key}")
        if not np.array_equal(new.velocity, np.clip(played.velocity, 1, 127)):
            raise Broken(f"velocities are those of the performance: track {track.key}")
        kept = (np.asarray(played.duration) == notes.duration) & (notes.off_event >= 0)
        if not np.array_equal(new.duration[kept], notes.duration[kept]):
            raise Broken(f"unedited durations stay: track {track.key}")
    if midi_file.encode(again, again.as_written()) != written:
        raise Broken("what was written is written again as it is")
    return written


def _by_engine(song: Song) -> PlainFile:
    """The file by the chunks that the engine found, for lengths that are false; their events are read here."""
    smf, at, around = song.source, song.source.begin, []
    for chunk in smf.chunks:
        around.append(smf.data[at : chunk.offset])
        at = chunk.end
    head, rest = around[0], [*around[1:], smf.data[at : smf.end], wrappers.around(smf.data, smf.begin, smf.end)]
    bodies = [read_body(bytes(chunk.body)) for chunk in smf.chunks]
    tracks = int.from_bytes(head[10:12], "big")
    return PlainFile(head[:10] + head[12:], tracks, bodies, rest, any(chunk.is_cut_off for chunk in smf.chunks))
