"""A model in one file: weights as safetensors, and in its header everything that is needed to use them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.prediction import Kernel
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.model.transformer import DuvTransformer

SCHEMA = 1
MODEL_KEY = "duv"
_SHOWN = ("name", "title", "licence", "licence_note")
_NOT_COMMERCIAL = re.compile(r"\bNC\b|non-?commercial|not for distribution", re.IGNORECASE)
# Where nothing was fitted: what was measured on pianists (model design 3.9).
_PIANO_VELOCITY = Kernel(0.17, 0.13, 0.17, 0.08, 0.15, 0.30)
_PIANO_DURATION = Kernel(0.10, 0.0, 0.0, 0.50, 0.0, 0.40)


@dataclass(frozen=True)
class Rendering:
    """How the distributions of one family are read: softmax temperatures, kernels and sizes of their deviations."""

    velocity_temperature: float = 1.0
    duration_temperature: float = 1.0
    velocity_kernel: Kernel = _PIANO_VELOCITY
    duration_kernel: Kernel = _PIANO_DURATION
    velocity_spread: float = 1.0  # factors on the rows' standard deviations, fitted on flat, notated input
    duration_spread: float = 1.0


@dataclass(frozen=True)
class ModelHeader:
    """What a model file says of itself."""

    name: str
    title: str
    licence: str
    shape: dict[str, float]  # ModelConfig
    rendering: dict[str, Rendering]  # by family
    sets: tuple[str, ...] = ()  # data sets that it learned from
    steps: int = 0
    seed: int = 0
    licence_note: str = ""  # a sentence for users, where the licence's name does not say it all
    parameters: int = 0  # how many numbers were trained; `pack` counts them
    floats: tuple[str, ...] = FLOAT_FEATURES
    indices: dict[str, int] = field(default_factory=lambda: dict(INDEX_SIZES))
    schema: int = SCHEMA

    @property
    def commercial(self) -> bool:
        """Whether the licence, by its name, lets the model be used for money."""
        return is_commercial(self.licence)

    def rendering_of(self, family: Family) -> Rendering:
        """How a family is read; as the other instruments where none of it was heard, which percussion never is."""
        return self.rendering.get(family) or self.rendering.get(Family.OTHER) or Rendering()


def is_commercial(licence: str) -> bool:
    """Whether a licence, by its name, lets its work be used for money."""
    return _NOT_COMMERCIAL.search(licence) is None


def read_header(path: Path) -> ModelHeader:
    """The header of a model file, without its weights and without torch; DuvError when it is no model of ours."""
    try:
        with safe_open(path, framework="numpy") as f:
            packed = (f.metadata() or {}).get(MODEL_KEY)
    except FileNotFoundError as e:
        raise DuvError("there is no such model file", file=path) from e
    except (OSError, SafetensorError) as e:
        raise DuvError("is not a model file (safetensors)", file=path, hint="choose another model") from e
    if packed is None:
        raise DuvError("holds weights, but not of a DUV Studio model", file=path, hint="choose another model")
    try:
        return _header(json.loads(packed), path)
    except (ValueError, TypeError, KeyError, AttributeError) as e:
        raise DuvError("describes itself in a way that makes no sense", file=path, hint="choose another model") from e


def load(path: Path) -> tuple[DuvTransformer, ModelHeader]:
    """A model ready for use, in float32, and its header."""
    from safetensors.torch import load_file

    from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig

    header = read_header(path)
    try:
        model = DuvTransformer(ModelConfig(**header.shape))  # type: ignore[arg-type]
        model.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    except (RuntimeError, ValueError, TypeError, ZeroDivisionError) as e:
        raise DuvError(
            "its weights do not fit the model that it describes",
            file=path,
            hint="it may come from another version of DUV Studio: choose another model",
        ) from e
    return model.eval().requires_grad_(False), header


def pack(model: DuvTransformer, header: ModelHeader) -> bytes:
    """The bytes of a model file; weights are stored as float16, which halves it and moves no prediction audibly.

    The scale of the features stays as it is: a threshold that moved would take one note value for another.
    """
    from safetensors.torch import save

    weights = dict(model.named_parameters())
    state = {k: (v.half() if k in weights else v).detach().contiguous() for k, v in model.state_dict().items()}
    counted = replace(header, parameters=sum(v.numel() for v in weights.values()))
    return save(state, metadata={MODEL_KEY: json.dumps(asdict(counted))})


def _header(raw: dict[str, Any], path: Path) -> ModelHeader:
    if raw.get("schema") != SCHEMA:
        raise DuvError(
            f"was made for another version of DUV Studio (its format is {raw.get('schema')}, this one reads {SCHEMA})",
            file=path,
        )
    if tuple(raw["floats"]) != FLOAT_FEATURES or raw["indices"] != dict(INDEX_SIZES):
        raise DuvError("reads other note features than this version of DUV Studio computes", file=path)
    if not all(isinstance(raw.get(name, ""), str) for name in _SHOWN):
        raise TypeError("what people are shown must be text")
    rendering = {family: rendering_from(r) for family, r in raw["rendering"].items()}
    known = {**raw, "rendering": rendering, "sets": tuple(raw["sets"]), "floats": FLOAT_FEATURES}
    return ModelHeader(**known)


def rendering_from(raw: dict[str, Any]) -> Rendering:
    """The rendering from its JSON; raises TypeError or KeyError for nonsense."""
    kernels = {k: Kernel(**raw[k]) for k in ("velocity_kernel", "duration_kernel")}
    return Rendering(**{**raw, **kernels})
