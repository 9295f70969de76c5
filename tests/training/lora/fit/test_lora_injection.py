"""LoRA in the network: it begins as the base, can be switched off, and leaves the base's weights alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from duv_studio.engine.model.checkpoint import load
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.training.data.windows import Batch, WindowSource, predict_batch, targets_of
from duv_studio.training.lora.dataset.material import base_recipe
from duv_studio.training.lora.fit.lora_injection import (
    LoraShape,
    adapter_weights,
    inject_lora,
    lora_disabled,
    module_names,
    restrict_inputs,
    set_adapter_weights,
    trainable_parameters,
)
from duv_studio.training.lora.recipe.sections import FIVE_MODULES
from duv_studio.training.loss import losses
from tests.lora_runs import NewRun, rule_tracks, same

HINT = "strum_dir_hint"


@pytest.fixture
def batch() -> Batch:
    curriculum = base_recipe().curriculum.model_copy(update={"families": {"guitar": 1.0}})
    source = WindowSource(rule_tracks(4), curriculum, 64, 0, [HINT])
    return source.batch(0, 4, curriculum.velocity, curriculum.duration)


def with_lora(base: Path, hints: tuple[str, ...] = ()) -> DuvTransformer:
    model, _ = load(base)
    restrict_inputs(model, [*_inputs(), *hints])
    inject_lora(model, LoraShape(4, 8.0, 0.0, tuple(module_names(FIVE_MODULES, model))))
    return model


def _inputs() -> tuple[str, ...]:
    from duv_studio.engine.features.feature_groups import INPUTS

    return tuple(INPUTS)


def logits(model: DuvTransformer, batch: Batch) -> list[torch.Tensor]:
    with torch.no_grad():
        found = predict_batch(model, batch)
    return [found.velocity, found.key, found.sustained]


def learn(model: DuvTransformer, batch: Batch) -> None:
    """A few steps."""
    optimiser = torch.optim.AdamW(trainable_parameters(model).values(), lr=0.01)
    for _ in range(3):
        optimiser.zero_grad()
        losses(predict_batch(model, batch), targets_of(batch), base_recipe().loss).total.backward()
        optimiser.step()


@pytest.mark.parametrize("hints", [(), (HINT,)])
def test_a_new_adapter_changes_nothing_and_one_that_learned_can_be_switched_off(
    tiny_base: Path, batch: Batch, hints: tuple[str, ...]
) -> None:
    base, model = load(tiny_base)[0], with_lora(tiny_base, hints)
    plain = logits(base, batch)
    assert all(map(torch.equal, logits(model, batch), plain))
    learn(model, batch)
    learned = logits(model, batch)
    assert not any(map(torch.equal, learned, plain))
    with lora_disabled(model):
        assert all(map(torch.equal, logits(model, batch), plain))
    assert all(map(torch.equal, logits(model, batch), learned))


def test_the_base_without_lora_reads_what_is_hidden_from_the_adapter(tiny_base: Path, batch: Batch) -> None:
    base, model = load(tiny_base)[0], with_lora(tiny_base, ())
    model.hide(("vel_norm", "register"), ("pitch",))
    hidden, plain = logits(model, batch), logits(base, batch)
    assert not any(map(torch.equal, hidden, plain))
    with lora_disabled(model):
        assert all(map(torch.equal, logits(model, batch), plain))
    assert all(map(torch.equal, logits(model, batch), hidden))


def test_only_lora_is_trained_and_hints_where_they_are_read(tiny_base: Path) -> None:
    assert all(".lora_" in name for name in trainable_parameters(with_lora(tiny_base)))
    assert [name for name in trainable_parameters(with_lora(tiny_base, (HINT,))) if ".lora_" not in name] == [
        "hints.weight"
    ]


def test_the_weights_of_the_base_do_not_change_by_a_bit(tiny_base: Path, batch: Batch) -> None:
    model, before = with_lora(tiny_base, (HINT,)), load(tiny_base)[0].state_dict()
    learn(model, batch)
    after = {name.replace(".base_layer", ""): value for name, value in model.state_dict().items()}
    assert same({name: after[name] for name in before}, dict(before))


def test_a_whole_training_leaves_the_file_of_the_base_alone(new_run: NewRun, tiny_base: Path) -> None:
    before = tiny_base.read_bytes()
    new_run().train()
    assert tiny_base.read_bytes() == before


def test_weights_can_be_kept_and_put_back(tiny_base: Path, batch: Batch) -> None:
    model = with_lora(tiny_base)
    kept = adapter_weights(model)
    assert set(kept) == {f"{m}.lora_{x}.weight" for m in module_names(FIVE_MODULES, load(tiny_base)[0]) for x in "AB"}
    learn(model, batch)
    assert not same(adapter_weights(model), kept)
    set_adapter_weights(model, kept)
    assert same(adapter_weights(model), kept)
