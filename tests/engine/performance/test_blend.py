"""Rendering: the laws that hold for every song, every prediction and every setting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from duv_studio.engine.features.note_features import State
from duv_studio.engine.midi.song import Family, Notes, Performance, Song
from duv_studio.engine.model.prediction import TrackDraw
from duv_studio.engine.music.doubles import relations
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import MOST_INTENSITY, Settings
from duv_studio.engine.performance.blend import blend, render
from duv_studio.engine.performance.limits import overlapping
from duv_studio.errors import DuvError
from tests.songs import PPQ, Row, law, make_song, make_track, predict, songs

SHARES = st.floats(0, 1)
INTENSITIES = st.floats(0, MOST_INTENSITY)
TRACKS = st.sampled_from(["0:0:0", "1:0:1", "0:0:9"])
PITCHES = st.dictionaries(TRACKS, st.frozensets(st.integers(0, 127), max_size=20))
FAMILY_CHOICES = st.dictionaries(TRACKS, st.sampled_from(list(Family)))


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Any settings that leave all tracks selected."""
    return Settings(
        intensity=draw(INTENSITIES),
        velocity=draw(SHARES),
        duration=draw(SHARES),
        variation=draw(SHARES),
        seed=draw(st.integers(-5, 2**70)),
        level=draw(st.floats(-40, 40)),
        drum_durations=draw(st.booleans()),
        protect_keyswitches=draw(st.booleans()),
        max_velocity_change=draw(st.none() | st.integers(0, 40)),
        max_duration_change=draw(st.none() | st.floats(0, 3)),
        track_intensity=draw(st.dictionaries(TRACKS, SHARES)),
        track_velocity=draw(st.dictionaries(TRACKS, SHARES)),
        track_duration=draw(st.dictionaries(TRACKS, SHARES)),
        protected_pitches=draw(PITCHES),
        keyswitches=draw(PITCHES),
        track_family=draw(FAMILY_CHOICES),
    )


def extreme(song: Song, seed: int) -> dict[int, TrackDraw]:
    """A draw far beyond what any model would say."""
    rng = np.random.default_rng(seed)
    return {
        t.index: TrackDraw(rng.uniform(-200, 300, len(t.notes)), rng.uniform(-8, 8, len(t.notes))) for t in song.tracks
    }


def blended(song: Song, chosen: Settings, seed: int = 0) -> Performance:
    return blend(song, extreme(song, seed), chosen, select(song, chosen))


def blended_mildly(song: Song, chosen: Settings) -> np.ndarray:
    """Velocities (n,) of the first track after a draw that stays in the middle of the scale."""
    rng = np.random.default_rng(0)
    mild = {t.index: TrackDraw(rng.uniform(50, 80, len(t.notes)), np.zeros(len(t.notes))) for t in song.tracks}
    return blend(song, mild, chosen, select(song, chosen))[0].velocity


def same(one: Performance, two: Performance) -> bool:
    return all(
        np.array_equal(a.velocity, b.velocity) and np.array_equal(a.duration, b.duration)
        for a, b in zip(one, two, strict=True)
    )


@law
@given(songs(), settings())
def test_intensity_zero_changes_nothing(song: Song, chosen: Settings) -> None:
    assert same(render(song, predict(song), replace(chosen, intensity=0.0)), song.as_written())
    assert same(blended(song, replace(chosen, intensity=0.0)), song.as_written())


@law
@given(songs(), settings())
def test_the_smallest_intensity_starts_from_what_was_written(song: Song, chosen: Settings) -> None:
    assert same(blended(song, replace(chosen, intensity=1e-12)), song.as_written())


@law
@given(songs(), settings())
def test_the_same_settings_give_the_same_notes(song: Song, chosen: Settings) -> None:
    assert same(render(song, predict(song), chosen), render(song, predict(song), chosen))


@law
@given(songs(), settings())
def test_velocities_and_durations_are_valid(song: Song, chosen: Settings) -> None:
    for track, played in zip(song.tracks, blended(song, chosen), strict=True):
        assert played.velocity.dtype == played.duration.dtype == np.int64
        assert ((played.velocity >= 1) & (played.velocity <= 127)).all()
        assert (played.duration[track.notes.duration > 0] >= 1).all()
        assert (played.duration[track.notes.duration == 0] == 0).all()


@law
@given(songs(), settings())
def test_no_new_overlaps_and_old_ones_stay(song: Song, chosen: Settings) -> None:
    for track, played in zip(song.tracks, blended(song, chosen), strict=True):
        notes = track.notes
        before = overlapping(notes)
        after = overlapping(replace(notes, duration=played.duration))
        assert after.tolist() == before.tolist()
        assert (played.duration == notes.duration)[before].all()
        assert (played.duration == notes.duration)[notes.off_event < 0].all()
        assert touching(notes, played.duration) <= touching(notes, notes.duration)


def touching(notes: Notes, duration: np.ndarray) -> set[int]:
    """Notes that end exactly where the next of their pitch begins."""
    ends = notes.onset + duration
    following = {}
    for i in reversed(range(len(notes))):
        following[i] = next((j for j in range(i + 1, len(notes)) if notes.pitch[j] == notes.pitch[i]), None)
    return {i for i, j in following.items() if j is not None and ends[i] == notes.onset[j]}


@law
@given(songs(), settings(), st.integers(0, 9))
def test_changes_only_grow_with_intensity(song: Song, chosen: Settings, seed: int) -> None:
    steps = [blended(song, replace(chosen, intensity=s), seed) for s in np.linspace(0, MOST_INTENSITY, 13)]
    for track in song.tracks:
        i = track.index
        for written, kind in ((track.notes.velocity, "velocity"), (track.notes.duration, "duration")):
            # Beyond the full performance a draw as wide as this one has to be fitted anew.
            strengths = steps if kind == "duration" or not chosen.velocity else steps[:9]
            change = np.stack([getattr(step[i], kind) - written for step in strengths])
            assert (np.diff(np.abs(change), axis=0) >= 0).all()
            assert (np.sign(change[1:]) * np.sign(change[-1]) >= 0).all()


@law
@given(songs(), settings(), st.data())
def test_excluded_tracks_are_untouched_and_do_not_matter(song: Song, chosen: Settings, data: st.DataObject) -> None:
    assume(not any(relations(song)))  # doubles share one performance, which the excluded have no part in
    keys = [track.key for track in song.tracks]
    included = data.draw(st.fixed_dictionaries({key: st.booleans() for key in keys}))
    whole = render(song, predict(song), chosen)
    part = render(song, predict(song), replace(chosen, track_included=included))
    for track, of_whole, of_part, written in zip(song.tracks, whole, part, song.as_written(), strict=True):
        assert same((of_part,), (of_whole if included[track.key] else written,))


@law
@given(songs(), settings(), st.data())
def test_protecting_notes_changes_no_others(song: Song, chosen: Settings, data: st.DataObject) -> None:
    selection = select(song, chosen)
    n = len(song.tracks[0].notes)
    protected = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    draw = extreme(song, 3)
    free = blend(song, draw, chosen, [replace(s, protected=s.protected & False) for s in selection])
    some = blend(song, draw, chosen, [replace(selection[0], protected=protected), *selection[1:]])[0]
    written = song.as_written()[0]
    for kind in ("velocity", "duration"):
        expected = np.where(protected, getattr(written, kind), getattr(free[0], kind))
        assert np.array_equal(getattr(some, kind), expected)


@law
@given(songs(), settings(), st.data())
def test_locked_notes_keep_everything_and_change_no_others(song: Song, chosen: Settings, data: st.DataObject) -> None:
    assume(not any(relations(song)))  # a double plays what its source plays, locked notes among it
    n = len(song.tracks[0].notes)
    locked = data.draw(st.frozensets(st.integers(0, n - 1)))
    free = blended(song, chosen)
    some = blended(song, replace(chosen, locked_notes={song.tracks[0].key: locked}))
    keeps = np.isin(np.arange(n), list(locked))
    for kind in ("velocity", "duration"):
        written = getattr(song.tracks[0].notes, kind)
        assert np.array_equal(getattr(some[0], kind), np.where(keeps, written, getattr(free[0], kind)))
    assert same(free[1:], some[1:])


@law
@given(songs(), settings(), st.data())
def test_notes_that_were_read_as_locked_stay(song: Song, chosen: Settings, data: st.DataObject) -> None:
    n = len(song.tracks[0].notes)
    states = data.draw(st.lists(st.sampled_from(list(State)), min_size=n, max_size=n))
    prediction = predict(song)
    prediction[0] = replace(prediction[0], state=np.array(states))
    chosen = replace(chosen, level=0.0)  # which is for all notes but those that the settings lock
    (played, *_) = render(song, prediction, chosen)
    locked = np.array(states) == State.LOCKED
    assert np.array_equal(played.velocity[locked], song.tracks[0].notes.velocity[locked])
    assert np.array_equal(played.duration[locked], song.tracks[0].notes.duration[locked])


@law
@given(songs(), settings())
def test_limits_of_the_settings_hold(song: Song, chosen: Settings) -> None:
    chosen = replace(chosen, max_velocity_change=7, max_duration_change=0.25)
    for track, played in zip(song.tracks, blended(song, chosen), strict=True):
        assert (np.abs(played.velocity - track.notes.velocity) <= 7).all()
        assert (np.abs(played.duration - track.notes.duration) <= 0.25 * track.notes.duration + 1e-6).all()


@law
@given(songs(), settings())
def test_without_variation_the_seed_is_ignored(song: Song, chosen: Settings) -> None:
    chosen = replace(chosen, variation=0.0)
    assert same(render(song, predict(song), chosen), render(song, predict(song), replace(chosen, seed=999)))


def simple(family: Family = Family.PIANO, **track: Any) -> Song:
    rows: list[Row] = [(i * PPQ, PPQ // 2, 50 + i % 12, 70) for i in range(64)]
    return make_song(make_track(rows, family=family, **track))


def test_other_seeds_give_other_performances() -> None:
    song = simple()
    one, two = (render(song, predict(song), Settings(seed=seed))[0] for seed in (0, 1))
    assert (one.velocity != two.velocity).mean() > 0.5
    assert (one.duration != two.duration).mean() > 0.5


def test_full_intensity_is_the_draw() -> None:
    song = simple()
    draw = {0: TrackDraw(np.linspace(20, 100, 64), np.linspace(-0.9, 0.5, 64))}
    chosen = Settings(intensity=1.0)
    (played,) = blend(song, draw, chosen, select(song, chosen))
    assert np.abs(played.velocity - draw[0].velocity).max() <= 1
    assert np.abs(played.duration - PPQ / 2 * 2 ** draw[0].log_ratio).max() <= 0.5


def test_half_the_intensity_is_half_the_way_in_logarithms_of_duration() -> None:
    song, chosen = simple(), Settings(intensity=0.5)
    draw = {0: TrackDraw(np.full(64, 90.0), np.full(64, -1.0))}
    (played,) = blend(song, draw, chosen, select(song, chosen))
    assert (played.duration == round(PPQ / 2 / 2**0.5)).all()
    assert np.isin(played.velocity, [79, 80, 81]).all()


def test_beyond_full_intensity_velocities_go_on_evenly_and_durations_by_logarithms() -> None:
    song, chosen = simple(), Settings(intensity=1.5)
    draw = {0: TrackDraw(np.full(64, 90.0), np.full(64, -1.0))}
    (played,) = blend(song, draw, chosen, select(song, chosen))
    assert np.abs(played.velocity - 100).max() <= 1
    assert (played.duration == round(PPQ / 2 / 2**1.5)).all()


def test_a_level_is_what_the_tracks_get_louder_by() -> None:
    song, still = simple(), Settings(intensity=0.5, velocity=0.8)
    louder, softer = (blended_mildly(song, replace(still, level=level)) for level in (20.0, -20.0))
    plain = blended_mildly(song, still)
    assert (louder - plain).mean() == pytest.approx(0.5 * 0.8 * 20, abs=0.3)
    assert (softer - plain).mean() == pytest.approx(-0.5 * 0.8 * 20, abs=0.3)


def test_a_chosen_family_holds_for_the_blend() -> None:
    song, draw = simple(), {0: TrackDraw(np.full(64, 90.0), np.full(64, -1.0))}
    chosen = Settings(track_family={song.tracks[0].key: Family.DRUMS})
    (played,) = blend(song, draw, chosen, select(song, chosen))
    assert np.array_equal(played.duration, song.tracks[0].notes.duration)
    by_name = Settings(track_family={song.tracks[0].key: "drums"})  # type: ignore[dict-item]
    assert same(blend(song, draw, by_name, select(song, by_name)), (played,))
    other = Settings(track_family={"5:0:5": Family.DRUMS})
    assert not np.array_equal(blend(song, draw, other, select(song, other))[0].duration, played.duration)


def test_a_chosen_family_decides_what_a_keyswitch_is() -> None:
    song = make_song(make_track([(0, PPQ, 26, 100), *((i * PPQ, PPQ, 40 + i, 80) for i in range(16))]))
    as_bass = Settings(intensity=1.0, track_family={song.tracks[0].key: Family.BASS})
    as_piano, as_chosen = (render(song, predict(song), s)[0] for s in (Settings(intensity=1.0), as_bass))
    assert (as_chosen.velocity[0], as_chosen.duration[0]) == (100, PPQ)
    assert (as_piano.velocity[0], as_piano.duration[0]) != (100, PPQ)


def test_rounding_keeps_shades_on_average() -> None:
    rows: list[Row] = [(i * PPQ, PPQ, i % 128, 70) for i in range(4000)]
    song, chosen = make_song(make_track(rows)), Settings(intensity=1.0)
    draw = {0: TrackDraw(np.full(4000, 70.3), np.zeros(4000))}
    assert blend(song, draw, chosen, select(song, chosen))[0].velocity.mean() == pytest.approx(70.3, abs=0.03)


def test_velocities_beyond_the_scale_are_bent_not_cut() -> None:
    song, chosen = simple(), Settings(intensity=1.0)
    for drawn, order in ((np.linspace(110, 135, 64), [1, 2, 3]), (np.linspace(-8, 12, 64), [1, 2, 3])):
        (played,) = blend(song, {0: TrackDraw(drawn, np.zeros(64))}, chosen, select(song, chosen))
        thirds = [part.mean() for part in np.array_split(played.velocity, 4)]
        assert thirds == sorted(thirds) and np.diff(thirds).min() > 0.5, order
        assert played.velocity.min() >= 1 and played.velocity.max() <= 127


def test_amounts_act_apart_and_per_track() -> None:
    song = simple()
    written, prediction = song.as_written()[0], predict(song)
    velocity_only = render(song, prediction, Settings(duration=0.0))[0]
    duration_only = render(song, prediction, Settings(velocity=0.0))[0]
    assert np.array_equal(velocity_only.duration, written.duration) and velocity_only.velocity.std() > 3
    assert np.array_equal(duration_only.velocity, written.velocity) and duration_only.duration.std() > 9
    off = render(song, prediction, Settings(track_intensity={song.tracks[0].key: 0.0}))
    assert same(off, song.as_written())
    half = render(song, prediction, Settings(intensity=0.5))
    assert same(half, render(song, prediction, Settings(intensity=1.0, track_intensity={"0:0:0": 0.5})))


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("level", [30, 80, 120])
def test_shares_of_one_track_multiply_those_of_all(family: Family, level: int) -> None:
    rows = [(i * PPQ, PPQ, 60 + i % 5, level) for i in range(32)]
    song = make_song(*(make_track(rows, index=i, channel=i, family=family) for i in range(2)))
    key, prediction = song.tracks[0].key, predict(song)
    plain = Settings(velocity=0.8, duration=0.8, drum_durations=True)
    every = render(song, prediction, plain)
    for share in (0.0, 0.25, 1.0):
        one = render(song, prediction, replace(plain, track_velocity={key: share}, track_duration={key: share}))
        lower = render(song, prediction, replace(plain, velocity=0.8 * share, duration=0.8 * share))
        assert same(one[:1], lower[:1]) and same(one[1:], every[1:])
    of_velocity = render(song, prediction, replace(plain, track_velocity={key: 0.0}))
    assert np.array_equal(of_velocity[0].velocity, song.tracks[0].notes.velocity)
    assert np.array_equal(of_velocity[0].duration, every[0].duration)


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_protected_pitches_keep_velocity_and_length(family: Family, seed: int) -> None:
    rows = [(i * PPQ // 2, PPQ // 4, (36, 42, 38, 42)[i % 4], 120) for i in range(64)]
    song = make_song(make_track(rows, family=family))
    free = Settings(seed=seed, drum_durations=True, protect_keyswitches=False)
    chosen = replace(free, protected_pitches={song.tracks[0].key: frozenset({36})})
    without, played = (render(song, predict(song), s)[0] for s in (free, chosen))
    kick = song.tracks[0].notes.pitch == 36
    assert (played.velocity[kick] == 120).all() and (played.duration[kick] == PPQ // 4).all()
    assert (without.velocity[kick] != 120).mean() > 0.5, "they would have changed"
    assert np.array_equal(played.velocity[~kick], without.velocity[~kick])
    assert np.array_equal(played.duration[~kick], without.duration[~kick])


def test_drums_keep_their_durations_unless_asked() -> None:
    song = simple(Family.DRUMS, channel=9)
    kept, changed = (render(song, predict(song), Settings(drum_durations=on))[0] for on in (False, True))
    assert np.array_equal(kept.duration, song.tracks[0].notes.duration)
    assert not np.array_equal(changed.duration, song.tracks[0].notes.duration)
    assert np.array_equal(kept.velocity, changed.velocity) and kept.velocity.std() > 3


def test_tracks_without_a_prediction_stay() -> None:
    song = make_song(simple().tracks[0], make_track([(0, PPQ, 60, 80)], index=1))
    played = render(song, {0: predict(song)[0]}, Settings())
    assert same(played[1:], song.as_written()[1:]) and not same(played[:1], song.as_written()[:1])


def test_keyswitches_stay_as_they_are() -> None:
    rows: list[Row] = [(0, PPQ, 12, 100), *((i * PPQ, PPQ, 40 + i, 80) for i in range(16))]
    song = make_song(make_track(rows, family=Family.BASS))
    draw = {0: TrackDraw(np.full(17, 40.0), np.full(17, -1.0))}
    chosen = Settings(intensity=1.0)
    (played,) = blend(song, draw, chosen, select(song, chosen))
    assert (played.velocity[0], played.duration[0]) == (100, PPQ)
    assert (played.velocity[1:] <= 41).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"intensity": 1.6}, "intensity is 1.6, but it must be between 0 and 1.5"),
        ({"velocity": -1}, "velocity is -1, but"),
        ({"duration": float("nan")}, "duration is nan, but"),
        ({"variation": 2}, "variation is 2, but"),
        ({"track_intensity": {"0:0:0": 7.0}}, "the intensity of track 0:0:0 is 7, but"),
        ({"track_velocity": {"0:0:0": 1.5}}, "the velocity of track 0:0:0 is 1.5, but it must be between 0 and 1"),
        ({"track_duration": {"0:0:0": -1}}, "the duration of track 0:0:0 is -1, but"),
        ({"protected_pitches": {"0:0:0": frozenset({128})}}, "a pitch of track 0:0:0 is 128, but it must be between 0"),
        ({"keyswitches": {"0:0:0": frozenset({-1})}}, "a pitch of track 0:0:0 is -1, but"),
        ({"level": -41}, "level is -41, but it must be between -40 and 40"),
        ({"dynamics": 2.5}, "dynamics is 2.5, but it must be between -2 and 2"),
        ({"articulation": float("nan")}, "articulation is nan, but"),
        ({"track_family": {"0:0:0": "tuba"}}, 'the family of track 0:0:0 is "tuba", but it must be one of piano, '),
        ({"locked_notes": {"0:0:0": frozenset({64})}}, "a note of track 0:0:0 is locked that it does not have"),
        ({"max_velocity_change": -1}, "max_velocity_change is -1, but it can't be negative"),
        ({"max_duration_change": -0.5}, "max_duration_change is -0.5, but it can't be negative"),
        ({"include": "("}, 'the include pattern "\\(" is wrong'),
    ],
)
def test_settings_that_make_no_sense_are_told(wrong: dict[str, Any], message: str) -> None:
    song = simple()
    with pytest.raises(DuvError, match=message):
        render(song, predict(song), Settings(**wrong))


def test_no_room_is_made_on_a_track_whose_notes_all_stay() -> None:
    rows = [(k * PPQ, PPQ // 2, 60 + k % 5, 127) for k in range(32)]
    song = make_song(make_track(rows))
    free, kept = (
        render(song, predict(song), Settings(intensity=1.0, protected_pitches=protected))[0]
        for protected in ({}, {song.tracks[0].key: frozenset(range(128))})
    )
    assert free.level_shift < 0
    assert (kept.velocity == 127).all() and (kept.level_shift, kept.spread_factor) == (0, 1)


def test_lengths_of_a_performed_track_that_is_said_to_be_drums_are_asked_for_as_those_of_drums() -> None:
    rng = np.random.default_rng(0)
    onset = np.cumsum(rng.integers(PPQ // 4, 2 * PPQ, 120))
    song = make_song(make_track([(int(t), PPQ // 3, 38, 80) for t in onset]))
    track = song.tracks[0]
    draw = {0: TrackDraw(track.notes.velocity.astype(float), np.full(len(onset), -0.5))}

    def lengths_change(**fields: Any) -> bool:
        chosen = Settings(intensity=1.0, drum_durations=True, **fields)
        return bool((blend(song, draw, chosen, select(song, chosen))[0].duration != track.notes.duration).any())

    assert not lengths_change()
    assert lengths_change(track_family={track.key: Family.DRUMS})
