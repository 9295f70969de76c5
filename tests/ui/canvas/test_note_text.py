"""The words about a note: names, bars and beats in every meter, before and after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import TrackPerformance
from duv_studio.ui.canvas.note_text import hover_text, picked_text, pitch_name, position_text, signed, tooltip
from duv_studio.ui.canvas.scene import Scene
from tests.ui.canvas.songs import PPQ, changed, selection_of, song_of


@pytest.mark.parametrize(
    ("pitch", "name"), [(60, "C4"), (0, "C-1"), (127, "G9"), (61, "C♯4"), (70, "B♭4"), (21, "A0"), (108, "C8")]
)
def test_pitch_names(pitch: int, name: str) -> None:
    assert pitch_name(pitch) == name


@pytest.mark.parametrize(("change", "words"), [(12, "+12"), (-3, "−3"), (0, "±0")])
def test_signed(change: int, words: str) -> None:
    assert signed(change) == words


@pytest.mark.parametrize(
    ("tick", "signatures", "words"),
    [
        (0, [], "bar 1 beat 1"),
        (9 * PPQ, [], "bar 3 beat 2"),
        (9 * PPQ + PPQ // 2, [], "bar 3 beat 2.5"),
        (PPQ // 3, [], "bar 1 beat 1.33"),
        (4 * PPQ, [(0, 3, 4)], "bar 2 beat 2"),
        (3 * PPQ // 2, [(0, 6, 8)], "bar 1 beat 2"),
        (2 * PPQ, [(0, 6, 8)], "bar 1 beat 2.33"),
        (PPQ, [(0, 7, 8)], "bar 1 beat 3"),
        (2 * PPQ, [(0, 2, 2)], "bar 1 beat 2"),
        (4 * PPQ + 3 * PPQ, [(0, 4, 4), (4 * PPQ, 3, 4)], "bar 3 beat 1"),
    ],
)
def test_positions(tick: int, signatures: list[tuple[int, int, int]], words: str) -> None:
    song = song_of([(0, PPQ, 60, 62)], signatures=signatures)
    assert position_text(song.meter.position(tick)) == words


def test_hover_line_before_and_after() -> None:
    song = song_of([(9 * PPQ, round(0.48 * PPQ), 60, 62)], names=["ピアノ"])
    scene = Scene().with_song(song)
    assert hover_text(scene, 0) == "C4 · bar 3 beat 2 · 62 · 0.48 beat · ピアノ"
    after = (TrackPerformance(song.tracks[0].notes.velocity + 12, song.tracks[0].notes.duration - 19),)
    line = "C4 · bar 3 beat 2 · 62 → 74 (+12) · 0.48 → 0.44 beat · ピアノ"
    assert hover_text(scene.with_performance(after), 0) == line


def test_hover_line_of_a_note_that_was_left_alone_says_why() -> None:
    song = song_of([(0, PPQ, 60, 62)], [(PPQ, PPQ, 40, 90)])
    scene = Scene().with_song(song).with_selection(selection_of(song, excluded=[1]))
    scene = scene.with_performance(song.as_written())
    assert hover_text(scene, 1) == 'E2 · bar 1 beat 2 · 90 · 1.00 beat · B · excluded by "B"'
    assert hover_text(scene, 0) == "C4 · bar 1 beat 1 · 62 → 62 (±0) · 1.00 → 1.00 beat · A"


def test_unnamed_track_has_no_trailing_separator() -> None:
    song = song_of([(0, PPQ, 60, 62)], names=[""])
    assert hover_text(Scene().with_song(song).with_performance(changed(song, -2)), 0).endswith("1.00 → 1.00 beat")


@pytest.mark.parametrize(
    ("signature", "words"), [((0, 6, 8), "beat 2 · 62 · 0.50 beat"), ((0, 2, 2), "beat 1.75 · 62 · 0.38 beat")]
)
def test_place_and_duration_are_told_in_the_same_beats(signature: tuple[int, int, int], words: str) -> None:
    song = song_of([(3 * PPQ // 2, 3 * PPQ // 4, 60, 62)], signatures=[signature])
    assert words in hover_text(Scene().with_song(song), 0)


def test_a_locked_note_says_so_on_the_line_and_in_the_tooltip() -> None:
    song = song_of([(0, PPQ, 60, 62), (PPQ, PPQ, 64, 62)])
    scene = Scene().with_song(song).with_locked({song.tracks[0].key: frozenset({1})})
    scene = scene.with_performance(song.as_written())
    assert hover_text(scene, 1) == "E4 · bar 1 beat 2 · 62 · 1.00 beat · A · locked"
    assert tooltip(scene, 1).startswith("Locked: ")
    assert tooltip(scene, 0) == ""


def test_what_is_selected_in_words() -> None:
    song = song_of([(i * PPQ, PPQ, 60, 62) for i in range(3)])
    scene = Scene().with_song(song).with_locked({song.tracks[0].key: frozenset({1})})
    said = [picked_text(replace(scene, picked=np.array(rows, int))) for rows in ([], [0], [1], [0, 1])]
    assert said == [
        "",
        "1 note selected · K locks · Esc selects none",
        "1 note selected (1 locked) · K unlocks · Esc selects none",
        "2 notes selected (1 locked) · K locks · Esc selects none",
    ]
