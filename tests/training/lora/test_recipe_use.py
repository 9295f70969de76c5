"""What a recipe's words stand for: number formats, layers, and the base model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from duv_studio.engine.model.library import find_model
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError
from duv_studio.training import precision
from duv_studio.training.lora.fit.lora_injection import module_names
from duv_studio.training.lora.fit.model import base_path
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.recipe.sections import FIVE_MODULES
from duv_studio.training.precision import lightning_precision


@pytest.fixture
def has(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine whose processor and GPU multiply bfloat16."""
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: True)
    monkeypatch.setattr(precision, "cuda_has_bf16", lambda: True)
    return monkeypatch


@pytest.mark.parametrize(
    ("asked", "device", "name"),
    [("bf16", "cuda", "bf16-mixed"), ("bf16", "cpu", "bf16-mixed"), ("fp16", "cuda", "16-mixed")]
    + [("32", device, "32-true") for device in ("cpu", "cuda", "mps")],
)
def test_a_format_that_the_device_has_is_taken_without_a_word(
    has: pytest.MonkeyPatch, asked: str, device: str, name: str
) -> None:
    assert lightning_precision(asked, device) == (name, None)


REST = "training in 32-bit numbers instead; write precision:"
IN_THE_RECIPE = "in the recipe to settle it."


def test_a_format_that_the_device_lacks_is_replaced_and_said_so(has: pytest.MonkeyPatch) -> None:
    assert lightning_precision("fp16", "cpu") == (
        "32-true",
        f'fp16 not available on this processor: {REST} bf16 or precision: "32" {IN_THE_RECIPE}',
    )
    has.setattr(precision, "cpu_has_bf16", lambda: False)
    has.setattr(precision, "cuda_has_bf16", lambda: False)
    assert lightning_precision("bf16", "cuda") == (
        "32-true",
        f'bf16 not available on this GPU: {REST} fp16 or precision: "32" {IN_THE_RECIPE}',
    )
    assert lightning_precision("bf16", "cpu") == (
        "32-true",
        f'bf16 not available on this processor: {REST} "32" {IN_THE_RECIPE}',
    )
    assert lightning_precision("bf16", "mps") == (
        "32-true",
        f'bf16 not available on this device (mps): {REST} "32" {IN_THE_RECIPE}',
    )


@pytest.fixture(scope="module")
def model() -> DuvTransformer:
    made = DuvTransformer(ModelConfig(width=16, layers=2, heads=2, ff=32, stem=8))
    made.read_hints(3)
    return made


def test_the_five_modules_are_found_in_every_block(model: DuvTransformer) -> None:
    names = module_names(FIVE_MODULES, model)
    assert names == [f"blocks.{k}.{name}" for k in range(2) for name in FIVE_MODULES]
    assert all(isinstance(model.get_submodule(name), torch.nn.Linear) for name in names)


def test_stars_stand_for_anything(model: DuvTransformer) -> None:
    every = module_names(["attn.*", "ff.*"], model)
    assert len(every) == 12 and "blocks.1.attn.k_proj" in every
    assert module_names(["blocks.0.*"], model) == every[:6]
    assert module_names(["head_*"], model) == ["head_vel", "head_key", "head_sus"]
    assert module_names(["ff.in", "ff.*"], model) == module_names(["ff.*"], model)  # each layer once
    assert "hints" not in module_names(["*"], model)  # the layer of hints is new, and trained whole


@pytest.mark.parametrize(
    ("pattern", "hint"), [("attn.qproj", 'did you mean "attn.q_proj"'), ("attn.q_pro", "q_proj"), ("norm", "there are")]
)
def test_a_pattern_without_a_layer_is_refused_with_those_there_are(
    model: DuvTransformer, pattern: str, hint: str
) -> None:
    with pytest.raises(DuvError, match=f'has no layer "{pattern}"') as caught:
        module_names(["ff.in", pattern], model)
    assert hint in caught.value.hint
    assert "attn.q_proj, attn.k_proj, attn.v_proj, attn.out_proj, ff.in, ff.out" in caught.value.hint


def recipe(**values: object) -> LoraRecipe:
    return LoraRecipe.model_validate({"manifest": "a", "output_dir": "b"} | values)


def test_the_base_is_a_name_or_a_file_or_nothing(tmp_path: Path) -> None:
    assert base_path(recipe()) == find_model("base-open")
    (tmp_path / "own.ckpt").touch()
    assert base_path(recipe(base_checkpoint=str(tmp_path / "own.ckpt"))) == tmp_path / "own.ckpt"
    assert base_path(recipe(base_checkpoint=None)) is None


def test_a_missing_base_is_said_in_the_guides_words() -> None:
    with pytest.raises(DuvError) as caught:
        base_path(recipe(base_checkpoint="checkpoints/duv_universal.ckpt"))
    assert caught.value.message == "Base checkpoint not found: checkpoints/duv_universal.ckpt"
    assert "train a base first" in caught.value.hint
    assert "base_checkpoint: null to train from scratch" in caught.value.hint
