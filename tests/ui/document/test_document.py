"""The document: selection, performance and undo follow the settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family, Performance, Song
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import blend
from duv_studio.engine.performance.sampling import draw
from duv_studio.ui.document import document as module
from duv_studio.ui.document.document import Document
from tests.songs import make_song, make_track, predict


@pytest.fixture
def song() -> Song:
    rows = [(i * 240, 200, 60 + i % 7, 80) for i in range(40)]
    return make_song(make_track(rows), make_track(rows, index=1, name="Bass"))


@pytest.fixture
def document(qtbot: QtBot, song: Song) -> Document:
    """With a song, a prediction of all its tracks and the draw that belongs to it."""
    document = Document()
    document.set_song(song)
    document.add_prediction(document.missing_readings(), predict(song))
    bring_draw(document)
    return document


def bring_draw(document: Document) -> None:
    assert document.song is not None
    key = document.wanted_draw
    document.set_draw(key, draw(document.song, document.prediction, seed=key[0], variation=key[1]))
    document.settle()


def same(one: Performance | None, other: Performance | None) -> bool:
    assert one is not None
    assert other is not None
    return all(
        np.array_equal(a.velocity, b.velocity) and np.array_equal(a.duration, b.duration)
        for a, b in zip(one, other, strict=True)
    )


def test_the_performance_is_the_engines(document: Document, song: Song) -> None:
    s = document.settings
    drawn = draw(song, predict(song), seed=s.seed, variation=s.variation)
    assert same(document.performance, blend(song, drawn, s, document.selection))
    assert not same(document.performance, song.as_written())
    assert document.ready


def test_intensity_0_is_the_file(document: Document, song: Song) -> None:
    document.change("Intensity", intensity=0.0)
    document.settle()
    assert same(document.performance, song.as_written())


def test_undo_and_redo_bring_settings_and_performance_back(document: Document) -> None:
    before, first = document.settings, document.performance
    document.change("Intensity", intensity=0.3)
    document.settle()
    second = document.performance
    assert document.undo_label == "Intensity"
    document.undo()
    document.settle()
    assert document.settings == before
    assert same(document.performance, first)
    document.redo()
    document.settle()
    assert document.settings.intensity == 0.3
    assert same(document.performance, second)


def test_a_drag_is_one_step_however_slow(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    document.hold()
    for intensity in (0.8, 0.7, 0.6):
        clock[0] += 60
        document.change("Intensity", "intensity", intensity=intensity)
    document.release()
    document.change("Intensity", "intensity", intensity=0.5)
    document.undo()
    assert document.settings.intensity == 0.6
    document.undo()
    assert document.settings.intensity == 0.9
    assert document.undo_label is None


def test_quick_key_presses_are_one_step_and_a_pause_ends_it(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    for pause, intensity in ((0.0, 0.85), (0.2, 0.8), (5.0, 0.75)):
        clock[0] += pause
        document.change("Intensity", "intensity", intensity=intensity)
    document.undo()
    assert document.settings.intensity == 0.8
    document.undo()
    assert document.settings.intensity == 0.9


def test_a_wrong_pattern_humanizes_nothing(document: Document, song: Song) -> None:
    document.change("Include Pattern", include="(")
    document.settle()
    assert document.selection_error is not None
    assert not any(s.included for s in document.selection)
    assert same(document.performance, song.as_written())
    document.change("Include Pattern", include="Bass")
    document.settle()
    assert document.selection_error is None
    assert [s.included for s in document.selection] == [False, True]


def test_tracks_are_included_by_hand_and_given_back_to_the_patterns(document: Document, song: Song) -> None:
    keys = [t.key for t in song.tracks]
    document.change("Exclude Pattern", exclude="Bass")
    document.set_track_included({keys[1]: True, keys[0]: False}, "By hand")
    assert [s.included for s in document.selection] == [False, True]
    document.set_track_included({keys[1]: None}, "Patterns")
    assert [s.included for s in document.selection] == [False, False]
    document.undo()
    assert [s.included for s in document.selection] == [False, True]


def test_track_intensity_reaches_one_track(document: Document, song: Song) -> None:
    before = document.performance
    document.set_track_intensity(song.tracks[1].key, 0.0, "Track Intensity")
    document.settle()
    assert before is not None
    assert document.performance is not None
    assert np.array_equal(document.performance[0].velocity, before[0].velocity)
    assert np.array_equal(document.performance[1].velocity, song.tracks[1].notes.velocity)


def test_only_what_needs_the_model_waits_for_it(document: Document, song: Song) -> None:
    document.change("Intensity", intensity=0.1)
    document.settle()
    assert document.ready
    document.change("Next Variation", seed=1)
    document.settle()
    assert not document.ready
    assert document.missing_tracks() == frozenset()
    bring_draw(document)
    assert document.ready
    document.change("Protect Key-Switches", protect_keyswitches=False)
    assert document.missing_tracks() == {0, 1}
    document.undo()
    assert document.missing_tracks() == frozenset()


def test_a_track_of_which_the_model_says_nothing_is_not_asked_for_again(qtbot: QtBot, song: Song) -> None:
    document = Document()
    document.set_song(song)
    document.add_prediction(document.missing_readings(), {0: predict(song)[0]})
    assert document.missing_tracks() == frozenset()


def test_excluded_tracks_are_not_wanted_until_they_are_included(qtbot: QtBot, song: Song) -> None:
    document = Document(Settings(exclude="Bass"))
    document.set_song(song)
    assert document.missing_tracks() == {0}
    document.change("Exclude Pattern", exclude=None)
    assert document.missing_tracks() == {0, 1}


def test_another_song_keeps_general_settings_only(document: Document, song: Song) -> None:
    document.change("Intensity", intensity=0.4)
    document.set_track_included({song.tracks[0].key: False}, "By hand")
    document.set_current_track(1)
    document.set_song(make_song(make_track([(0, 240, 60, 64)])))
    assert document.settings == replace(Settings(), intensity=0.4)
    assert document.undo_label is None
    assert document.performance is None
    assert document.current_track is None


def test_many_changes_blend_once_per_frame(document: Document, qtbot: QtBot) -> None:
    blends: list[int] = []
    document.performance_changed.connect(lambda: blends.append(1))
    for step in range(100):
        document.change("Intensity", "intensity", intensity=step / 100)
    assert len(blends) <= 1  # the rest waits for the next frame, which needs the event loop
    qtbot.waitUntil(lambda: document.ready)
    drawn = draw(document.song, document.prediction, seed=0, variation=0.5)
    assert same(document.performance, blend(document.song, drawn, document.settings, document.selection))


def test_a_gesture_ends_with_its_song(document: Document, song: Song, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    document.hold()
    document.set_song(song)  # the row whose slider was held is gone
    document.change("Intensity", "intensity", intensity=0.5)
    now += 10 * module.PAUSE_S
    document.change("Intensity", "intensity", intensity=0.4)
    document.undo()
    assert document.settings.intensity == 0.5


def test_a_family_set_by_hand_decides_what_a_key_switch_is(qtbot: QtBot) -> None:
    rows = [(i * 240, 200, 60 + i % 7, 80) for i in range(40)]
    switches = [(i * 3840, 60, 12, 1) for i in range(4)]
    document = Document()
    document.set_song(make_song(make_track(rows + switches, name="Lead", program=25, family=Family.GUITAR)))
    assert document.song is not None
    key = document.song.tracks[0].key
    assert int(document.selection[0].protected.sum()) == 4
    document.set_track_family(key, Family.PERCUSSION, "Family")
    assert not document.selection[0].protected.any()
    assert document.tracks[0].family is Family.PERCUSSION
    document.set_track_family(key, None, "Guess")
    assert int(document.selection[0].protected.sum()) == 4
    assert document.settings == Settings()


def test_a_family_set_by_hand_decides_about_drum_durations_at_once(document: Document, song: Song) -> None:
    document.set_track_family(song.tracks[1].key, Family.DRUMS, "Family")
    document.settle()
    assert document.performance is not None
    assert np.array_equal(document.performance[1].duration, song.tracks[1].notes.duration)
    assert not np.array_equal(document.performance[0].duration, song.tracks[0].notes.duration)
    document.change("Drum Durations", drum_durations=True)
    document.settle()
    assert not np.array_equal(document.performance[1].duration, song.tracks[1].notes.duration)
