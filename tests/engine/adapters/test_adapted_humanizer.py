"""Adapters at work: what is merged is what was learned, each family has its own, and without any nothing changes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import pytest
import torch
from numpy.typing import NDArray
from peft import LoraConfig, inject_adapter_in_model

from duv_studio import apply_duv_to_pretty_midi, paths
from duv_studio.engine import Family, Humanizer, Settings
from duv_studio.engine.adapters import library as adapters
from duv_studio.engine.adapters.header import HARMS, weights_hash
from duv_studio.engine.adapters.library import load_adapter
from duv_studio.engine.adapters.lora_merge import merged
from duv_studio.engine.features import hints
from duv_studio.engine.features.feature_groups import hidden_columns
from duv_studio.engine.features.hints import Hint
from duv_studio.engine.features.note_features import NoteTable, features
from duv_studio.engine.features.part_merging import merge_tables
from duv_studio.engine.humanizer import loaded_model as runtime
from duv_studio.engine.humanizer.prediction_request import parts_of, prediction_of
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song, Track
from duv_studio.engine.model.checkpoint import load
from duv_studio.engine.model.inference import Temperatures, predict_track
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.model.transformer import DuvTransformer, Logits
from duv_studio.engine.music.selection import select
from duv_studio.errors import DuvError
from tests.adapters_made import (
    MODULES,
    OTHER_RENDERING,
    adapter_weights,
    header_for,
    hide_shipped,
    inputs_without,
    make_adapter,
    make_base,
    make_statistics,
)
from tests.midi_builder import TrackSpec, build_song
from tests.played_tracks import played_track

AS_IT_IS = Settings()


@pytest.fixture
def base() -> Path:
    return make_base()


@pytest.fixture(autouse=True)
def no_shipped_adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships is not what is tested here."""
    hide_shipped(monkeypatch, tmp_path / "none")


@pytest.fixture
def made_hint(monkeypatch: pytest.MonkeyPatch) -> Hint:
    """A hint of two columns, worked out from the notes."""

    def compute(table: NoteTable) -> NDArray[np.float64]:
        return np.stack([table.pitch % 2, table.velocity / 127], axis=1)

    hint = Hint("made_hint", 2, (), compute, "for tests")
    monkeypatch.setitem(hints.HINTS, "made_hint", hint)
    return hint


def rows(notes: int, low: int, seed: int) -> list[tuple[int, int, int, int]]:
    rng = np.random.default_rng(seed)
    return [(k * 240, 240, int(low + rng.integers(0, 14)), int(60 + rng.integers(0, 40))) for k in range(notes)]


@pytest.fixture(scope="module")
def band() -> Song:
    return midi_file.parse(
        build_song(
            [
                TrackSpec(rows(300, 60, 0), channel=0, name="Right hand", program=0),
                TrackSpec(rows(300, 40, 1), channel=1, name="Left hand", program=0),
                TrackSpec(rows(90, 45, 2), channel=2, name="Guitar L", program=25),
                TrackSpec(rows(90, 30, 3), channel=3, name="Bass", program=33),
            ]
        )
    )


def same(a: TrackPrediction, b: TrackPrediction) -> bool:
    return np.array_equal(a.velocity_cdf, b.velocity_cdf) and np.array_equal(a.duration_cdf, b.duration_cdf)


def changed(song: Song, one: Humanizer, other: Humanizer, settings: Settings = AS_IT_IS) -> set[str]:
    """Names of the tracks that two of them see differently."""
    a, b = one.predict(song, settings), other.predict(song, settings)
    return {song.tracks[i].name for i in a if not same(a[i], b[i])}


def plain(base: str | Path = "tiny") -> Humanizer:
    return Humanizer(base, adapter="none")


# Merging


def notes() -> tuple[torch.Tensor, ...]:
    read = features(played_track(64, seed=3).table())
    return tuple(torch.from_numpy(a)[None] for a in (read.floats, read.indices, read.onset))


def apart(a: Logits, b: Logits) -> float:
    return max(float((getattr(a, h) - getattr(b, h)).abs().max()) for h in ("velocity", "key", "sustained"))


def unmerged(network: DuvTransformer, weights: dict[str, torch.Tensor], alpha: float) -> DuvTransformer:
    """The network with peft's own layers beside the linear ones, holding these weights."""
    names = [name.removesuffix(".lora_A.weight") for name in weights if name.endswith("lora_A.weight")]
    how = LoraConfig(r=4, lora_alpha=alpha, lora_dropout=0.05, target_modules=names, bias="none")
    inject_adapter_in_model(how, network, adapter_name="default")
    held = {name.replace("lora_A.", "lora_A.default.").replace("lora_B.", "lora_B.default."): w for name, w in
            weights.items()}  # fmt: skip
    missing = network.load_state_dict(held, strict=False)
    assert not missing.unexpected_keys
    return network.eval()


@pytest.mark.parametrize("strength", [1.0, 0.5])
@pytest.mark.parametrize("modules", [MODULES, MODULES[3:4]])
@torch.inference_mode()
def test_merged_is_what_peft_computes(base: Path, modules: tuple[str, ...], strength: float) -> None:
    header = header_for(base, modules=modules)
    weights = adapter_weights(modules=modules)
    network, _ = load(base)
    here = merged(network, weights, header, strength)(*notes())
    before = network(*notes())
    there = unmerged(network, weights, header.alpha * strength)(*notes())
    assert apart(here, there) < 1e-5
    assert apart(here, before) > 1e-2


@torch.inference_mode()
def test_merged_reads_the_hints_and_inputs_that_were_learned(base: Path, made_hint: Hint) -> None:
    header = header_for(base, inputs=("made_hint", *inputs_without("vel_norm", "is_downbeat")))
    weights = adapter_weights(hints=2)
    told = torch.rand(1, 64, 2, generator=torch.Generator().manual_seed(1))
    network, _ = load(base)
    here = merged(network, weights, header)(*notes(), hints=told)
    hidden = hidden_columns(header.inputs)
    network.hide(hidden.floats, hidden.indices)
    network.read_hints(2)
    there = unmerged(network, weights, header.alpha)(*notes(), hints=told)
    assert apart(here, there) < 1e-5
    assert apart(here, merged(load(base)[0], weights, header)(*notes(), hints=0 * told)) > 1e-2


@torch.inference_mode()
def test_what_learned_nothing_is_the_base_bit_for_bit(base: Path, made_hint: Hint) -> None:
    header = header_for(base, inputs=(*inputs_without(), "made_hint"))
    network, _ = load(base)
    told = torch.rand(1, 64, 2)
    for nothing in (
        merged(network, adapter_weights(hints=2, size=0.0), header),
        merged(network, adapter_weights(hints=2), header, strength=0.0),
    ):
        assert apart(nothing(*notes(), hints=told), network(*notes())) == 0
        assert apart(nothing(*notes(), hints=told), merged(network, adapter_weights(hints=2), header)(*notes())) > 0


@torch.inference_mode()
def test_merging_leaves_the_base_alone(base: Path) -> None:
    network, _ = load(base)
    before = {name: w.clone() for name, w in network.state_dict().items()}
    merged(network, adapter_weights(), header_for(base, inputs=inputs_without("pitch")))
    assert all(torch.equal(w, before[name]) for name, w in network.state_dict().items())
    assert bool(network.reads_floats.all()) and network.hints is None


@pytest.mark.parametrize("module", ["blocks.7.attn.q_proj", "blocks.0.attn", "head_vel"])
def test_an_adapter_of_another_shape_is_refused(base: Path, module: str) -> None:
    header = header_for(base, modules=(module,))
    with pytest.raises(DuvError, match="does not fit the base model"):
        merged(load(base)[0], adapter_weights(modules=(module,)), header)


# Who plays what


def old_way(song: Song, base: Path, settings: Settings) -> dict[int, TrackPrediction]:
    """The piano of the band as it was predicted before there were adapters."""
    network, header = load(base)
    parts = parts_of(song, (0, 1), select(song, settings), settings)
    table, places = merge_tables([part.table for part in parts])
    found = predict_track(network, features(table))
    how = header.rendering_of(Family.PIANO)
    return {
        part.track.index: prediction_of(part, found, place, how, settings, (0, 1))
        for part, place in zip(parts, places, strict=True)
    }


@pytest.mark.parametrize("adapter", ["auto", "none"])
def test_without_adapters_everything_is_as_it_was(base: Path, band: Song, adapter: str) -> None:
    make_adapter(base, "piano", verdict=HARMS)
    humanizer = Humanizer("tiny", adapter=adapter)
    now, before = humanizer.predict(band, Settings()), old_way(band, base, Settings())
    assert all(same(now[i], before[i]) for i in (0, 1))
    assert (humanizer.name, humanizer.description, dict(humanizer.adapters)) == ("tiny", "Tiny · MIT", {})


def test_an_adapter_that_learned_nothing_changes_nothing(base: Path, band: Song) -> None:
    for family in ("piano", "guitar", "bass"):
        make_adapter(base, family, size=0.0)
    humanizer = Humanizer("tiny")
    assert len(humanizer.adapters) == 3 and changed(band, humanizer, plain()) == set()
    with_it, without = (midi_file.encode(band, h.humanize(band, Settings())) for h in (humanizer, plain()))
    assert with_it == without


def test_families_are_played_by_their_own_adapters(base: Path, band: Song) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "bass", verdict=HARMS)
    make_adapter(base, "drums")
    humanizer = Humanizer("tiny")
    assert set(humanizer.adapters) == {Family.GUITAR, Family.DRUMS}
    assert humanizer.adapters[Family.GUITAR].title == "My guitar"
    assert changed(band, humanizer, plain()) == {"Guitar L"}
    chosen = Settings(track_family={band.tracks[3].key: Family.GUITAR})
    assert changed(band, humanizer, plain(), chosen) == {"Guitar L", "Bass"}


def test_a_named_adapter_plays_its_family_and_the_others_play_as_they_do(base: Path, band: Song) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "guitar", name="wild", title="Wild", verdict=HARMS, seed=5, created="")
    make_adapter(base, "bass")
    humanizer = Humanizer("tiny", adapter="wild")
    assert changed(band, humanizer, plain()) == {"Guitar L", "Bass"}
    assert changed(band, humanizer, Humanizer("tiny")) == {"Guitar L"}
    assert humanizer.name == "tiny + my-bass + wild"
    assert humanizer.description == "Tiny · MIT · bass adapter “My bass” · guitar adapter “Wild” (harms)"


def test_a_licence_that_forbids_commerce_is_told(base: Path) -> None:
    make_adapter(base, licence="CC BY-NC 4.0", verdict="")
    told = Humanizer("tiny", adapter="my-guitar").description
    assert told.endswith("guitar adapter “My guitar” (never judged, not for commercial use)")


def test_many_adapters_are_counted(base: Path) -> None:
    for family in ("piano", "guitar", "bass"):
        make_adapter(base, family)
    assert Humanizer("tiny").name == "tiny + 3 adapters"


def test_same_seed_same_bytes(base: Path, band: Song) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "piano", seed=1)

    def encoded(seed: int) -> bytes:
        return midi_file.encode(band, Humanizer("tiny").humanize(band, Settings(seed=seed)))

    assert encoded(1) == encoded(1) != encoded(2)


def test_the_merged_network_plays(base: Path, band: Song) -> None:
    """What comes out is what the merged network says, in the adapter's rendering."""
    path = make_adapter(base, "guitar", rendering=OTHER_RENDERING)
    got = Humanizer("tiny").predict(band, Settings(), tracks=[2])[2]
    (part,) = parts_of(band, (2,), select(band, Settings()), Settings())
    network = merged(load(base)[0], *load_adapter(path))
    temperatures = Temperatures(OTHER_RENDERING.velocity_temperature, OTHER_RENDERING.duration_temperature)
    expected = predict_track(network, features(part.table), temperatures)
    assert np.allclose(got.velocity_cdf, np.cumsum(expected.velocity, axis=1), atol=1e-6)
    assert got.velocity_spread == OTHER_RENDERING.velocity_spread
    assert got.duration_kernel == OTHER_RENDERING.duration_kernel


@pytest.mark.parametrize("target", ["velocity", "dur_beats"])
def test_what_an_adapter_does_not_target_is_the_bases(base: Path, band: Song, target: str) -> None:
    make_adapter(base, "guitar", targets=(target,), rendering=OTHER_RENDERING)
    now, before = (h.predict(band, Settings(), tracks=[2])[2] for h in (Humanizer("tiny"), plain()))
    learned, kept = ("velocity", "duration") if target == "velocity" else ("duration", "velocity")
    assert np.array_equal(getattr(now, f"{kept}_cdf"), getattr(before, f"{kept}_cdf"))
    assert not np.allclose(getattr(now, f"{learned}_cdf"), getattr(before, f"{learned}_cdf"), atol=1e-3)
    for what in ("kernel", "spread"):
        assert getattr(now, f"{kept}_{what}") == getattr(before, f"{kept}_{what}")
        assert getattr(now, f"{learned}_{what}") == getattr(OTHER_RENDERING, f"{learned}_{what}")


def test_progress_of_two_readings_runs_once_from_0_to_1(base: Path, band: Song) -> None:
    make_adapter(base, "piano", targets=("velocity",))
    told: list[float] = []
    Humanizer("tiny").predict(band, Settings(), progress=told.append)
    assert told == sorted(told) and told[0] > 0 and told[-1] == pytest.approx(1)


def test_hidden_inputs_are_not_seen(base: Path, band: Song) -> None:
    make_adapter(base, "guitar", inputs=inputs_without("vel_norm"), size=0.0)
    louder = [replace(t, notes=replace(t.notes, velocity=t.notes.velocity[::-1].copy())) for t in band.tracks]
    other = replace(band, tracks=tuple(louder))
    now, then = (Humanizer("tiny").predict(s, Settings(), tracks=[2])[2] for s in (band, other))
    assert same(now, then)
    assert not same(*(plain().predict(s, Settings(), tracks=[2])[2] for s in (band, other)))


def test_hints_are_heard_from_the_whole_instrument(base: Path, band: Song, made_hint: Hint) -> None:
    make_adapter(base, "piano", inputs=(*inputs_without(), "made_hint"))
    humanizer = Humanizer("tiny")
    found = humanizer.predict(band, Settings(), tracks=[0, 1])
    parts = parts_of(band, (0, 1), select(band, Settings()), Settings())
    table, places = merge_tables([part.table for part in parts])
    network = merged(load(base)[0], *load_adapter(paths.user_adapters_dir() / "my-piano" / "adapter.safetensors"))
    assert made_hint.compute is not None
    told = made_hint.compute(table).astype(np.float32)
    expected = predict_track(network, features(table), hints=told)
    assert len(table) == 600, "more than one window"
    for index, place in zip((0, 1), places, strict=True):
        assert np.allclose(found[index].velocity_cdf, np.cumsum(expected.velocity[place], axis=1), atol=1e-6)
    silent = predict_track(network, features(table), hints=0 * told)
    assert not np.allclose(silent.velocity, expected.velocity, atol=1e-3)


def test_what_only_the_song_tells_is_told_of_every_part(
    base: Path, band: Song, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right hand's notes are marked 1, those of the left are not, whatever their order among each other."""
    monkeypatch.setitem(hints.HINTS, "told_hint", Hint("told_hint", 1, (), None, "for tests"))
    asked: list[tuple[str, tuple[str, ...]]] = []

    def told_of(song: Song, track: Track, keep: NDArray[np.bool_], names: Sequence[str]) -> dict[str, Any]:
        asked.append((track.name, tuple(names)))
        return {"told_hint": np.ones((int(keep.sum()), 1))} if track.name == "Right hand" else {}

    monkeypatch.setattr("duv_studio.engine.humanizer.prediction_request.song_hints", told_of)
    path = make_adapter(base, "piano", inputs=(*inputs_without(), "told_hint"))
    found = Humanizer("tiny").predict(band, Settings(), tracks=[0, 1])
    assert asked == [("Right hand", ("told_hint",)), ("Left hand", ("told_hint",))]
    parts = parts_of(band, (0, 1), select(band, Settings()), Settings())
    table, places = merge_tables([part.table for part in parts])
    marks = np.zeros((len(table), 1), np.float32)
    marks[places[0]] = 1
    expected = predict_track(merged(load(base)[0], *load_adapter(path)), features(table), hints=marks)
    for index, place in zip((0, 1), places, strict=True):
        assert np.allclose(found[index].velocity_cdf, np.cumsum(expected.velocity[place], axis=1), atol=1e-6)


def test_every_hint_there_is_can_be_read_of_files_and_of_pretty_midi(base: Path, band: Song) -> None:
    for family in ("piano", "guitar", "bass"):
        make_adapter(base, family, inputs=(*inputs_without(), *hints.HINTS))
    assert changed(band, Humanizer("tiny"), plain()) == {track.name for track in band.tracks}
    apply_duv_to_pretty_midi(as_pretty(band), "tiny")


# Statistics of a player


def test_statistics_ask_the_base_for_a_style(base: Path, band: Song) -> None:
    make_statistics(base, "guitar", dynamics_style=1.25, articulation_style=-9.0)
    humanizer, alone = Humanizer("tiny"), plain()
    asked = Settings(dynamics=1.25, articulation=-2.0)
    now, expected = (h.predict(band, s)[2] for h, s in ((humanizer, Settings()), (alone, asked)))
    assert same(now, expected)
    assert (now.velocity_spread, now.articulation) == (expected.velocity_spread, -2.0)
    assert changed(band, humanizer, alone) == {"Guitar L"}
    assert changed(band, humanizer, alone, asked) == set(), "what the user asks for goes before"


def test_statistics_that_know_no_lengths_ask_for_none(base: Path, band: Song) -> None:
    make_statistics(base, "guitar", articulation=None, dynamics_style=1.0)
    now, expected = (h.predict(band, s)[2] for h, s in
                     ((Humanizer("tiny"), Settings()), (plain(), Settings(dynamics=1.0))))  # fmt: skip
    assert same(now, expected) and now.articulation == 0.0


# Files are read once, networks are made when they are needed


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every time that the weights of a base are read, for playing or to name them."""
    read: list[Path] = []

    def counted(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
        return lambda path: read.append(path) or function(path)

    monkeypatch.setattr(runtime, "load", counted(load))
    monkeypatch.setattr(adapters, "weights_hash", counted(weights_hash))
    return read


def test_switching_adapters_does_not_read_the_base_again(base: Path, band: Song, reads: list[Path]) -> None:
    first = make_adapter(base, "guitar")
    other = make_adapter(base, "guitar", name="other", seed=7, verdict=HARMS)
    humanizers = [Humanizer("tiny", adapter=a) for a in ("auto", "none", "other", first)] + [Humanizer(other)]
    for humanizer in humanizers:
        humanizer.predict(band, Settings())
    assert reads == [base, base], "once for its name and once for its weights"
    assert changed(band, humanizers[0], humanizers[2]) == {"Guitar L"}
    assert changed(band, humanizers[0], humanizers[3]) == changed(band, humanizers[2], humanizers[4]) == set()


def test_a_base_that_is_written_anew_is_read_anew(base: Path, band: Song, tmp_path: Path) -> None:
    before = plain()
    base.write_bytes(make_base("tiny", tmp_path, seed=2).read_bytes())
    assert changed(band, before, plain()) == {t.name for t in band.tracks}


def test_networks_are_made_only_for_families_that_play(base: Path, band: Song, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(runtime, "merged", lambda b, w, h: made.append(h.family) or merged(b, w, h))
    for family in ("drums", "guitar", "bass"):
        make_adapter(base, family)
    humanizer = Humanizer("tiny")
    assert made == []
    humanizer.predict(band, Settings(), tracks=[2])
    humanizer.predict(band, Settings())
    humanizer.predict(band, Settings())
    assert made == ["guitar", "bass"]


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_adapters_work_in_every_number_format(base: Path, band: Song, precision: str) -> None:
    make_adapter(base, "guitar")
    exact, coarse = Humanizer("tiny"), Humanizer("tiny", precision=precision)
    a, b = (h.predict(band, Settings(), tracks=[2])[2] for h in (exact, coarse))
    assert np.abs(a.velocity_cdf - b.velocity_cdf).max() < 0.1
    assert not same(a, b)
    assert changed(band, coarse, Humanizer("tiny", precision=precision, adapter="none")) == {"Guitar L"}


# pretty_midi, as the training guide has it


def as_pretty(song: Song) -> pretty_midi.PrettyMIDI:
    return pretty_midi.PrettyMIDI(io.BytesIO(song.source.data))


def velocities(pm: pretty_midi.PrettyMIDI) -> dict[str, list[int]]:
    return {i.name: [n.velocity for n in i.notes] for i in pm.instruments}


def test_the_guides_call(base: Path, band: Song, tmp_path: Path) -> None:
    make_adapter(base, "guitar", path=tmp_path / "duv_guitar_lora" / "duv_lora_best.ckpt", verdict="")
    original = as_pretty(band)
    humanized = apply_duv_to_pretty_midi(
        pm=original,
        model_path=str(tmp_path / "duv_guitar_lora" / "duv_lora_best.ckpt"),
        intensity=0.9,
        include_regex=r"(?i)guitar",
        exclude_regex=r"(?i)drum",
    )
    before, after = velocities(original), velocities(humanized)
    assert {name for name in before if before[name] != after[name]} == {"Guitar L"}
    played = Humanizer(tmp_path / "duv_guitar_lora").humanize(band, Settings(intensity=0.9))
    assert after["Guitar L"] == played[2].velocity.tolist()
    assert after["Guitar L"] != plain().humanize(band, Settings(intensity=0.9))[2].velocity.tolist()


def test_pretty_midi_hears_of_a_new_adapter(base: Path, band: Song) -> None:
    def heard(**how: Any) -> list[int]:
        return velocities(apply_duv_to_pretty_midi(as_pretty(band), "tiny", **how))["Guitar L"]

    alone = heard()
    path = make_adapter(base, "guitar")
    first = heard()
    assert alone == heard(adapter="none") != first == heard(adapter="my-guitar")
    make_adapter(base, "guitar", path=path, seed=3, title="Trained again")
    assert heard() not in (first, alone)
