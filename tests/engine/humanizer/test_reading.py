"""Reading: what of a track and of the settings reaches the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from duv_studio.engine.features.note_features import State, Style
from duv_studio.engine.humanizer.prediction_request import parts_of
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from tests.songs import PPQ, make_song, make_track


def song() -> Song:
    switch = [(0, PPQ, 12, 100)]
    line = [(i * PPQ, PPQ, 40 + i % 12, 80) for i in range(16)]
    return make_song(
        make_track([*switch, *line], family=Family.BASS), make_track(line, index=1, channel=1, family=Family.BASS)
    )


def test_style_and_locked_notes_are_read() -> None:
    of = song()
    settings = Settings(dynamics=1.0, articulation=-2.0, locked_notes={of.tracks[1].key: frozenset({0, 5})})
    first, second = parts_of(of, (0, 1), select(of, settings), settings)
    assert first.table.style == second.table.style == Style(1.0, -2.0)
    assert not (first.table.state == State.LOCKED).any()
    assert np.flatnonzero(second.table.state == State.LOCKED).tolist() == [0, 5]


def test_keyswitches_are_not_read() -> None:
    of, settings = song(), Settings()
    selection = select(of, settings)
    first, second = parts_of(of, (0, 1), selection, settings)
    assert len(first.table) == len(second.table) == 16 and np.array_equal(first.keep, ~selection[0].keyswitches)


def test_protected_pitches_are_read() -> None:
    of = song()
    settings = Settings(protected_pitches={track.key: frozenset(range(128)) for track in of.tracks})
    for wanted in (settings, Settings()):
        first, second = parts_of(of, (0, 1), select(of, wanted), wanted)
        assert len(first.table) == len(second.table) == 16
    assert all(chosen.protected.all() for chosen in select(of, settings))


def test_locks_of_a_keyswitch_do_not_shift_those_of_played_notes() -> None:
    of = song()
    settings = Settings(locked_notes={of.tracks[0].key: frozenset({0, 1, 3})})
    locked = [n for n in (0, 1, 3) if not select(of, settings)[0].protected[n]]
    (part,) = parts_of(of, (0,), select(of, settings), settings)
    assert np.flatnonzero(part.keep)[part.table.state == State.LOCKED].tolist() == locked and len(locked) == 2


def test_a_part_with_nothing_to_read_is_left_out() -> None:
    of, settings = song(), Settings()
    first, second = select(of, settings)
    nothing = np.ones(len(first.protected), bool)
    parts = parts_of(of, (0, 1), [replace(first, protected=nothing, keyswitches=nothing), second], settings)
    assert [part.track.index for part in parts] == [1]
