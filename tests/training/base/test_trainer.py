"""Real training steps on tiny data: something is learned, and a killed run goes on as if nothing had happened."""

from __future__ import annotations

import argparse
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from duv_studio.cli import train_base
from duv_studio.engine.features.note_features import INDEX_SIZES, features
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, load, read_header
from duv_studio.engine.model.inference import predict_track
from duv_studio.engine.model.library import LICENCE_FILE, MODEL_FILE
from duv_studio.engine.model.transformer import DuvTransformer, Logits
from duv_studio.engine.music.drum_pieces import without_edges
from duv_studio.errors import DuvError
from duv_studio.training.base import trainer as base_trainer
from duv_studio.training.base.export import CARD_FILE, data_rows, export_model, where
from duv_studio.training.base.second_pass import SURE, two_passes
from duv_studio.training.base.trainer import CHECKPOINT_FILE, BaseTrainer, Event
from duv_studio.training.base.validation import Probe
from duv_studio.training.calibration.fit import calibrate, flat_table
from duv_studio.training.config import BaseConfig, Loss
from duv_studio.training.data.corpora.giantmidi import DOUBTS
from duv_studio.training.data.degrade import DURATION_MODES, VELOCITY_MODES
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import (
    Batch,
    WindowSource,
    augment,
    make_example,
    on_another_clock,
    stack,
    targets_of,
    together,
)
from duv_studio.training.errors import DeviceLost, DiskFull, NotANumber, OutOfMemory
from duv_studio.training.loss import (
    Targets,
    chord_contrast,
    crps,
    duration_place,
    expected_bin,
    losses,
    soft_cross_entropy,
    velocity_place,
)
from duv_studio.training.optimisation import schedule
from tests import ROOT
from tests.played_tracks import played_track, with_velocity

RECIPE = {
    "name": "tiny",
    "title": "Tiny",
    "sets": ["gmd"],
    "model": {"width": 32, "layers": 1, "heads": 2, "ff": 64, "dropout": 0.0},
    "optimiser": {"steps": 60, "batch_size": 8, "window": 64, "lr": 5e-3, "warmup_steps": 5, "precision": "32"},
    "curriculum": {
        "velocity": {"flat": 0.8, "jitter": 0.2},
        "duration": {"notated": 0.8, "gate": 0.2},
        "families": {"piano": 1.0},
    },
}


def recipe(**optimiser: object) -> BaseConfig:
    return BaseConfig.model_validate(RECIPE | {"optimiser": RECIPE["optimiser"] | optimiser})


def trainer(folder: Path, config: BaseConfig | None = None) -> BaseTrainer:
    config = config or recipe()
    tracks = [played_track(seed=k) for k in range(4)]
    source = WindowSource(tracks, config.curriculum, config.optimiser.window, config.optimiser.seed)
    return BaseTrainer(config, source, Probe(held_out()), folder)


def held_out() -> list[PlayedTrack]:
    return [played_track(seed=k, split="dev") for k in (100, 101)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[BaseTrainer, list[Event]]:
    events: list[Event] = []
    run = trainer(tmp_path_factory.mktemp("run"), recipe(steps=150))
    run.fit(events.append)
    return run, events


def test_it_learns_how_the_player_plays(trained: tuple[BaseTrainer, list[Event]]) -> None:
    _, events = trained
    last = events[-1].metrics
    assert last["val_vel_r/piano/made"] > 0.8, "accents and contour of songs that it never saw"
    assert last["val_dur_r/piano/made"] > 0.5
    assert events[-1].step == 150 and last["val_loss/piano/made"] < events[0].metrics["train_loss"]


def test_resuming_gives_the_weights_of_an_unbroken_run(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole", recipe(steps=12))
    whole.fit(lambda e: None)
    asked = iter([False] * 5 + [True])
    trainer(tmp_path / "broken", recipe(steps=12)).fit(lambda e: None, lambda: next(asked))
    resumed = trainer(tmp_path / "broken", recipe(steps=12))
    resumed.fit(lambda e: None)
    assert resumed.step == 12
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[name], value, atol=0, rtol=0)
    for name, value in whole.average.state_dict().items():
        torch.testing.assert_close(resumed.average.state_dict()[name], value, atol=0, rtol=0)


def test_a_run_goes_on_only_with_its_own_recipe(tmp_path: Path) -> None:
    trainer(tmp_path, recipe(steps=2)).fit(lambda e: None)
    with pytest.raises(DuvError, match="another recipe"):
        trainer(tmp_path, recipe(steps=2, lr=1e-4)).fit(lambda e: None)


def test_a_finished_run_becomes_a_model_that_predicts_the_same(
    trained: tuple[BaseTrainer, list[Event]], tmp_path: Path
) -> None:
    run, _ = trained
    export_model(run, held_out(), tmp_path / "tiny", "tiny.yaml")
    model, header = load(tmp_path / "tiny" / MODEL_FILE)
    read = features(flat_table(held_out()[0]))
    np.testing.assert_allclose(
        predict_track(model, read).velocity, predict_track(run.average, read).velocity, atol=5e-3
    )
    assert header.steps == 150 and header.sets == ("gmd",)
    card = (tmp_path / "tiny" / CARD_FILE).read_text()
    assert "CC BY 4.0" in card and "150 steps" in card and "--config tiny.yaml" in card
    assert "on 1 CPU thread(s) (32 bits)." in card and "Doubts" not in card
    assert header.licence == "MIT" and not (tmp_path / "tiny" / LICENCE_FILE).exists()


def test_a_model_of_data_that_is_not_for_sale_says_so(trained: tuple[BaseTrainer, list[Event]], tmp_path: Path) -> None:
    run, _ = trained
    mine = run.config
    run.config = mine.model_copy(update={"sets": ["gmd", "asap_NC"]})
    try:
        export_model(run, held_out(), tmp_path / "nc", "nc.yaml")
    finally:
        run.config = mine
    header = read_header(tmp_path / "nc" / MODEL_FILE)
    assert header.licence == "CC BY-NC-SA 4.0" and not header.commercial and "commercial" in header.licence_note
    text = (tmp_path / "nc" / LICENCE_FILE).read_text()
    assert "CC-BY-NC-SA-4.0" in text and "(n)ASAP" in text and "Groove" in text


def test_the_card_says_what_is_in_doubt_about_its_data(
    trained: tuple[BaseTrainer, list[Event]], tmp_path: Path
) -> None:
    run, _ = trained
    mine = run.config
    run.config = mine.model_copy(update={"sets": ["gmd", "giantmidi_eval"]})
    try:
        export_model(run, held_out(), tmp_path / "open", "open.yaml")
    finally:
        run.config = mine
    card = (tmp_path / "open" / CARD_FILE).read_text(encoding="utf-8")
    data = card[card.index("## Data") : card.index("## Training")]
    assert data.count("Doubts about") == 1 and f"\n\nDoubts about giantmidi_eval: {DOUBTS}\n\n" in data
    for doubt in ("MAESTRO (CC BY-NC-SA 4.0)", "YouTube", "publisher's word", "estimates", "pedal included", "16 %"):
        assert doubt in DOUBTS
    assert read_header(tmp_path / "open" / MODEL_FILE).licence == "MIT"


def test_the_card_counts_every_form_of_a_set(trained: tuple[BaseTrainer, list[Event]]) -> None:
    run, _ = trained
    mine = run.source.tracks
    run.source.tracks = [played_track(100, corpus=corpus) for corpus in ("asap_NC", "asap_NC performed", "gmd", "gmd")]
    try:
        rows = data_rows(run, ModelHeader("x", "X", "MIT", {}, {}, sets=("asap_NC", "gmd")))
    finally:
        run.source.tracks = mine
    counted = [tuple(cell.strip() for cell in (row.split("|")[k] for k in (1, 4, 5))) for row in rows]
    assert counted == [("asap_NC", "1", "100"), ("asap_NC performed", "1", "100"), ("gmd", "2", "200")]


def test_weights_never_lose_the_licence_of_those_that_they_started_from(
    trained: tuple[BaseTrainer, list[Event]], tmp_path: Path
) -> None:
    run, _ = trained
    mine = run.config
    try:
        run.config = mine.model_copy(update={"sets": ["asap_NC"]})
        export_model(run, held_out(), tmp_path / "nc", "nc.yaml")
        run.config = mine.model_copy(update={"start_from": str(tmp_path / "nc")})
        export_model(run, held_out(), tmp_path / "on", "on.yaml")
    finally:
        run.config = mine
    header = read_header(tmp_path / "on" / MODEL_FILE)
    assert header.sets == ("asap_NC", "gmd") and not header.commercial
    assert (tmp_path / "on" / LICENCE_FILE).is_file()


def test_calibration_and_kernels_describe_the_residuals(trained: tuple[BaseTrainer, list[Event]]) -> None:
    how = calibrate(trained[0].average, held_out())["piano"]
    kernel = how.velocity_kernel
    shares = [kernel.slow, kernel.fast, kernel.band, kernel.chord, kernel.chord_band, kernel.own]
    assert sum(shares) == pytest.approx(1) and min(shares) >= 0
    assert kernel.own > 0.5, "the made-up player errs independently from note to note"
    assert 0.7 <= how.velocity_temperature <= 2 and 0.5 <= how.duration_temperature <= 2
    assert 0.3 <= how.velocity_spread <= 1.6 and 0.3 <= how.duration_spread <= 1.6


def test_a_recipe_may_start_from_another_models_weights(
    trained: tuple[BaseTrainer, list[Event]], tmp_path: Path
) -> None:
    export_model(trained[0], held_out(), tmp_path / "tiny", "tiny.yaml")
    start = trainer(tmp_path / "on", recipe().model_copy(update={"start_from": str(tmp_path / "tiny")}))
    for name, value in trained[0].average.state_dict().items():
        torch.testing.assert_close(start.model.state_dict()[name], value, atol=1e-2, rtol=1e-2)
    wider = recipe().model.model_copy(update={"width": 64})
    with pytest.raises(DuvError, match="another shape"):
        trainer(tmp_path / "no", recipe().model_copy(update={"start_from": str(tmp_path / "tiny"), "model": wider}))


@pytest.mark.parametrize(
    ("asked", "has_bf16", "used"), [("bf16", True, "bf16"), ("bf16", False, "32 bits"), ("32", True, "32 bits")]
)
def test_a_processor_that_would_emulate_bf16_computes_in_32_bits(
    asked: str, has_bf16: bool, used: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duv_studio.training.precision.cpu_has_bf16", lambda: has_bf16)
    seen: list[bool] = []
    predict = base_trainer.predict_batch

    def watched(model: DuvTransformer, batch: Batch) -> Logits:
        seen.append(torch.is_autocast_enabled("cpu"))
        return predict(model, batch)

    monkeypatch.setattr(base_trainer, "predict_batch", watched)
    run = trainer(tmp_path, recipe(steps=1, precision=asked))
    run.fit(lambda event: None)
    assert seen == [used == "bf16"] and where(run) == f"1 CPU thread(s) ({used})"


def test_a_piece_that_many_played_is_drawn_as_the_root_of_their_number() -> None:
    many = [replace(played_track(seed=k), song="often") for k in range(4)]
    source = WindowSource([*many, played_track(seed=9)], recipe().curriculum, 64, 0)
    np.testing.assert_allclose(source.odds["piano"], [1 / 6] * 4 + [1 / 3])
    more = recipe().curriculum.model_copy(update={"corpora": {"other": 4.0}})
    source = WindowSource([played_track(), played_track(seed=1, corpus="other")], more, 64, 0)
    np.testing.assert_allclose(source.odds["piano"], [0.2, 0.8])


def test_a_small_family_is_not_drawn_for_ever() -> None:
    curriculum = recipe().curriculum.model_copy(
        update={"families": {"piano": 0.5, "bass": 0.5}, "most_epochs": {"bass": 2.0}}
    )
    tracks = [played_track(), played_track(seed=1, family=Family.BASS)]
    source = WindowSource(tracks, curriculum, 64, 0)
    often = int(2 * 300 / (0.5 * 8 * 64))
    np.testing.assert_allclose(source.share_at(often, 8), [0.5, 0.5])
    np.testing.assert_allclose(source.share_at(often + 1, 8), [10 / 11, 1 / 11])


def test_onsets_are_nudged_and_stay_in_order() -> None:
    track, weight = played_track(), np.arange(300.0)
    moved = [augment(track, weight, np.random.default_rng(k))[0] for k in range(60)]
    assert all((np.diff(m.onset) >= 0).all() for m in moved)
    loose = [m for m in moved if not np.allclose(m.onset * 2, np.round(m.onset * 2))]
    assert 2 <= len(loose) <= 20


def test_edges_of_hats_are_hats_in_half_of_the_drum_windows() -> None:
    pitch = np.resize([36, 42, 22, 38, 46, 26], 120)
    drums = replace(played_track(120, family=Family.DRUMS), pitch=pitch, velocity=np.arange(1.0, 121.0))
    plain = 0
    for k in range(400):
        window, _ = augment(drums, np.ones(120), np.random.default_rng(k))
        given = pitch[window.velocity.astype(int) - 1]  # velocities tell which notes were kept, in which order
        mapped = np.array_equal(window.pitch, without_edges(given))
        assert mapped or np.array_equal(window.pitch, given), "all strokes or none, and no other pitches"
        plain += mapped
    assert 160 <= plain <= 240
    np.testing.assert_array_equal(drums.pitch, pitch)


def test_low_notes_of_other_instruments_are_no_hats() -> None:
    track = replace(played_track(120), pitch=np.resize([22, 26, 60], 120), velocity=np.arange(1.0, 121.0))
    for k in range(60):
        window, _ = augment(track, np.ones(120), np.random.default_rng(k))
        assert len(np.unique(window.pitch - track.pitch[window.velocity.astype(int) - 1])) == 1


def test_a_free_recording_keeps_its_seconds_on_another_clock() -> None:
    track = replace(played_track(), free=True)
    moved = on_another_clock(track, 1.5)
    assert moved.bpm[0] == 180
    for name in ("onset", "duration", "played_duration"):
        np.testing.assert_allclose(getattr(moved, name) / moved.bpm, getattr(track, name) / track.bpm)


def test_a_second_pass_keeps_what_the_first_was_sure_of(trained: tuple[BaseTrainer, list[Event]]) -> None:
    run, _ = trained
    batch = run.probe.batches["piano/made"]
    first, second = two_passes(run.average, batch)
    kept = (first == second).float().mean().item()
    assert SURE <= kept < SURE + 0.05, "a third is given back, the rest is read again"
    truth = torch.from_numpy(batch.examples.deviation)
    assert np.corrcoef(second.flatten(), truth.flatten())[0, 1] > 0.8


def test_batches_are_a_function_of_seed_and_step() -> None:
    source = trainer(Path("unused")).source
    again = trainer(Path("unused")).source
    mix = ({"flat": 1.0}, {"notated": 1.0})
    one, same, next_one = source.batch(3, 4, *mix), again.batch(3, 4, *mix), source.batch(4, 4, *mix)
    np.testing.assert_array_equal(one.examples.floats, same.examples.floats)
    assert not np.array_equal(one.examples.deviation, next_one.examples.deviation)


def test_flat_input_holds_nothing_of_the_target() -> None:
    """The same notes played backwards in dynamics: other targets, the very same input."""
    track = played_track()
    mix = ({"flat": 1.0}, {"notated": 1.0})
    one = make_example(track, np.random.default_rng(0), *mix)
    other = make_example(with_velocity(track, track.velocity[::-1]), np.random.default_rng(0), *mix)
    np.testing.assert_array_equal(one.floats, other.floats)
    np.testing.assert_array_equal(one.indices, other.indices)
    assert not np.array_equal(one.deviation, other.deviation)


def test_tracks_of_a_song_can_be_read_together() -> None:
    """The other track's notes stand where they sound; in a probe they are heard and do not count."""
    bass = replace(played_track(64, seed=1, family=Family.BASS, split="dev"), song="song 0")
    piano = played_track(64, split="dev")
    mix = ({"flat": 1.0}, {"notated": 1.0})
    rng = np.random.default_rng(0)
    both = together([make_example(t, rng, *mix) for t in (piano, bass)])
    assert len(both.onset) == 128 and (np.diff(both.onset) >= 0).all()
    curriculum = recipe().curriculum.model_copy(update={"context_share": 1.0})
    window = WindowSource([piano, bass], curriculum, 64, 0).batch(0, 1, *mix).examples
    assert len(set(window.indices[0, :, list(INDEX_SIZES).index("family")])) == 2
    probe = Probe([piano, bass], context=True).batches["piano/made"]
    assert probe.valid.all() and probe.examples.weight[0].sum() == 64


def test_short_tracks_are_padded_and_padding_has_no_weight() -> None:
    mix = ({"flat": 1.0}, {"notated": 1.0})
    rng = np.random.default_rng(0)
    batch = stack([make_example(played_track(n), rng, *mix) for n in (10, 30)])
    assert batch.valid.sum(axis=1).tolist() == [10, 30]
    assert not batch.examples.weight[~batch.valid].any()


def test_losses_are_least_at_the_truth() -> None:
    place = torch.tensor([[10.0, 20.0]])
    right = -((torch.arange(64) - place[..., None]) ** 2) / 2
    wrong = right.flip(1)
    assert (soft_cross_entropy(right, place, 1.0) < soft_cross_entropy(wrong, place, 1.0)).all()
    assert (crps(right, place) < crps(wrong, place)).all()
    assert float(expected_bin(right)[0, 0]) == pytest.approx(10, abs=0.01)


def test_unknown_lengths_teach_nothing() -> None:
    torch.manual_seed(0)
    model = DuvTransformer(trainer(Path("unused")).model.config)
    read = features(flat_table(played_track(8)))
    logits = model(*(torch.from_numpy(x[None]) for x in (read.floats, read.indices, read.onset)))
    loss = losses(logits, answers(torch.zeros(1, 8)), Loss())
    assert loss.duration.item() == 0
    loss.total.backward()
    assert model.head_key.weight.grad is not None and not model.head_key.weight.grad.any()
    assert model.head_vel.weight.grad is not None and model.head_vel.weight.grad.any()


def answers(deviation: torch.Tensor, **others: torch.Tensor) -> Targets:
    """Targets of unknown length whose notes all stand alone, unless `others` says otherwise."""
    unknown, ones = torch.full_like(deviation, float("nan")), torch.ones_like(deviation)
    onset = torch.arange(deviation.shape[1]).expand_as(deviation).float()
    fields = {"key": unknown, "sustained": unknown, "weight": ones, "onset": onset, "top": ones.bool()}
    return Targets(deviation=deviation, **(fields | others))


def test_a_piano_whose_keys_are_unknown_teaches_how_long_it_sounds(tmp_path: Path) -> None:
    """Every way of degrading, styles and windows get by without key lengths; only the head of the keys learns none."""
    unknown = np.full(300, np.nan)
    tracks = [replace(played_track(seed=k), played_duration=unknown) for k in range(4)]
    curriculum = recipe().curriculum.model_copy(
        update={"velocity": dict.fromkeys(VELOCITY_MODES, 1.0), "duration": dict.fromkeys(DURATION_MODES, 1.0)}
    )
    batch = WindowSource(tracks, curriculum, 64, 0).batch(0, 64, curriculum.velocity, curriculum.duration)
    assert np.isfinite(batch.examples.floats).all() and np.isnan(batch.examples.key[batch.valid]).all()
    assert np.isfinite(batch.examples.sustained).all() and np.isfinite(batch.examples.deviation).all()
    run = trainer(tmp_path, recipe())
    loss = losses(base_trainer.predict_batch(run.model, batch), targets_of(batch), Loss())
    loss.total.backward()
    heads = (run.model.head_key.weight.grad, run.model.head_sus.weight.grad)
    assert [bool(grad is not None and grad.any()) for grad in heads] == [False, True]


def test_squared_error_is_of_the_mean() -> None:
    velocity = torch.full((1, 2, 64), -1e4)
    velocity[0, 0, 31], velocity[0, 1, 40] = 0.0, 0.0
    lengths = torch.zeros(1, 2, 48)
    loss = losses(Logits(velocity, lengths, lengths), answers(torch.tensor([[-0.5, 3.5]])), Loss(velocity="squared"))
    assert loss.velocity.item() == pytest.approx(0.01 * (0 + 5**2) / 2)


def test_contrast_looks_at_the_top_of_chords_only() -> None:
    """Two notes struck together, then one alone: only the step within the chord counts."""
    onset, top = torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[False, True, True]])
    told = answers(torch.zeros(1, 3), onset=onset, top=top)
    played, right, wrong = (torch.tensor([v]) for v in ([10.0, 16.0, 9.0], [20.0, 26.0, 50.0], [10.0, 12.0, 9.0]))
    assert chord_contrast(right, played, told).item() == 0
    assert chord_contrast(wrong, played, told).item() == 16


def test_places_are_bins() -> None:
    assert velocity_place(torch.tensor([0.0, 100.0])).tolist() == [31.5, 63.0]
    assert duration_place(torch.tensor([-4.0, 0.0, 9.0])).tolist() == [0.0, 31.5, 47.0]


def test_schedule() -> None:
    assert schedule(0, 100, 10) == pytest.approx(0.1) and schedule(10, 100, 10) == pytest.approx(1)
    assert schedule(100, 100, 10) == pytest.approx(0.02)


def command_line(folder: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train_base.add_arguments(parser)
    recipe_file = ROOT / "resources" / "configs" / "base-v1.yaml"
    return parser.parse_args(["--config", str(recipe_file), "--data", str(folder), "--work", str(folder / "w"), *more])


def test_command_line_asks_for_data_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match='"gmd" is not there'):
        train_base.run(command_line(tmp_path))


def test_no_model_is_made_without_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="no checkpoint"):
        train_base.run(command_line(tmp_path, "--export-only"))
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_does_not_fit_is_left_as_it_is(tmp_path: Path) -> None:
    wider = BaseConfig.model_validate(RECIPE | {"model": RECIPE["model"] | {"width": 64}})
    trainer(tmp_path, wider).fit(lambda event: None, stop=lambda: True)
    path = tmp_path / CHECKPOINT_FILE
    whole = path.read_bytes()
    for content in (whole, whole[:200], b"", b"no checkpoint"):
        path.write_bytes(content)
        with pytest.raises(DuvError, match="cannot be gone on from"):
            trainer(tmp_path).fit(lambda event: None)
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: None, "cannot be gone on from"),
        (lambda held: [held], "is damaged"),
        (lambda held: held | {"step": "many"}, "is damaged"),
        (lambda held: held | {"step": float("inf")}, "is damaged"),
        (lambda held: held | {"step": -1}, "is damaged"),
        (lambda held: held | {"seconds": float("nan")}, "is damaged"),
        (lambda held: held | {"optimiser": {"state": 3, "param_groups": []}}, "is damaged"),
        (lambda held: held | {"optimiser": [1]}, "is damaged"),
        (lambda held: held | {"model": {name: 1 for name in held["model"]}}, "is damaged"),
        (lambda held: held | {"average": {n: w * float("nan") for n, w in held["average"].items()}}, "are no numbers"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path, change: Callable[[Any], Any], words: str) -> None:
    trainer(tmp_path).fit(lambda event: None, stop=lambda: True)
    path = tmp_path / CHECKPOINT_FILE
    torch.save(change(torch.load(path, weights_only=True)), path)
    with pytest.raises(DuvError, match=words) as refused:
        trainer(tmp_path).fit(lambda event: None)
    assert refused.value.file == path and "move this file away" in refused.value.hint


def test_a_pipe_for_a_checkpoint_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CHECKPOINT_FILE)
    with pytest.raises(DuvError, match="is a pipe, not a file"):
        trainer(tmp_path).fit(lambda event: None)


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*args: Any, **how: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("what", "error", "kind", "hint"),
    [
        ("losses", RuntimeError("CUDA out of memory"), OutOfMemory, "optimiser.batch_size (now 8)"),
        ("losses", RuntimeError("CUDA error: unspecified launch failure"), DeviceLost, "goes on"),
        ("write_atomically", OSError(errno.ENOSPC, "No space left on device"), DiskFull, "make room"),
    ],
)
def test_trouble_that_can_be_helped_is_of_a_kind_of_its_own(
    what: str, error: Exception, kind: type[DuvError], hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_trainer, what, failing(error))
    with pytest.raises(kind) as caught:
        trainer(tmp_path, recipe(steps=2)).fit(lambda event: None)
    assert hint in caught.value.hint


def test_a_loss_or_weights_that_are_no_numbers_are_never_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer(tmp_path, recipe(steps=2)).fit(lambda event: None, stop=lambda: True)
    kept = (tmp_path / CHECKPOINT_FILE).read_bytes()
    run = trainer(tmp_path, recipe(steps=2))
    monkeypatch.setattr(run, "_update_average", lambda: run.model.head_vel.weight.data.fill_(torch.nan))
    with pytest.raises(NotANumber, match="the loss is no longer a number at step 1") as caught:
        run.fit(lambda event: None)
    assert "optimiser.lr" in caught.value.hint
    with pytest.raises(NotANumber, match="weights are no longer numbers at step 1"):
        run = trainer(tmp_path, recipe(steps=2))
        monkeypatch.setattr(run, "_update_average", lambda: run.model.head_vel.weight.data.fill_(torch.nan))
        asked = iter([False, True])
        run.fit(lambda event: None, lambda: next(asked))
    assert (tmp_path / CHECKPOINT_FILE).read_bytes() == kept
