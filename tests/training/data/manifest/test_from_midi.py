"""From a MIDI file that was played to tracks: families, grids, lengths, and hints that stay with their notes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.features.note_features import FREE_NOTES
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.from_midi import MIN_NOTES, played_tracks
from duv_studio.training.data.manifest.lines import line_of, track_of
from tests.midi_builder import NoteTuple, TrackSpec, build_song

PPQ = 480


def written(path: Path, *tracks: TrackSpec, **about: object) -> Path:
    path.write_bytes(build_song(tracks, ppq=PPQ, **about))  # type: ignore[arg-type]
    return path


def eighths(count: int = 32, loose: float = 0.0, seed: int = 0, pitch: int = 60) -> list[NoteTuple]:
    """Played to the grid, `loose` ticks off it."""
    rng = np.random.default_rng(seed)
    late = rng.normal(0, loose, count) if loose else np.zeros(count)
    onset = np.maximum(np.arange(count) * PPQ // 2 + np.round(late), 0)
    return [(int(t), 200, pitch + k % 5, 50 + k) for k, t in enumerate(onset)]


def test_onsets_go_to_the_grid_and_lengths_stay_as_played(tmp_path: Path) -> None:
    path = written(tmp_path / "my take.mid", TrackSpec(eighths(loose=12), program=25))
    (track,) = played_tracks(path)
    np.testing.assert_array_equal(track.onset, np.arange(32) * 0.5)
    np.testing.assert_allclose(track.played_duration, 200 / PPQ)
    np.testing.assert_array_equal(track.duration, 0.5)
    np.testing.assert_array_equal(track.velocity, 50 + np.arange(32))
    assert (track.family, track.song, track.corpus, track.free) == (Family.GUITAR, "my take", "own", False)


def test_without_a_beat_the_timing_stays_the_player_s(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    onset = np.cumsum(rng.integers(100, 700, 4 * FREE_NOTES))
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec([(int(t), 90, 60, 70) for t in onset])))
    assert track.free
    np.testing.assert_allclose(track.onset, onset / PPQ)


def test_a_family_chooses_tracks(tmp_path: Path) -> None:
    notes = eighths()
    path = written(
        tmp_path / "a.mid",
        TrackSpec(notes, channel=0, program=0, name="Piano"),
        TrackSpec(notes, channel=1, program=33, name="Bass"),
        TrackSpec(notes, channel=9),
        TrackSpec(notes[: MIN_NOTES - 1], channel=2, program=34),
    )
    assert [t.family for t in played_tracks(path)] == [Family.PIANO, Family.BASS, Family.DRUMS]
    assert [t.family for t in played_tracks(path, Family.BASS)] == [Family.BASS]
    assert played_tracks(path, Family.STRINGS) == []


def test_a_track_that_does_not_say_what_it_is_counts_as_what_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mid", TrackSpec(eighths()))
    assert [t.family for t in played_tracks(path)] == [Family.PIANO]
    assert [t.family for t in played_tracks(path, Family.GUITAR)] == [Family.GUITAR]


def test_lengths_of_drums_are_unknown(tmp_path: Path) -> None:
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec(eighths(), channel=9)))
    assert np.isnan(track.played_duration).all() and np.isnan(track.sustained_duration).all()


def test_hints_stay_with_their_notes(tmp_path: Path) -> None:
    """An up stroke is quantised to a block chord, sorted from low to high; every note keeps its direction."""
    notes = []
    for k in range(16):
        late = [20, 10, 0] if k % 4 == 3 else [0, 10, 20]
        notes += [(k * PPQ + t, 300, pitch, 60 + k) for t, pitch in zip(late, (52, 56, 59), strict=True)]
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec(sorted(notes), program=25)))
    assert len(track) == 48 and set(np.diff(track.onset)) == {0.0, 1.0}
    strokes = track.hints["strum_dir_hint"][:, 0]
    np.testing.assert_array_equal(strokes, np.where(np.round(track.onset) % 4 == 3, -1, 1))
    assert track.hints["section_onehot"].shape == (48, 8)


def test_song_and_player_may_be_told(tmp_path: Path) -> None:
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec(eighths())), song="etude", player="me")
    assert (track.song, track.player) == ("etude", "me")


def test_a_broken_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"MThd nothing")
    with pytest.raises(DuvError):
        played_tracks(path)


@pytest.mark.parametrize("ppq", [96, 192, 384, 480, 960])
def test_free_playing_is_known_again_whether_it_is_read_from_midi_or_from_a_manifest(ppq: int, tmp_path: Path) -> None:
    path, rng = tmp_path / "take.mid", np.random.default_rng(ppq)
    onsets = np.cumsum(rng.integers(ppq // 10, 2 * ppq, 2 * FREE_NOTES)).tolist()
    notes = [(onset, ppq // 2, 60 + k % 7, 40 + k % 50) for k, onset in enumerate(onsets)]
    path.write_bytes(build_song([TrackSpec(notes, program=25)], ppq=ppq))
    (track,) = played_tracks(path)
    assert track.free and fingerprint(track) == fingerprint(track_of(line_of(track), "line 1"))


def strummed(bpm: float, spread: float, before: float, family_pitches: tuple[int, ...]) -> list[NoteTuple]:
    """Down and up strokes in eighths, `spread` seconds long, of which the part `before` lies before the beat."""
    rows: list[NoteTuple] = []
    for k in range(1, 65):
        strings = family_pitches if k % 2 else family_pitches[::-1]
        for number, pitch in enumerate(strings):
            late = (number / (len(strings) - 1) - before) * spread * bpm / 60 * PPQ
            onset = k * PPQ // 2 + round(late)
            rows.append((onset, (k + 1) * PPQ // 2 - 20 - onset, pitch, 50 + k % 7 + number))
    return sorted(rows)


@pytest.mark.parametrize("bpm", [60, 90, 120, 150])
@pytest.mark.parametrize("spread", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("before", [0.0, 0.5], ids=["from the beat", "around the beat"])
@pytest.mark.parametrize(
    ("program", "pitches"),
    [(25, (40, 47, 52, 56, 59, 64)), (46, (48, 55, 60, 64)), (0, (36, 52, 55, 60))],
    ids=["guitar", "harp", "piano"],
)
def test_strokes_go_to_the_grid_as_one(
    tmp_path: Path, bpm: float, spread: float, before: float, program: int, pitches: tuple[int, ...]
) -> None:
    rows = strummed(bpm, spread, before, pitches)
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec(rows, program=program), tempos=[(0, bpm)]))
    assert not track.free
    np.testing.assert_array_equal(track.onset, np.repeat(np.arange(1, 65) * 0.5, len(pitches)))
    np.testing.assert_array_equal(track.pitch[: len(pitches)], pitches)


def test_quick_notes_that_are_no_stroke_are_not_drawn_together(tmp_path: Path) -> None:
    """32nds at a slow tempo, one after the other."""
    rows = [(k * PPQ // 8, PPQ // 8, 60 + 4 * (k % 4), 60 + k % 9) for k in range(64)]
    (track,) = played_tracks(written(tmp_path / "a.mid", TrackSpec(rows, program=25), tempos=[(0, 180)]))
    np.testing.assert_array_equal(track.onset, np.arange(64) / 8)
