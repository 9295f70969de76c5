"""Pairs of a deadpan file and a sidecar are read note by note."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.pairs import read_pair, read_pairs
from tests.midi_builder import TrackSpec, build_song

RIGHT = [(480 * i, 240, 72 + i % 3, 64) for i in range(40)]
LEFT = [(960 * i, 480, 48, 64) for i in range(20)]


def write_pair(folder: Path, name: str = "x", channel: int = 0) -> tuple[Path, list[dict[str, float]]]:
    """A pair at 120 BPM whose human plays every note with its own velocity, half as long, 30 ms late."""
    path = folder / f"{name}.mid"
    specs = [TrackSpec(RIGHT, channel, "Right hand"), TrackSpec(LEFT, channel, "Left hand")]
    path.write_bytes(build_song(specs, tempos=[(0, 120)]))
    rows = []
    for track, notes in enumerate((RIGHT, LEFT)):
        for i, (onset, duration, pitch, _) in enumerate(notes):
            start, length = onset / 960, duration / 960
            human = {"h_on": start + 0.03, "h_off": start + 0.03 + length / 2, "h_vel": 30 + i + 10 * track}
            rows.append({"track": track, "pitch": pitch, "d_on": start, **human})
    write_sidecar(path, rows)
    return path, rows


def write_sidecar(path: Path, rows: list[dict[str, float]]) -> None:
    with path.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_every_note_finds_its_human(tmp_path):
    path, _ = write_pair(tmp_path)
    piece = read_pair(path)
    assert (piece.name, piece.family) == ("x", Family.PIANO)
    assert [len(t) for t in piece.tracks] == [40, 20]
    assert piece.tracks[0].human.velocity.tolist() == [30 + i for i in range(40)]
    assert piece.tracks[1].human.velocity.tolist() == [40 + i for i in range(20)]
    assert piece.tracks[0].human.log_ratio == pytest.approx(np.log(0.5), abs=1e-4)
    assert np.isnan(piece.tracks[0].sounding).all()


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    path, rows = write_pair(tmp_path)
    expected = read_pair(path).tracks[0].human.velocity
    write_sidecar(path, rows[::-1])
    assert np.array_equal(read_pair(path).tracks[0].human.velocity, expected)


def test_notes_without_a_row_are_left_out(tmp_path):
    path, rows = write_pair(tmp_path)
    write_sidecar(path, [row for i, row in enumerate(rows) if i != 3])
    track = read_pair(path).tracks[0]
    assert len(track) == 39
    assert 3 not in track.notes


def test_drums_are_a_split_of_their_own(tmp_path):
    path, _ = write_pair(tmp_path, channel=9)
    assert read_pair(path).family is Family.DRUMS


def test_a_sidecar_of_another_file_is_refused(tmp_path):
    path, rows = write_pair(tmp_path)
    write_sidecar(path, [row | {"pitch": 20} for row in rows])
    with pytest.raises(DuvError, match="only 0 of 60"):
        read_pair(path)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "track,pitch,h_on,h_off,h_vel,d_on\n0,x,0,0,0,0\n"])
def test_a_broken_sidecar_is_one_sentence(tmp_path, text):
    path, _ = write_pair(tmp_path)
    path.with_suffix(".csv").write_text(text)
    with pytest.raises(DuvError):
        read_pair(path)


def test_a_folder_is_read_by_name(tmp_path):
    for name in ("b", "a"):
        write_pair(tmp_path, name)
    (tmp_path / "alone.mid").write_bytes(b"")
    assert [p.name for p in read_pairs(tmp_path)] == ["a", "b"]


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(DuvError, match="no pair"):
        read_pairs(tmp_path)
