"""The checks of written files find what a careless humanizer does, and nothing in what ours does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.engine.music.settings import Settings
from duv_studio.training.evaluation import file_safety as safety
from tests.midi_builder import TrackSpec, build_song
from tests.rule_player import RulePredictor

# A bass with a key-switch far below it, notes that follow each other on one pitch, and a controller.
BASS = [(480 * i, 460, 40 + i % 2, 80) for i in range(40)] + [(0, 120, 2, 100), (9600, 120, 2, 100)]
SETTINGS = replace(Settings(), intensity=1.0)


def song() -> Song:
    spec = TrackSpec(sorted(BASS), 0, "Bass", program=33, events=[(480, b"\xb0\x0b\x40"), (960, b"\xe0\x00\x41")])
    return midi_file.parse(build_song([spec], tempos=[(0, 120)]))


def check(monkeypatch: pytest.MonkeyPatch, change=None) -> dict[str, int]:
    """What is found when the rendered performance is changed."""
    source = song()
    prediction = RulePredictor().predict(source, SETTINGS)
    if change is not None:
        monkeypatch.setattr(safety, "render", lambda song, prediction, settings: change(song))
    return safety.check_file(source, prediction, SETTINGS)


def held(song: Song, factor: float) -> Performance:
    return tuple(TrackPerformance(t.notes.velocity, (t.notes.duration * factor).astype(int)) for t in song.tracks)


def test_nothing_is_wrong_with_what_ours_writes(monkeypatch):
    found = check(monkeypatch)
    assert (found["files"], found["notes"]) == (1, 42)
    assert not any(found[name] for name in safety.CHECKS)


def test_overlaps_and_clicks_are_found(monkeypatch):
    assert check(monkeypatch, lambda song: held(song, 4))["new overlaps"] > 20
    assert check(monkeypatch, lambda song: held(song, 0.02))["cut too short"] == 42
    assert check(monkeypatch, lambda song: held(song, 0.5))["cut too short"] == 0


def test_an_overlap_that_was_there_is_no_new_one():
    overlapping = midi_file.parse(build_song([[(0, 960, 60, 80), (480, 480, 60, 80)]]))
    assert safety.count_new_overlaps(overlapping, overlapping) == 0


def test_note_offs_may_move_and_nothing_else_the_end_of_a_track_included():
    def of(duration: int, controller: int = 240, end: int = 1920) -> list[list[tuple[int, int, bytes]]]:
        spec = TrackSpec([(0, duration, 60, 80)], events=[(controller, b"\xb0\x0b\x40")], end=end)
        return safety.events_without_notes(midi_file.parse(build_song([spec])))

    assert of(480) == of(960)
    assert of(480) != of(480, controller=250)
    assert of(480) != of(480, end=1921)


def test_changed_key_switches_are_found(monkeypatch):
    def louder(song: Song) -> Performance:
        return tuple(TrackPerformance(np.minimum(t.notes.velocity + 5, 127), t.notes.duration) for t in song.tracks)

    found = check(monkeypatch, louder)
    assert found["key-switches changed"] == 2
    assert found["changed at intensity 0"] == 1  # it did so at intensity 0 as well


def test_lost_notes_and_changed_events_are_found(monkeypatch):
    source = song()
    cut = build_song([TrackSpec(sorted(BASS)[:-1], 0, "Bass", program=33)], tempos=[(0, 120)])
    monkeypatch.setattr(safety.midi_file, "encode", lambda song, performance: cut)
    found = safety.check_file(source, {}, SETTINGS)
    assert found["notes added or lost"] == 1
    assert found["other events changed"] == 1


def test_files_are_counted_together():
    source = song()
    prediction = RulePredictor().predict(source, SETTINGS)
    found = safety.check_files([(source, prediction)] * 2, SETTINGS)
    assert (found["files"], found["notes"]) == (2, 84)
    assert safety.check_files([], SETTINGS)["files"] == 0
