"""The sections of an adapter's recipe, each a typed schema with help, unit and range of every key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from duv_studio.engine.features.feature_groups import INPUTS, TARGETS
from duv_studio.training.schema.fields import Strict, key

FIVE_MODULES = ("attn.q_proj", "attn.v_proj", "attn.out_proj", "ff.in", "ff.out")
_SEED_END = 2**32 - 1


def feature_names() -> tuple[str, ...]:
    """Every name that features.inputs may hold."""
    from duv_studio.engine.features.hints import HINTS

    return (*INPUTS, *HINTS)


def hint_names(inputs: Sequence[str]) -> tuple[str, ...]:
    """The hints among the inputs of a recipe."""
    from duv_studio.engine.features.hints import HINTS

    return tuple(name for name in inputs if name in HINTS)


def as_tuple(value: Any) -> Any:
    """A list as the tuple that a frozen schema holds."""
    return tuple(value) if isinstance(value, list) else value


def one_or_more(value: Any) -> Any:
    """A single text as a tuple of one."""
    return (value,) if isinstance(value, str) else as_tuple(value)


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def one_of(names: Callable[[], Sequence[str]]) -> AfterValidator:
    """A text that must be one of `names`, which may grow while the program runs."""

    def check(name: str) -> str:
        if name not in names():
            raise PydanticCustomError("unknown", "is unknown", {"known": list(names())})
        return name

    return AfterValidator(check)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "is empty")
    return text


Name = Annotated[str, AfterValidator(_not_empty)]  # of a file, folder, model or layer


class LoraSettings(Strict):
    """The adapter itself."""

    enable: bool = key(
        True,
        "train an adapter; false trains the base's own weights, which base_frozen must allow",
        label="Train an adapter",
    )
    r: int = key(
        8, "rank: how much the adapter can learn; 4 to 16 suits most players", label="Rank", basic=True, ge=1, le=128
    )
    alpha: float = key(
        16.0, "strength: what the adapter adds is multiplied by alpha / r", label="Strength (alpha)", gt=0, le=1024
    )
    dropout: float = key(0.05, "share of the adapter's inputs that a training step goes without", ge=0, le=0.9)
    target_modules: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = key(
        FIVE_MODULES,
        "layers to adapt, by name or with * for any part of it",
        allowed="of names, such as attn.* or ff.in",
        min_length=1,
    )


class FeatureSettings(Strict):
    """What the model reads of a note, and what it learns to predict."""

    inputs: Annotated[tuple[Annotated[str, one_of(feature_names)], ...], BeforeValidator(as_tuple)] = key(
        tuple(INPUTS),
        "what the model reads of a note; features left out are hidden from it",
        allowed="of feature and hint names",
        choices=feature_names,
        min_length=1,
    )
    targets: Annotated[tuple[Annotated[str, one_of(lambda: TARGETS)], ...], BeforeValidator(as_tuple)] = key(
        TARGETS,
        "what is learned of a note",
        allowed="of velocity, dur_beats or both",
        basic=True,
        choices=TARGETS,
        min_length=1,
    )


class FilterSettings(Strict):
    """Which tracks are used."""

    min_notes: int = key(64, "fewest notes of a track", unit="notes", label="Fewest notes", ge=1)
    max_duration_sec: float = key(600.0, "longest track", unit="s", label="Longest track", gt=0)
    min_duration_sec: float = key(3.0, "shortest track", unit="s", label="Shortest track", ge=0)


class ReplaySettings(Strict):
    """Music of other players among the training, so that the adapter keeps what the base can."""

    manifest: Name | None = key(None, "manifest of that music; null: none is mixed in", allowed="", kind="file")
    share: float = key(0.2, "share of the windows that are drawn from it", ge=0, le=0.9)


class TrainerSettings(Strict):
    """The optimiser: AdamW with linear warm-up and cosine decay."""

    epochs: int = key(6, "passes over the training notes", basic=True, ge=1, le=10_000)
    batch_size: int = key(16, "windows per step", unit="windows", basic=True, ge=1, le=65_536)
    lr: float = key(1.0e-3, "peak learning rate", label="Learning rate", basic=True, gt=0, le=1)
    weight_decay: float = key(0.01, "pull of the weights towards 0", ge=0, le=1)
    warmup_steps: int = key(
        1000,
        "steps until the peak of the learning rate; never more than 5 % of the run",
        unit="steps",
        label="Warm-up",
        ge=0,
    )
    early_stop_patience: int | None = key(
        2,
        "epochs without a better validation loss before it stops; 0, null: never",
        unit="epochs",
        allowed=", at least 0",
        label="Patience",
        ge=0,
    )
    grad_clip_norm: float = key(
        1.0, "longest gradient; longer ones are shortened; 0: never", label="Longest gradient", ge=0
    )
    precision: Annotated[Literal["bf16", "fp16", "32"], BeforeValidator(_as_text)] = key(
        "bf16", "number format of the matrix products, where the device has it", basic=True
    )
    seed: int = key(42, "what chance depends on: the same seed gives the same adapter", ge=0, le=_SEED_END)
    max_len: int = key(256, "notes per window", unit="notes", label="Window", ge=16, le=4096)
    min_steps: int = key(
        150, "fewest steps: epochs are added where so few notes give fewer", unit="steps", label="Fewest steps", ge=0
    )
