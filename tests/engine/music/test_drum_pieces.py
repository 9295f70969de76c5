"""Pieces of the drum kit by name, on kits and on tracks of their own."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.features.note_features import Features, features, note_table
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.drum_pieces import (
    PIECES,
    heard_pitch,
    is_piece,
    piece_name,
    pitches_of_piece,
    pitches_text,
    plays_one_piece,
    without_edges,
)
from duv_studio.engine.music.part_rows import protected_words
from duv_studio.engine.music.part_rules import pitches_named
from tests.songs import PPQ, make_song, make_track


def pitches(word: str, name: str = "Drums", family: Family = Family.DRUMS, played: tuple[int, ...] = ()) -> set[int]:
    rows = [(i * PPQ, PPQ, p, 80) for i, p in enumerate(played or range(35, 60))]
    return set(pitches_of_piece(make_track(rows, name=name, family=family), word))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("kick", {35, 36}), ("Kick", {35, 36}), ("BD", {35, 36}), ("bass drum", {35, 36}), ("snare", {38, 40}),
        ("SD", {38, 40}), ("hat", {42, 44, 46}), ("Hi-Hat", {42, 44, 46}), ("hihat", {42, 44, 46}), ("open hat", {46}),
        ("closed_hat", {42}), ("rim", {37}), ("clap", {39}), ("toms", {41, 43, 45, 47, 48, 50}), ("crash", {49, 57}),
        ("ride", {51, 53, 59}), ("cowbell", {56}),
    ],
)  # fmt: skip
def test_pieces_of_a_kit(word: str, expected: set[int]) -> None:
    assert is_piece(word) and pitches(word) == expected


@pytest.mark.parametrize("word", ["C1", "36", "kazoo", "", "C0-B0"])
def test_other_words_are_none(word: str) -> None:
    assert not is_piece(word)


@pytest.mark.parametrize("word", PIECES)
def test_instruments_that_are_no_drums_have_no_pieces(word: str) -> None:
    assert pitches(word, name="Kick", family=Family.PIANO) == set()


@pytest.mark.parametrize(
    ("name", "word", "played", "expected"),
    [
        ("Kick", "kick", (60,), {60}),  # a drum machine's channel, at the pitch that it was drawn
        ("01 KICK in", "bd", (24,), {24}),
        ("Snare", "kick", (60,), set()),
        ("Snare top", "snare", (36, 38), {36, 38}),
        ("Open Hat", "hat", (60,), {60}),
        ("Hats", "open hat", (42, 46), {46}),
        ("Kick + Snare", "kick", (36, 38), {35, 36}),
        ("Ch 10", "closed hat", (36, 42), {42}),
        ("Snare kit", "kick", (36, 38, 42, 46, 49), {35, 36}),
        ("Drums", "hat", (22, 36, 42), {22, 42, 44, 46}),  # edges only where the kit has them
        ("Drums", "closed hat", (22, 26, 36), {22, 42}),
        ("Drums", "open hat", (26, 36), {26, 46}),
        ("Hi-Hat", "hat", (22, 26, 42, 44, 46), {22, 26, 42, 44, 46}),
        ("Hi-Hat", "kick", (22, 26, 42, 44, 46), set()),
    ],
)
def test_a_track_of_one_piece(name: str, word: str, played: tuple[int, ...], expected: set[int]) -> None:
    assert pitches(word, name, played=played) == expected


@pytest.mark.parametrize(
    ("name", "played", "text"),
    [
        ("Drums", {35, 36, 38, 40}, "kick, snare"),
        ("Drums", {36, 42, 44, 46}, "closed hat, pedal hat, open hat, C2"),
        ("Kick", {60}, "kick"),
        ("Drums", set(), ""),
        ("Drums", {99}, "D#7"),
    ],
)
def test_pitches_are_written_as_pieces(name: str, played: set[int], text: str) -> None:
    track = make_track([(0, PPQ, 60, 80)], name=name, family=Family.DRUMS)
    assert pitches_text(track, frozenset(played)) == text
    words = protected_words(text or "none", "it")
    assert pitches_named(track, words) == played


@pytest.mark.parametrize(("kept", "text"), [({22, 42}, "closed hat"), ({42}, "F#2"), ({22, 46}, "A#0, A#2")])
def test_a_hat_with_edges_is_named_with_its_edges(kept: set[int], text: str) -> None:
    rows = [(i * PPQ, PPQ, pitch, 80) for i, pitch in enumerate((22, 26, 36, 42, 46))]
    track = make_track(rows, name="Drums", family=Family.DRUMS)
    assert pitches_text(track, frozenset(kept)) == text
    assert pitches_named(track, protected_words(text, "it")) == kept


def test_every_piece_has_its_name_back() -> None:
    assert [piece_name(p) for p in (36, 38, 42, 22, 46, 26, 43, 45, 49, 51, 20)] == [
        "kick", "snare", "closed hat", "closed hat", "open hat", "open hat", "floor tom", "tom", "crash", "ride", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "family", "pitches", "heard"),
    [
        ("Kick", Family.DRUMS, (60,), {36}),
        ("Kick", Family.DRUMS, (35,), {35}),
        ("Kick", Family.DRUMS, (36, 60), {36, 60}),
        ("Snare 2", Family.DRUMS, (48, 49), {38}),
        ("Hi-Hat", Family.DRUMS, (46, 42), {42, 46}),
        ("Hi-Hat", Family.DRUMS, (60,), {42}),  # no kit without edges is heard as one with them
        ("Open Hat", Family.DRUMS, (60,), {46}),
        ("Hi-Hat", Family.DRUMS, (22, 26), {22, 26}),
        ("BD", Family.DRUMS, (1,), {36}),
        ("Ride", Family.DRUMS, (72,), {51}),
        ("Drums", Family.DRUMS, (60, 62), {60, 62}),
        ("Kick and Snare", Family.DRUMS, (60, 62), {60, 62}),
        ("Kick", Family.DRUMS, (60, 61, 62, 63, 64), {60, 61, 62, 63, 64}),
        ("Kick", Family.BASS, (60,), {60}),
        ("Conga", Family.PERCUSSION, (50,), {50}),
    ],
)
def test_a_single_piece_is_heard_at_its_pitch_of_general_midi(
    name: str, family: Family, pitches: tuple[int, ...], heard: set[int]
) -> None:
    rows = [(i * 480, 120, pitches[i % len(pitches)], 80) for i in range(12)]
    track = make_track(rows, name=name, family=family)
    assert set(heard_pitch(track).tolist()) == heard
    assert len(heard_pitch(track)) == len(track.notes)


def test_all_strokes_of_a_hat_are_one_piece() -> None:
    rows = [(i * PPQ, PPQ, pitch, 80) for i, pitch in enumerate((22, 26, 42, 44, 46))]
    assert plays_one_piece(make_track(rows, name="Hi-Hat", family=Family.DRUMS))
    others = [(0, PPQ, 49, 80), (0, PPQ, 51, 80)]
    assert not plays_one_piece(make_track([*rows, *others], name="Hi-Hat", family=Family.DRUMS))


def test_edges_are_hats_where_there_are_no_edges() -> None:
    every = np.arange(128)
    plain = without_edges(every)
    assert {p: int(to) for p, to in enumerate(plain) if p != to} == {22: 42, 26: 46}
    np.testing.assert_array_equal(without_edges(plain), plain)
    np.testing.assert_array_equal(every, np.arange(128), err_msg="what was given stays as it is")


def test_the_model_reads_a_sampled_kick_as_a_kick() -> None:
    def read(pitch: int) -> Features:
        track = make_track([(i * 480, 120, pitch, 80) for i in range(16)], name="Kick", family=Family.DRUMS)
        return features(note_table(make_song(track), track, np.ones(16, bool)))

    assert np.array_equal(read(60).indices, read(36).indices) and np.array_equal(read(60).floats, read(36).floats)
