"""The recipe of an adapter: one typed schema with help, unit and range of every key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from duv_studio.engine.inputs import INPUTS, TARGETS
from duv_studio.engine.models import DEFAULT_MODEL
from duv_studio.engine.song import Family
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe_fields import SchemaField, fields_of, key
from duv_studio.training.lora.recipe_yaml import Loc, RecipeError, read_document

FIVE_MODULES = ("attn.q_proj", "attn.v_proj", "attn.out_proj", "ff.in", "ff.out")
FAMILIES = tuple(str(f) for f in Family if f is not Family.PERCUSSION)  # which nobody has recorded for models
PRESETS = "*_Lora.yaml"
_SEED_END = 2**32 - 1


def feature_names() -> tuple[str, ...]:
    """Every name that features.inputs may hold."""
    from duv_studio.engine.hints import HINTS

    return (*INPUTS, *HINTS)


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else _listed(value)


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _feature(name: str) -> str:
    if name not in feature_names() and len(feature_names()) > len(INPUTS):
        raise PydanticCustomError("feature", "no such feature", {"known": list(feature_names())})
    return name


def _target(name: str) -> str:
    if name not in TARGETS:
        raise PydanticCustomError("target", "no such target", {"known": list(TARGETS)})
    return name


def _instrument(name: str | None) -> str | None:
    if name is not None and name not in FAMILIES:
        raise PydanticCustomError("instrument", "no such instrument", {"known": list(FAMILIES)})
    return name


def _named(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "is empty")
    return text


Name = Annotated[str, AfterValidator(_named)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False)


class LoraSettings(_Strict):
    """The adapter itself."""

    enable: bool = key(True, "train an adapter; false trains the base's own weights, which base_frozen must allow")
    r: int = key(8, "rank: how much the adapter can learn; 4 to 16 suits most players", ge=1, le=128)
    alpha: float = key(16.0, "strength: what the adapter adds is multiplied by alpha / r", gt=0, le=1024)
    dropout: float = key(0.05, "share of the adapter's inputs that a training step goes without", ge=0, le=0.9)
    target_modules: Names = key(
        FIVE_MODULES,
        "layers to adapt, by name or with * for any part of it",
        allowed="of names, such as attn.* or ff.in",
        min_length=1,
    )


class FeatureSettings(_Strict):
    """What is read of a note and what is learned of it."""

    inputs: Annotated[tuple[Annotated[str, AfterValidator(_feature)], ...], BeforeValidator(_listed)] = key(
        tuple(INPUTS),
        "what the model reads of a note; features left out are hidden from it",
        allowed="of feature and hint names",
        min_length=1,
    )
    targets: Annotated[tuple[Annotated[str, AfterValidator(_target)], ...], BeforeValidator(_listed)] = key(
        TARGETS, "what is learned of a note", allowed="of velocity, dur_beats or both", min_length=1
    )


class FilterSettings(_Strict):
    """Which tracks are taken."""

    min_notes: int = key(64, "fewest notes of a track", unit="notes", ge=1)
    max_duration_sec: float = key(600.0, "longest track", unit="s", gt=0)
    min_duration_sec: float = key(3.0, "shortest track", unit="s", ge=0)


class ReplaySettings(_Strict):
    """Music of other players among the training, so that the adapter keeps what the base can."""

    manifest: Name | None = key(None, "manifest of that music; null: none is mixed in", allowed="")
    share: float = key(0.2, "share of the windows that are drawn from it", ge=0, le=0.9)


class TrainerSettings(_Strict):
    """How it is trained: AdamW with linear warm-up and a cosine."""

    epochs: int = key(6, "passes over the training notes", ge=1, le=10_000)
    batch_size: int = key(16, "windows per step", unit="windows", ge=1, le=65_536)
    lr: float = key(1.0e-3, "peak learning rate", gt=0, le=1)
    weight_decay: float = key(0.01, "pull of the weights towards 0", ge=0, le=1)
    warmup_steps: int = key(
        1000, "steps until the peak of the learning rate; never more than 5 % of the run", unit="steps", ge=0
    )
    early_stop_patience: int = key(
        2, "epochs without a better validation loss before training stops; 0: never", unit="epochs", ge=0
    )
    grad_clip_norm: float = key(1.0, "longest gradient; longer ones are shortened; 0: never", ge=0)
    precision: Annotated[Literal["bf16", "fp16", "32"], BeforeValidator(_as_text)] = key(
        "bf16", "number format of the matrix products, where the device has it"
    )
    seed: int = key(42, "what chance depends on: the same seed gives the same adapter", ge=0, le=_SEED_END)
    max_len: int = key(256, "notes per window", unit="notes", ge=16, le=4096)
    min_steps: int = key(150, "fewest steps: epochs are added where so few notes give fewer", unit="steps", ge=0)


class LoraRecipe(_Strict):
    """Everything that decides what an adapter becomes, apart from the code; paths start at the current folder."""

    base_checkpoint: Name | None = key(DEFAULT_MODEL, "base model: a name or a file; null trains a model from scratch")
    base_frozen: bool = key(True, "whether the base's own weights stay as they are")
    instrument: Annotated[str | None, AfterValidator(_instrument)] = key(
        None,
        "whose playing it is; null: as the name of the recipe or output_dir says",
        allowed=f"({', '.join(FAMILIES)})",
    )
    name: str | None = key(
        None,
        "name of the adapter; null: that of output_dir",
        allowed=", only of letters, digits and . _ -",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    title: str = key("", "what people see as its name")
    lora: LoraSettings = LoraSettings()
    features: FeatureSettings = FeatureSettings()
    manifest: Annotated[tuple[Name, ...], BeforeValidator(_one_or_more)] = key(
        ..., "JSONL file of played tracks, or a list of them", allowed="of files, or one file", min_length=1
    )
    train_split: float = key(0.9, "share of the songs to learn from; the others judge", gt=0, lt=1)
    output_dir: Name = key(..., "folder of the results; where it is missing, checkpoints/duv_INSTRUMENT_lora")
    filters: FilterSettings = FilterSettings()
    replay: ReplaySettings = ReplaySettings()
    trainer: TrainerSettings = TrainerSettings()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = [sentence for _, sentence in contradictions(self.model_dump())]
        if found:
            raise ValueError(" ".join(found))
        return self

    @property
    def from_scratch(self) -> bool:
        """Whether there is no base: then a whole model is trained, whatever `lora` says."""
        return self.base_checkpoint is None

    @property
    def adapter_name(self) -> str:
        """Its own name, or else that of its folder."""
        return self.name or Path(self.output_dir).name

    def family(self, path: str | Path) -> Family:
        """Whose playing it is: as `instrument` says, or else a file's or folder's name; `path` is the recipe's."""
        found = told_family(self.model_dump(), Path(path))
        if found is None:
            raise DuvError("does not say whose playing it is", hint="add for example instrument: guitar", file=path)
        return found


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """What single keys cannot show: where it is and a sentence. `values` may lack keys and hold nonsense."""
    lora, filters, features = (_section(values, name) for name in ("lora", "filters", "features"))
    based = values.get("base_checkpoint", DEFAULT_MODEL) is not None
    if lora.get("enable", True) is False and values.get("base_frozen", True) is True and based:
        yield (
            ("lora", "enable"),
            "lora.enable is false while base_frozen is true, so there is nothing to train; set one of them otherwise,"
            " or base_checkpoint: null to train from scratch.",
        )
    least, most = filters.get("min_duration_sec", 3), filters.get("max_duration_sec", 600)
    if all(isinstance(x, int | float) for x in (least, most)) and least >= most:
        where = "min_duration_sec" if "min_duration_sec" in filters else "max_duration_sec"
        yield (
            ("filters", where),
            f"filters.min_duration_sec is {least:g} and filters.max_duration_sec is {most:g}, so no track would be"
            " left; the first must be less.",
        )
    for name in ("inputs", "targets"):
        yield from _doubles(("features", name), features.get(name))
    yield from _doubles(("lora", "target_modules"), lora.get("target_modules"))


def _doubles(loc: Loc, items: object) -> Iterator[tuple[Loc, str]]:
    names = items if isinstance(items, list | tuple) else ()
    for place, name in enumerate(names):
        if isinstance(name, str) and name in names[:place]:
            yield (*loc, place), f"{'.'.join(map(str, loc))} names {name} twice."


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def told_family(values: Mapping[str, Any], path: Path) -> Family | None:
    """The family that a recipe names, or else its file, its folder of results or its manifest; None: none of them."""
    named = values.get("instrument")
    if named in FAMILIES:
        return Family(named)
    manifest = _one_or_more(values.get("manifest"))
    first = manifest[0] if isinstance(manifest, tuple) and manifest else ""
    for place in (path, values.get("output_dir"), first):
        if isinstance(place, str | Path):
            words = re.split("[^a-z]+", Path(place).name.lower())
            found = next((f for f in FAMILIES if f in words), None)
            if found is not None:
                return Family(found)
    return None


def recipe_schema() -> list[SchemaField]:
    """Every key of a recipe, in the order of the file."""
    return list(fields_of(LoraRecipe))


def preset_names() -> list[str]:
    """The recipes that ship; `load_recipe` takes their bare names."""
    return sorted(p.name for p in resource("configs").glob(PRESETS))


def recipe_file(path: str | Path) -> Path:
    """The file itself, or else the recipe of that bare name that ships."""
    wanted = Path(path)
    if not wanted.is_file() and wanted.name in preset_names() and len(wanted.parts) == 1:
        return resource("configs", wanted.name)
    if not wanted.exists():
        raise DuvError("there is no such recipe", hint=f"those that ship are {', '.join(preset_names())}", file=wanted)
    return wanted


def load_recipe(path: str | Path) -> LoraRecipe:
    """Read a recipe, or the one that ships when `path` is its bare name; DuvError, RecipeError with all mistakes."""
    from duv_studio.training.lora.recipe_check import problems_of

    file = recipe_file(path)
    document = read_document(file)
    values = _completed(document.values, file)
    try:
        recipe = LoraRecipe.model_validate(values)
    except ValidationError as e:
        raise RecipeError(problems_of(document, values, e), file) from e
    if document.doubles:
        raise RecipeError(document.doubles, file)
    return recipe


def _completed(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Empty sections stand for their defaults; a missing folder of results for the guide's."""
    sections = {name for name, field in LoraRecipe.model_fields.items() if isinstance(field.default, BaseModel)}
    values = {k: v for k, v in raw.items() if not (k in sections and v is None)}
    family = told_family(values, path)
    if family is not None:
        values.setdefault("output_dir", f"checkpoints/duv_{family}_lora")
    return values
