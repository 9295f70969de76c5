"""Another humanizer's files are read note by note, whatever it did to tracks, onsets and tempo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duv_studio.errors import DuvError
from duv_studio.training.data.pairs import read_pair
from duv_studio.training.evaluation.external_outputs import (
    ExternalOutputs,
    check_names_match,
    parse_all_external,
    parse_external,
    read_output,
)
from tests.midi_builder import TrackSpec, build_song
from tests.training.data.test_pairs import LEFT, RIGHT, write_pair


def loud(notes: list, first: int, shift: int = 0, stretch: float = 1.0) -> list:
    """The notes with velocities first, first + 1 ..., half as long, moved and stretched in time."""
    return [(int(o * stretch) + shift, int(d * stretch) // 2, p, first + i) for i, (o, d, p, _) in enumerate(notes)]


def written(folder: Path, specs: list, bpm: float = 120) -> Path:
    path = folder / "out.mid"
    path.write_bytes(build_song(specs, tempos=[(0, bpm)]))
    return path


@pytest.fixture
def piece(tmp_path):
    path, _ = write_pair(tmp_path)
    return read_pair(path)


def test_every_note_finds_what_became_of_it(tmp_path, piece):
    right, left = read_output(written(tmp_path, [TrackSpec(loud(RIGHT, 10, 5)), TrackSpec(loud(LEFT, 80, 5))]), piece)
    assert right.velocity.tolist() == [10 + i for i in range(40)]
    assert left.velocity.tolist() == [80 + i for i in range(20)]
    assert right.log_ratio == pytest.approx(np.log(0.5), abs=1e-3)


def test_tracks_may_have_been_merged(tmp_path, piece):
    right, left = read_output(written(tmp_path, [TrackSpec(loud(RIGHT, 10) + loud(LEFT, 80))]), piece)
    assert right.velocity.tolist() == [10 + i for i in range(40)]
    assert left.velocity.tolist() == [80 + i for i in range(20)]


def test_a_file_on_another_clock_is_matched_by_order_and_has_no_lengths(tmp_path, piece):
    slow = [TrackSpec(loud(RIGHT, 10, 4000, 1.5)), TrackSpec(loud(LEFT, 80, 4000, 1.5))]
    right, left = read_output(written(tmp_path, slow), piece)
    assert right.velocity.tolist() == [10 + i for i in range(40)]
    assert np.isnan(left.log_ratio).all()


def test_notes_that_are_gone_were_not_played(tmp_path, piece):
    right, left = read_output(written(tmp_path, [TrackSpec(loud(RIGHT, 10)[::2]), TrackSpec(loud(LEFT, 80))]), piece)
    assert np.array_equal(np.isnan(right.velocity), np.arange(40) % 2 == 1)
    assert left.known.all()


def test_a_repeated_note_goes_to_the_nearest(tmp_path, piece):
    doubled = loud(RIGHT, 10) + [(o + 200, 100, p, 1) for o, _, p, _ in RIGHT]
    right, _ = read_output(written(tmp_path, [TrackSpec(doubled), TrackSpec(loud(LEFT, 80))]), piece)
    assert right.velocity.tolist() == [10 + i for i in range(40)]


def test_a_folder_is_named_and_a_missing_file_is_nobodys_playing(tmp_path, piece):
    outputs = parse_external(f"rival={tmp_path}")
    assert outputs.name == "rival"
    assert [len(played.velocity) for played in outputs.of(piece) or ()] == [40, 20]  # the deadpan file of that name
    (tmp_path / "empty").mkdir()
    assert ExternalOutputs("rival", tmp_path / "empty").of(piece) is None


def test_nobody_takes_the_name_of_another_row(tmp_path):
    assert [of_one.name for of_one in parse_all_external([f"a={tmp_path}", f"b={tmp_path}"])] == ["a", "b"]
    for names in (["flat"], ["a", "a"]):
        with pytest.raises(DuvError, match="taken"):
            parse_all_external([f"{name}={tmp_path}" for name in names])


def test_a_folder_of_other_files_is_said(tmp_path, piece):
    check_names_match([ExternalOutputs("rival", tmp_path)], [piece])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DuvError, match="named like a pair"):
        check_names_match([ExternalOutputs("rival", tmp_path / "empty")], [piece])


@pytest.mark.parametrize("text", ["folder", "=folder", "name=no/such/folder"])
def test_what_names_no_folder_is_refused(text):
    with pytest.raises(DuvError):
        parse_external(text)
