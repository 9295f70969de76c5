"""Lines of a manifest: what they hold, that they come back whole, and what is said of wrong ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.drum_pieces import without_edges
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.lines import line_of, read_manifest, track_of
from duv_studio.training.data.played_track import PlayedTrack, split_of
from tests.played_tracks import played_track

GUIDE = {
    "file": "track_001.mid",
    "beat_pos": [0.0, 0.5, 1.0],
    "pitch": [60, 62, 64],
    "velocity": [80, 75, 90],
    "dur_beats": [0.5, 0.5, 1.0],
    "prev_ioi": [0.0, 0.5, 0.5],
    "next_ioi": [0.5, 0.5, 1.0],
    "is_downbeat": [1, 0, 0],
    "strum_dir_hint": [1, 0, 1],
}
ARRAYS = [name for name, value in played_track(8).__dict__.items() if isinstance(value, np.ndarray)]


def through_json(track: PlayedTrack) -> PlayedTrack:
    return track_of(json.loads(json.dumps(line_of(track), allow_nan=False)), "line 1")


def same(one: PlayedTrack, other: PlayedTrack, tolerance: float = 1e-6) -> None:
    for name, value in one.__dict__.items():
        if name in ARRAYS:
            np.testing.assert_allclose(getattr(other, name), value, rtol=0, atol=tolerance, err_msg=name)
        elif name != "hints":
            assert getattr(other, name) == value, name
    assert set(one.hints) == set(other.hints)
    for name in one.hints:
        np.testing.assert_allclose(other.hints[name], one.hints[name])
        assert other.hints[name].shape == one.hints[name].shape


@st.composite
def tracks(draw: st.DrawFn) -> PlayedTrack:
    """Any track: any grid and meter, chords, unknown lengths, tempo changes."""
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    step = draw(st.sampled_from([1 / 4, 1 / 3, 1 / 6, 1 / 16, 0.1237]))
    numerator, denominator = draw(st.sampled_from([(4, 4), (3, 4), (6, 8), (5, 8), (2, 2)]))
    length = 4 * numerator / denominator
    onset = np.cumsum(rng.integers(0, 5, n) * step)
    family = draw(st.sampled_from(list(Family)))
    drums = family is Family.DRUMS
    played = np.full(n, np.nan) if drums else rng.uniform(1 / 64, 5, n)
    if not drums and draw(st.booleans()):
        played[rng.random(n) < 0.3] = np.nan
    hints = {}
    if draw(st.booleans()):
        known = {name: hint for name, hint in HINTS.items() if hint.compute is None}
        meant = {name: hint for name, hint in known.items() if not hint.families or family in hint.families}
        hints = {name: rng.integers(-1, 2, (n, hint.columns)).astype(float) for name, hint in meant.items()}
    bar = np.floor(onset / length + 1e-9).astype(np.int64)
    return PlayedTrack(
        corpus=draw(st.text(max_size=5)),
        song=draw(st.text(max_size=5)),
        player=draw(st.text(max_size=5)),
        family=family,
        split=draw(st.sampled_from(["train", "dev"])),
        onset=onset,
        duration=rng.choice([0.25, 1 / 3, 1.0, 3.0], n),
        pitch=rng.integers(0, 128, n),
        velocity=rng.integers(1, 128, n).astype(float),
        played_duration=played,
        sustained_duration=played * 1.5,
        bar=bar,
        beat=np.maximum(onset - bar * length, 0.0),
        bar_length=np.full(n, length),
        numerator=np.full(n, numerator),
        denominator=np.full(n, denominator),
        bpm=np.sort(rng.uniform(30, 300, n)) if draw(st.booleans()) else np.full(n, 97.0),
        pedal=draw(st.booleans()),
        free=draw(st.booleans()),
        hints=hints,
    )


@given(tracks())
def test_a_track_comes_back_from_its_line(track: PlayedTrack) -> None:
    once = through_json(track)
    same(track, once)
    same(once, through_json(once), tolerance=0)


@given(tracks())
def test_intervals_add_up_to_the_onsets(track: PlayedTrack) -> None:
    line = line_of(track)
    first_bar_line = track.onset[0] - track.beat[0]
    np.testing.assert_allclose(
        np.cumsum(line["prev_ioi"]) + line["beat_pos"][0], track.onset - first_bar_line, atol=2e-6
    )
    assert line["next_ioi"][:-1] == line["prev_ioi"][1:]


def test_features_are_as_defined() -> None:
    track = played_track(9)
    line = line_of(track, file="a.mid", section_source="none")
    assert line["file"] == "a.mid"
    assert line["beat_pos"] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 0.0]
    assert line["beat_frac"] == [0.0, 0.5] * 4 + [0.0]
    assert line["is_downbeat"] == [1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert line["prev_ioi"] == [0.0] + [0.5] * 8
    assert line["next_ioi"][-1] == line["dur_beats"][-1]
    assert line["velocity"] == track.velocity.astype(int).tolist()
    np.testing.assert_allclose(line["vel_norm"], (track.velocity - track.velocity.mean()) / 15, atol=1e-4)
    assert line["meter"] == "4/4" and line["bpm"] == 120.0
    assert line["duration_sec"] == pytest.approx((4.0 + track.played_duration[-1]) / 2, abs=0.01)


def test_what_velocities_told_is_written_but_never_read_back() -> None:
    """As played, these hints would tell a training the velocities that it is to predict."""
    accents = played_track(200, family=Family.DRUMS)
    accents = replace(accents, pitch=np.full(200, 38), velocity=np.where(accents.beat == 0, 120.0, 60.0))
    line = line_of(accents)
    assert json.dumps(line["accent_hint"]).count("1") > 0
    assert track_of(line, "line 1").hints == {}
    told = line | {"strum_dir_hint": [1] * 200}
    assert set(track_of(told, "line 1").hints) == {"strum_dir_hint"}


@pytest.mark.parametrize("key", ["song", "player", "corpus", "file"])
@pytest.mark.parametrize("name", ["\ud83c", "a\udcff", "\udfff\ud800"])
def test_half_a_character_is_no_trouble_later(key: str, name: str) -> None:
    """Names become hashes, cells of tables and fields of headers."""
    told = {k: v for k, v in line_of(played_track(9)).items() if k not in ("song", "split")}
    track = track_of({**told, key: name}, "line 1")
    assert f"{track.song} {track.player} {track.corpus}".encode()
    assert track.split == split_of(track.corpus, track.song)


def test_unknown_lengths_are_null() -> None:
    line = line_of(played_track(9, family=Family.DRUMS))
    assert line["dur_beats"] == [None] * 9
    assert "NaN" not in json.dumps(line)
    assert np.isnan(through_json(played_track(9, family=Family.DRUMS)).played_duration).all()


def test_how_long_a_piano_sounds_is_kept_where_its_keys_are_unknown() -> None:
    track = replace(played_track(9), played_duration=np.full(9, np.nan))
    read = through_json(track)
    assert np.isnan(read.played_duration).all()
    np.testing.assert_allclose(read.sustained_duration, track.sustained_duration, atol=1e-4)


def test_the_guide_s_own_line_is_enough() -> None:
    track = track_of(GUIDE, "line 1", Family.GUITAR)
    assert track.family is Family.GUITAR
    assert track.song == "track_001" and track.split == split_of("own", "track_001")
    assert track.onset.tolist() == [0.0, 0.5, 1.0]
    assert track.beat.tolist() == [0.0, 0.5, 1.0] and track.bar.tolist() == [0, 0, 0]
    assert track.bar_length.tolist() == [4.0] * 3 and track.numerator.tolist() == [4] * 3
    assert track.played_duration.tolist() == [0.5, 0.5, 1.0]
    assert track.duration.tolist() == [0.5, 0.5, 1.0]
    assert track.bpm.tolist() == [120.0] * 3


@pytest.mark.parametrize("step", [0.5, 1 / 3, 1.5])
@pytest.mark.parametrize("length", [4.0, 3.0, 2.0, 1.5])
def test_bars_are_worked_out_from_positions(step: float, length: float) -> None:
    onset = np.arange(40) * step
    beat = np.round(onset % length, 6) % length
    line = {
        "beat_pos": beat.tolist(),
        "prev_ioi": np.diff(onset, prepend=0).tolist(),
        "pitch": [60] * 40,
        "velocity": [64] * 40,
        "dur_beats": [step] * 40,
    }
    track = track_of(line, "line 1")
    np.testing.assert_allclose(track.bar_length, length)
    np.testing.assert_allclose(track.bar * length + track.beat, onset, atol=1e-5)


def test_positions_within_the_beat_give_bars_of_four() -> None:
    line = GUIDE | {"beat_pos": [0.0, 0.5, 0.0], "is_downbeat": [0, 0, 1]}
    track = track_of(line, "line 1")
    assert track.bar_length.tolist() == [4.0] * 3
    assert track.beat.tolist() == [3.0, 3.5, 0.0]
    assert track.bar.tolist() == [0, 0, 1]


def test_keys_that_are_not_known_are_passed_over() -> None:
    same(track_of(GUIDE, "line 1"), track_of(GUIDE | {"key_of_the_day": {"a": [1]}}, "line 1"))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"pitch": None}, "pitch"),
    ({"pitch": []}, "pitch"),
    ({"pitch": "60"}, "pitch"),
    ({"pitch": [60, 62, 128]}, "note 3 is 128"),
    ({"pitch": [60, 62.5, 64]}, "note 2 is 62.5"),
    ({"velocity": [80, 75]}, "has 2 values"),
    ({"velocity": [80, "75", 90]}, "velocity"),
    ({"velocity": [80, None, 90]}, "note 2 has none"),
    ({"velocity": [80, 0, 90]}, "note 2 is 0"),
    ({"dur_beats": [0.5, [0.5], 1.0]}, "dur_beats"),
    ({"dur_beats": [0.5, -1, 1.0]}, "dur_beats"),
    ({"prev_ioi": [0.0, -0.5, 0.5]}, "prev_ioi"),
    ({"beat_pos": [0.0, 3.0, 0.5]}, "does not fit prev_ioi"),
    ({"instrument": "kazoo"}, "kazoo"),
    ({"instrument": 7}, "should be text"),
    ({"split": "test"}, "train and dev"),
    ({"meter": "4-4"}, "4/4"),
    ({"bpm": 0}, "bpm"),
    ({"pedal": "yes"}, "pedal"),
    ({"bar_length": {"runs": [[4.0, 2]]}, "bar": [0, 0, 0]}, "has 2 values"),
    ({"bar_length": {"runs": 3}, "bar": [0, 0, 0]}, "runs"),
    ({"onset_beats": [0, 1, 0.5]}, "never fall"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_wrong_value_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(json.dumps(GUIDE) + "\n" + json.dumps(GUIDE | change) + "\n")
    tracks = read_manifest(path)
    assert len(next(tracks)) == 3
    with pytest.raises(DuvError) as trouble:
        next(tracks)
    error = trouble.value
    assert error.message.startswith("No data loaded from manifest: line 2: ") and error.title.startswith("No data")
    assert said in error.message and next(iter(change)) in error.message
    assert error.hint and error.file == path


@pytest.mark.parametrize("missing", ["velocity", "dur_beats", "prev_ioi"])
def test_a_missing_key_is_named(missing: str) -> None:
    line = {key: value for key, value in GUIDE.items() if key != missing}
    with pytest.raises(DuvError, match=f'line 7: "{missing}" is missing'):
        track_of(line, "line 7")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"{\n", "line 1 is not JSON"),
        (b"[1, 2]\n", "line 1 is no JSON object"),
        (b'{"file": "track_001.mid"}\n', "holds no notes"),
        (b"\xff\xfe\x00", "no text"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_an_empty_or_malformed_manifest_says_so(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(DuvError, match="No data loaded from manifest") as trouble:
        list(read_manifest(path))
    assert reason in trouble.value.message
    assert "duv-studio enrich" in trouble.value.hint


def test_a_manifest_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="No data loaded from manifest: there is no such file"):
        list(read_manifest(tmp_path / "none.jsonl"))


def test_the_file_s_name_tells_the_instrument(tmp_path: Path) -> None:
    path = tmp_path / "lamd_guitar_enriched.jsonl"
    path.write_text(json.dumps(GUIDE))
    assert [t.family for t in read_manifest(path)] == [Family.GUITAR]
    assert [t.family for t in read_manifest(path, Family.BASS)] == [Family.BASS]


def test_a_take_is_the_same_whether_edges_of_hats_are_named_or_not() -> None:
    take = replace(played_track(12, family=Family.DRUMS), pitch=np.resize([36, 22, 42, 26], 12))
    plain = replace(take, pitch=without_edges(take.pitch))
    other = replace(take, pitch=np.where(take.pitch == 22, 44, take.pitch))
    marks = [line_of(track)["fingerprint"] for track in (take, plain, other)]
    assert marks[0] == marks[1] != marks[2]
    piano, moved = (line_of(replace(track, family=Family.PIANO))["fingerprint"] for track in (take, plain))
    assert piano != moved, "a piano has no hats"


def test_a_copy_elsewhere_is_the_same_performance() -> None:
    track = played_track(50)
    later = replace(track, onset=track.onset + 16, bar=track.bar + 4, song="other", bpm=track.bpm * 2)
    louder = replace(track, velocity=np.minimum(track.velocity + 1, 127))
    assert line_of(track)["fingerprint"] == line_of(later)["fingerprint"] != line_of(louder)["fingerprint"]
