"""The corridor with the model that ships: from bytes to bytes, and through the door for pretty_midi."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pretty_midi
import pytest

from duv_studio import apply_duv_to_pretty_midi, paths
from duv_studio.engine import Family, Humanizer, Settings
from duv_studio.engine.humanizer.pretty_midi import song_from_pretty_midi
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.errors import Cancelled, DuvError
from tests.midi_builder import NoteTuple, TrackSpec, build_song


def phrase(notes: int, low: int = 48, seed: int = 0, velocity: int = 80) -> list[NoteTuple]:
    """Eighth notes with a chord on every downbeat, all at one velocity."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(notes):
        rows.append((k * 240, 240, int(low + rng.integers(0, 14)), velocity))
        if k % 8 == 0:
            rows.append((k * 240, 960, low + 16, velocity))
    return rows


@pytest.fixture(scope="module")
def humanizer() -> Iterator[Humanizer]:
    yield Humanizer()


@pytest.fixture(scope="module")
def band() -> Song:
    drums = [(k * 240, 120, 36 if k % 4 == 0 else 38 if k % 4 == 2 else 42, 100) for k in range(128)]
    return midi_file.parse(
        build_song(
            [
                TrackSpec(phrase(120), channel=0, name="Piano", program=0),
                TrackSpec(phrase(90, low=40, seed=1), channel=1, name="Guitar L", program=25),
                TrackSpec(phrase(60, low=30, seed=2), channel=2, name="Bass", program=33),
                TrackSpec(drums, channel=9, name="Drums"),
            ]
        )
    )


def same(a: Performance, b: Performance) -> bool:
    return all(
        np.array_equal(x.velocity, y.velocity) and np.array_equal(x.duration, y.duration)
        for x, y in zip(a, b, strict=True)
    )


def test_every_track_comes_alive_and_drums_keep_their_lengths(humanizer: Humanizer, band: Song) -> None:
    played = humanizer.humanize(band, Settings())
    for track, now in zip(band.tracks, played, strict=True):
        assert np.std(now.velocity) > 2, track.name
        level = np.mean(track.notes.velocity) + now.level_shift
        assert abs(np.mean(now.velocity) - level) < 3, "the user's level is kept, but for what makes room"
        changed = now.duration != track.notes.duration
        assert not changed.any() if track.family is Family.DRUMS else changed.mean() > 0.3


def test_intensity_0_gives_the_very_bytes(humanizer: Humanizer, band: Song) -> None:
    still = humanizer.humanize(band, Settings(intensity=0))
    assert same(still, band.as_written())
    assert midi_file.encode(band, still) == band.source.data


def test_same_seed_same_bytes_other_seed_other_bytes(humanizer: Humanizer, band: Song) -> None:
    def encoded(seed: int) -> bytes:
        return midi_file.encode(band, humanizer.humanize(band, Settings(seed=seed)))

    assert encoded(1) == encoded(1) != encoded(2)
    assert encoded(1) == midi_file.encode(band, Humanizer().humanize(band, Settings(seed=1)))


def test_only_selected_tracks_change_and_as_they_would_in_company(humanizer: Humanizer, band: Song) -> None:
    everybody = humanizer.humanize(band, Settings())
    alone = humanizer.humanize(band, Settings(include=r"(?i)guitar"))
    written = band.as_written()
    for index, track in enumerate(band.tracks):
        expected = everybody[index] if track.name == "Guitar L" else written[index]
        assert same((alone[index],), (expected,)), track.name


def two_hands(left: str = "Left hand", *, right_velocity: int = 80) -> Song:
    right = phrase(120, low=64, velocity=right_velocity)
    specs = [TrackSpec(right, channel=0, name="Right hand", program=0),
             TrackSpec(phrase(120, low=40, seed=1), channel=1, name=left, program=0)]  # fmt: skip
    return midi_file.parse(build_song(specs))


def test_hands_are_read_together_even_when_only_one_is_humanized(humanizer: Humanizer) -> None:
    together, apart = two_hands(), two_hands("Choir")
    both = humanizer.humanize(together, Settings())
    one = humanizer.humanize(together, Settings(exclude="Left"))
    assert same(one[:1], both[:1]) and same(one[1:], together.as_written()[1:])
    assert not same(humanizer.humanize(apart, Settings())[:1], both[:1])
    assert humanizer.predict(together, Settings(), tracks=[1]).keys() == {1}


def test_hands_keep_their_balance(humanizer: Humanizer) -> None:
    for velocity in (60, 80, 100):
        right, left = humanizer.humanize(two_hands(right_velocity=velocity), Settings())
        assert abs(right.velocity.mean() - velocity) < 2 and abs(left.velocity.mean() - 80) < 2


def test_locked_notes_stay_and_tell_the_others(humanizer: Humanizer, band: Song) -> None:
    locked = frozenset(range(0, 60, 2))
    settings = Settings(intensity=1.5, variation=1.0, locked_notes={band.tracks[0].key: locked})
    played, free = humanizer.humanize(band, settings), humanizer.humanize(band, replace(settings, locked_notes={}))
    at, notes = sorted(locked), band.tracks[0].notes
    assert np.array_equal(played[0].velocity[at], notes.velocity[at])
    assert np.array_equal(played[0].duration[at], notes.duration[at])
    others = np.setdiff1d(np.arange(len(notes)), at)
    assert not np.array_equal(played[0].velocity[others], free[0].velocity[others])
    assert same(played[1:], free[1:])


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0])
def test_written_accents_survive(humanizer: Humanizer, variation: float) -> None:
    rng = np.random.default_rng(3)
    accents = np.isin(np.arange(240), rng.choice(240, 40, replace=False))  # where no player would expect them
    flat = [(k * 240, 240, int(60 + p), 80) for k, p in enumerate(rng.integers(0, 12, 240))]
    marked = [(t, d, p, 105 if accent else 75) for (t, d, p, _), accent in zip(flat, accents, strict=True)]
    r = {}
    for name, rows in (("flat", flat), ("marked", marked)):
        song = midi_file.parse(build_song([TrackSpec(rows, channel=0, name="Piano")]))
        (played,) = humanizer.humanize(song, Settings(intensity=1.0, variation=variation))
        r[name] = np.corrcoef(played.velocity, accents)[0, 1]
    assert r["marked"] > r["flat"] + 0.4


def test_a_chosen_family_is_read(humanizer: Humanizer, band: Song) -> None:
    chosen = Settings(track_family={band.tracks[1].key: Family.STRINGS})
    as_guessed, as_chosen = humanizer.humanize(band, Settings()), humanizer.humanize(band, chosen)
    assert not same(as_guessed[1:2], as_chosen[1:2])
    assert same(as_guessed[:1] + as_guessed[2:], as_chosen[:1] + as_chosen[2:])


def test_a_wrong_pattern_is_an_error_and_never_no_filter(humanizer: Humanizer, band: Song) -> None:
    with pytest.raises(DuvError, match="include"):
        humanizer.humanize(band, Settings(include="(guitar"))


@pytest.mark.parametrize("notes", [1, 2, 3])
def test_the_shortest_songs(humanizer: Humanizer, notes: int) -> None:
    song = midi_file.parse(build_song([[(k * 480, 240, 60 + k, 90) for k in range(notes)]]))
    played = humanizer.humanize(song, Settings())[0]
    assert len(played.velocity) == notes and (played.duration >= 1).all()


def test_cancel(humanizer: Humanizer, band: Song) -> None:
    with pytest.raises(Cancelled):
        humanizer.predict(band, Settings(), cancelled=lambda: True)


def test_progress_runs_from_0_to_1(humanizer: Humanizer, band: Song) -> None:
    told: list[float] = []
    humanizer.predict(band, Settings(), progress=told.append)
    assert told == sorted(told) and told[0] > 0 and told[-1] == pytest.approx(1)


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(DuvError, match="no-such-model"):
        Humanizer("no-such-model")


# ---- pretty_midi -----------------------------------------------------------------------------------------------------


def as_pretty(song: Song) -> pretty_midi.PrettyMIDI:
    return pretty_midi.PrettyMIDI(io.BytesIO(song.source.data))


def rows(pm: pretty_midi.PrettyMIDI) -> list[tuple[str, float, float, int, int]]:
    return [(i.name, n.start, n.end, n.pitch, n.velocity) for i in pm.instruments for n in i.notes]


def test_pretty_midi_gets_what_the_file_gets(humanizer: Humanizer, band: Song) -> None:
    pm = as_pretty(band)
    result = apply_duv_to_pretty_midi(pm, intensity=0.7, seed=5)
    played = humanizer.humanize(band, Settings(intensity=0.7, seed=5))
    for track, now in zip(band.tracks, played, strict=True):
        own = next(i for i in result.instruments if i.name == track.name)
        expected = sorted(zip(track.notes.onset, track.notes.pitch, now.velocity, now.duration, strict=True))
        tick = result.time_to_tick
        got = sorted((tick(n.start), n.pitch, n.velocity, tick(n.end) - tick(n.start)) for n in own.notes)
        assert [x[:3] for x in got] == [tuple(map(int, x[:3])) for x in expected]
        assert max(abs(g[3] - e[3]) for g, e in zip(got, expected, strict=True)) <= 1


def test_the_argument_is_left_alone_and_other_things_are_kept(band: Song) -> None:
    pm = as_pretty(band)
    pm.lyrics.append(pretty_midi.Lyric("la", 1.0))
    pm.instruments[0].control_changes.append(pretty_midi.ControlChange(7, 100, 0.5))
    before = rows(pm)
    result = apply_duv_to_pretty_midi(pm, intensity=0.9, include_regex=r"(?i)guitar", exclude_regex=r"(?i)drum")
    assert rows(pm) == before and result is not pm
    assert {a[0] for a, b in zip(before, rows(result), strict=True) if a != b} == {"Guitar L"}
    assert [x.text for x in result.lyrics] == ["la"] and len(result.instruments[0].control_changes) == 1


def test_pretty_midi_ends_where_it_ended_and_its_pedals_catch_what_they_caught() -> None:
    pm = pretty_midi.PrettyMIDI(initial_tempo=113.0)
    for program, drums in ((0, False), (48, False), (33, False), (0, True)):
        instrument = pretty_midi.Instrument(program, is_drum=drums)
        for k in range(24):
            for pitch in (48, 52, 55):
                instrument.notes.append(pretty_midi.Note(80, pitch, k * 0.5313, k * 0.5313 + 0.47))
        for k in range(24):
            instrument.control_changes += [
                pretty_midi.ControlChange(64, value, k * 0.5313 + after) for value, after in ((0, 0.0), (127, 0.5))
            ]
        pm.instruments.append(instrument)
    for intensity in (0.5, 0.9, 1.5):
        result = apply_duv_to_pretty_midi(pm, intensity=intensity, articulation=2.0)
        assert result.get_end_time() <= pm.get_end_time()
        for before, after in zip(pm.instruments, result.instruments, strict=True):
            assert all(now.end < now.start + 0.5 for now in after.notes), before.program


def test_pretty_midi_at_intensity_0_is_unchanged(band: Song) -> None:
    pm = as_pretty(band)
    assert rows(apply_duv_to_pretty_midi(pm, intensity=0)) == rows(pm)


@pytest.mark.parametrize(
    "wrong",
    [
        {"include_regex": "("},
        {"exclude_regex": "*"},
        {"intensity": 2},
        {"intensity": float("nan")},
        {"dynamics": 3},
        {"families": {"Nobody": "piano"}},
        {"families": {"Guitar": "kazoo"}},
        {"parts": ["Nobody: velocity=0"]},
        {"parts": [{"match": "Guitar", "loud": 1}]},
        {"device": "toaster"},
        {"precision": "fp1"},
    ],
)
def test_pretty_midi_refuses_wrong_arguments(band: Song, wrong: dict[str, object]) -> None:
    with pytest.raises(DuvError):
        apply_duv_to_pretty_midi(as_pretty(band), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"include_regex": "("}, {"velocity": 2}])
def test_wrong_arguments_are_told_even_where_nothing_is_to_be_done(band: Song, wrong: dict[str, object]) -> None:
    for pm in (as_pretty(band), pretty_midi.PrettyMIDI()):
        with pytest.raises(DuvError):
            apply_duv_to_pretty_midi(pm, intensity=0, **wrong)  # type: ignore[arg-type]


def test_an_object_without_notes_comes_back() -> None:
    assert rows(apply_duv_to_pretty_midi(pretty_midi.PrettyMIDI())) == []


def test_model_path_may_be_a_file(band: Song) -> None:
    path = paths.resource("models", "base-open", "model.safetensors")
    assert rows(apply_duv_to_pretty_midi(as_pretty(band), str(path))) == rows(apply_duv_to_pretty_midi(as_pretty(band)))


def test_pretty_midi_takes_parts(band: Song) -> None:
    pm = as_pretty(band)
    name = pm.instruments[0].name
    match = f"^{re.escape(name)}$"
    plain, chosen, kept = (
        apply_duv_to_pretty_midi(pm, parts=parts).instruments[0].notes
        for parts in ((), [{"match": match, "velocity": 0}], [f"{match}: protect=all"])
    )
    before = pm.instruments[0].notes
    assert [n.velocity for n in chosen] == [n.velocity for n in before] != [n.velocity for n in plain]
    assert [n.end for n in chosen] == [n.end for n in plain]
    assert [(n.velocity, n.end) for n in kept] == [(n.velocity, n.end) for n in before]


def test_pretty_midi_takes_families_device_and_precision(band: Song) -> None:
    guessed, chosen = (
        rows(apply_duv_to_pretty_midi(as_pretty(band), include_regex="Guitar", device="cpu", precision="fp32", **more))
        for more in ({}, {"families": {"Guitar": "strings"}})
    )
    changed = {a[0] for a, b in zip(guessed, chosen, strict=True) if a != b}
    assert changed == {"Guitar L"}
    coarse = rows(apply_duv_to_pretty_midi(as_pretty(band), include_regex="Guitar", precision="bf16"))
    assert [row[4] for row in coarse] != [row[4] for row in guessed]


def test_names_in_a_pretty_midi_object_are_read_as_those_of_a_file() -> None:
    names = ("Гитара", "Ударные", "Бас")
    rows = [(i * 480, 240, 40, 80) for i in range(8)]
    specs = [TrackSpec(rows, channel=i, name=name.encode("cp1251")) for i, name in enumerate(names)]
    song, _ = song_from_pretty_midi(pretty_midi.PrettyMIDI(io.BytesIO(build_song(specs, tempos=[(0, 120)]))))
    assert [track.name for track in song.tracks] == list(names)
    assert [track.family for track in song.tracks] == [Family.GUITAR, Family.DRUMS, Family.BASS]
