"""Mute, solo, volume and instrument of tracks while one listens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from duv_studio.ui.document.document import Document
from duv_studio.ui.playback import mixing as mix
from duv_studio.ui.playback.mixing import Mixing
from tests.songs import make_song, make_track

ROWS = [(i * 240, 200, 60, 80) for i in range(4)]


@pytest.fixture
def mixing(qtbot: QtBot) -> Mixing:
    document = Document()
    document.set_song(make_song(*(make_track(ROWS, index=i, channel=i) for i in range(3))))
    made = Mixing(document, document)
    made.setProperty("document", document)  # lives as long
    return made


def keys(mixing: Mixing) -> list[str]:
    assert mixing.document.song is not None
    return [track.key for track in mixing.document.song.tracks]


def test_solo_silences_the_rest_and_gives_mutes_back(mixing: Mixing) -> None:
    one, two, three = keys(mixing)
    mixing.set_muted(one, True)
    mixing.set_gain(two, 0.5)
    assert mixing.gains() == (0.0, 0.5, 1.0)
    mixing.set_solo(one, True)  # also what is muted
    assert mixing.gains() == (1.0, 0.0, 0.0)
    mixing.set_solo(three, True)
    assert mixing.gains() == (1.0, 0.0, 1.0)
    assert [mixing.is_heard(key) for key in keys(mixing)] == [True, False, True]
    mixing.clear_solos()
    assert mixing.gains() == (0.0, 0.5, 1.0)
    mixing.clear_mutes()
    assert mixing.gains() == (1.0, 0.5, 1.0)


def test_another_song_begins_afresh_and_a_song_whose_names_are_read_anew_does_not(mixing: Mixing, tmp_path) -> None:
    from dataclasses import replace

    document, key = mixing.document, keys(mixing)[0]
    assert document.song is not None
    song = replace(document.song, path=tmp_path / "a.mid")
    document.set_song(song)
    mixing.set_muted(key, True)
    mixing.set_program(key, 40)
    document.reread_song(replace(song))
    assert mixing.gains()[0] == 0.0 and mixing.programs() == {0: 40}
    document.set_song(replace(song, path=tmp_path / "b.mid"))
    assert mixing.gains() == (1.0, 1.0, 1.0) and mixing.programs() == {}


def test_programs_are_told_by_index_and_only_when_they_change(mixing: Mixing) -> None:
    told: list[object] = []
    mixing.programs_changed.connect(lambda: told.append(mixing.programs()))
    key = keys(mixing)[2]
    mixing.set_program(key, 12)
    mixing.set_program(key, 12)
    mixing.set_program(key, None)
    assert told == [{2: 12}, {}]


@given(st.just(0.0) | st.floats(0.02, 1.0))
def test_a_control_stands_where_its_gain_says(share: float) -> None:
    gain = mix.gain_at(share)
    assert 0.0 <= gain <= 10 ** (mix.LOUDEST_DB / 20) + 1e-9
    assert mix.gain_at(mix.share_of(gain)) == pytest.approx(gain)
    if gain not in (0.0, mix.UNCHANGED):
        assert mix.share_of(gain) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("gain", "words"), [(1.0, "0.0 dB"), (0.5, "−6.0 dB"), (0.0, "silent"), (1.19, "+1.5 dB"), (0.9999, "0.0 dB")]
)
def test_gains_in_words(gain: float, words: str) -> None:
    assert mix.decibels(gain) == words


def test_keys_step_from_silence_to_the_loudest() -> None:
    gain, seen = 0.0, []
    for _ in range(60):
        gain = mix.stepped_gain(gain, 1.0)
        seen.append(mix.decibels(gain))
    assert seen[0] == "−36.0 dB" and "0.0 dB" in seen and seen[-1] == "+6.0 dB"
    for _ in range(60):
        gain = mix.stepped_gain(gain, -1.0)
    assert gain == 0.0
