"""Pitches as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.music.pitch_names import check_pitches, parse_pitches, pitch_name, ranges_text
from duv_studio.errors import DuvError


@pytest.mark.parametrize(("pitch", "name"), [(60, "C4"), (0, "C-1"), (127, "G9"), (61, "C#4")])
def test_pitch_names(pitch: int, name: str) -> None:
    assert pitch_name(pitch) == name


@pytest.mark.parametrize(
    ("text", "pitches"),
    [
        ("C4", {60}), ("c4", {60}), ("60", {60}), ("B#3", {60}), ("Cb4", {59}), ("B♭0", {22}), ("F♯2", {42}),
        ("bb1", {34}), ("C-1", {0}), ("C-1-D-1", {0, 1, 2}), ("C0-B0", set(range(12, 24))), ("24-26", {24, 25, 26}),
        ("C1..D1", {24, 25, 26}), ("C1 – C#1", {24, 25}), ("E1-28", {28}),
    ],
)  # fmt: skip
def test_what_is_read(text: str, pitches: set[int]) -> None:
    assert parse_pitches(text) == pitches


@pytest.mark.parametrize(
    "text", ["", "H4", "C", "128", "G#9", "C-2", "B0-C0", "C4-", "kick", "C4 E4", "-5", "4.5", "C4b"]
)
def test_what_is_none(text: str) -> None:
    assert parse_pitches(text) is None
    with pytest.raises(DuvError, match="which names no pitch") as told:
        check_pitches(text, "protect")
    assert "C4 is 60" in told.value.hint


@given(st.frozensets(st.integers(0, 127)))
def test_what_is_written_down_is_read_again(pitches: frozenset[int]) -> None:
    words = [word for word in ranges_text(pitches).split(", ") if word]
    assert frozenset().union(*(check_pitches(word, "it") for word in words)) == pitches
