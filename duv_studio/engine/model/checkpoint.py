"""A model in one file: weights as safetensors, and in its header everything that is needed to use them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.json_text import shown
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.header_rules import Misfit, fields, items, mapping, number, parse_header, text, whole
from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.model.shape import ModelConfig, check_shape, tensor_shapes
from duv_studio.engine.model.tensor_file import TensorFile, tensor_file, with_metadata
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.model.transformer import DuvTransformer

SCHEMA = 1
MODEL_KEY = "duv"
# What people wrote, names of files among it; far longer than what any of it is.
SAID = text(10_000, of_files=True)
COUNT, SEED = whole(0, 1 << 53), whole(-(1 << 63), (1 << 64) - 1)
_CHOOSE = "choose another model"
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
    """The header of a model file, without its weights and without torch; DuvError when it is no model of ours.

    All that the file says of itself and of its tensors is checked: whoever builds the network may rely on it.
    """
    with tensor_file(path) as file:
        return _header_of(file)


def load(path: Path) -> tuple[DuvTransformer, ModelHeader]:
    """A model ready for use, in float32, and its header; DuvError as `read_header`, and for damaged weights."""
    with tensor_file(path) as file:
        header = _header_of(file)
        data = file.read()

    from safetensors.torch import load as tensors_of

    from duv_studio.engine.model.transformer import DuvTransformer

    weights = {name: tensor.float() for name, tensor in tensors_of(data).items()}
    if not bool((weights["embed_floats.std"] > 0).all()):
        message = "the tensor embed_floats.std holds numbers that are not above 0, by which features are divided"
        raise DuvError(message, file=path, hint=_CHOOSE)
    model = DuvTransformer(ModelConfig(**header.shape))  # type: ignore[arg-type]
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False), header


def pack(model: DuvTransformer, header: ModelHeader) -> bytes:
    """The bytes of a model file; weights are stored as float16, which halves it and moves no prediction audibly.

    The scale of the features stays as it is: a threshold that moved would take one note value for another.
    """
    from safetensors.torch import save

    weights = dict(model.named_parameters())
    state = {k: (v.half() if k in weights else v).detach().contiguous() for k, v in model.state_dict().items()}
    counted = replace(header, parameters=sum(v.numel() for v in weights.values()))
    return with_metadata(save(state), {MODEL_KEY: json.dumps(asdict(counted))})


def _header_of(file: TensorFile) -> ModelHeader:
    packed = file.metadata.get(MODEL_KEY)
    if packed is None:
        raise DuvError("holds weights, but not of a DUV Studio model", file=file.path, hint=_CHOOSE)
    try:
        raw = parse_header(packed, "its description")
        check_version(raw, SCHEMA, file.path)
        _FIELDS(raw, "")
    except Misfit as e:
        raise DuvError(f"describes itself in a way that makes no sense: {e}", file=file.path, hint=_CHOOSE) from e
    if tuple(raw["floats"]) != FLOAT_FEATURES or raw["indices"] != dict(INDEX_SIZES):
        raise DuvError("reads other note features than this version of DUV Studio computes", file=file.path)
    try:
        file.check_tensors(tensor_shapes(ModelConfig(**raw["shape"])))
    except Misfit as e:
        hint = "it may come from another version of DUV Studio: choose another model"
        raise DuvError(f"its weights do not fit the model that it describes: {e}", file=file.path, hint=hint) from e
    rendering = {family: rendering_from(r) for family, r in raw["rendering"].items()}
    return ModelHeader(**{**raw, "rendering": rendering, "sets": tuple(raw["sets"]), "floats": FLOAT_FEATURES})


def check_version(raw: Any, schema: int, path: Path) -> None:
    """DuvError for the description of another version's file, of which nothing else may be known; Misfit for none."""
    if not isinstance(raw, dict) or "schema" not in raw:
        raise Misfit("it does not say its version (schema)")
    if raw["schema"] != schema or isinstance(raw["schema"], bool):
        found = shown(raw["schema"])
        raise DuvError(
            f"was made for another version of DUV Studio (its format is {found}, this one reads {schema})", file=path
        )


def check_rendering(value: Any, where: str) -> None:
    """Misfit where this is not the JSON of a Rendering by which notes can be played."""
    _RENDERING(value, where)


def rendering_from(raw: dict[str, Any]) -> Rendering:
    """The rendering from its JSON, which `check_rendering` let through."""
    kernels = {k: Kernel(**raw[k]) for k in ("velocity_kernel", "duration_kernel")}
    return Rendering(**{**raw, **kernels})


def _check_kernel(value: Any, where: str) -> None:
    _SHARES(value, where)
    if abs(sum(value.values()) - 1) > 1e-3:
        raise Misfit(f"the shares of {where} add up to {sum(value.values()):g}; they must add up to 1")


_SHARES = fields({share.name: number(0, 1) for share in dataclass_fields(Kernel)})
_TEMPERATURE, _SPREAD = number(0.05, 20), number(0, 10)
_RENDERING = fields(
    {"velocity_kernel": _check_kernel, "duration_kernel": _check_kernel},
    {
        "velocity_temperature": _TEMPERATURE,
        "duration_temperature": _TEMPERATURE,
        "velocity_spread": _SPREAD,
        "duration_spread": _SPREAD,
    },
)
_FIELDS = fields(
    {
        "name": SAID,
        "title": SAID,
        "licence": SAID,
        "shape": check_shape,
        "rendering": mapping(check_rendering, [str(family) for family in Family]),
        "sets": items(SAID, 10_000),
        "floats": items(text(100), 1000),
        "indices": mapping(whole(1, 1 << 20)),
        "schema": whole(SCHEMA, SCHEMA),
    },
    {"steps": COUNT, "seed": SEED, "licence_note": SAID, "parameters": COUNT},
)
