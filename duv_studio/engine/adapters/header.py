"""An adapter in one file: what LoRA learned of a player as safetensors, and in its header all that its use needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.engine.features.feature_groups import INPUTS, TARGETS
from duv_studio.engine.features.hints import HINTS, hint_columns
from duv_studio.engine.json_text import shown
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import (
    COUNT,
    SAID,
    SEED,
    Rendering,
    check_rendering,
    check_version,
    is_commercial,
    rendering_from,
)
from duv_studio.engine.model.header_rules import (
    Misfit,
    fields,
    finite,
    items,
    mapping,
    number,
    one_of,
    optional,
    parse_header,
    printable,
    text,
    whole,
)
from duv_studio.engine.model.shape import MOST_WIDTH, TensorShape
from duv_studio.engine.model.tensor_file import TensorEntry, TensorFile, with_metadata
from duv_studio.engine.model.tensor_file import weights_hash as weights_hash  # for those who deal with adapters
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER_SCHEMA = 1
ADAPTER_KEY = "duv-adapter"
LORA, STATISTICS = "lora", "statistics"
IMPROVES, NO_CLEAR_CHANGE, HARMS = "improves", "no clear change", "harms"
_VERDICTS = ("", IMPROVES, NO_CLEAR_CHANGE, HARMS)
HINT_WEIGHT = "hints.weight"
MOST_ALPHA = 10_000.0  # ten times what a recipe may ask for
_CHOOSE = "choose another adapter"


@dataclass(frozen=True)
class PlayerStatistics:
    """What even little playing tells of a player, over all of it."""

    notes: int
    files: int
    level: float  # mean velocity
    spread: float  # standard deviation of velocity around the mean of its track
    articulation: float | None  # mean log2 of played over notated duration; None where lengths are unknown
    dynamics_style: float | None = None  # the same as Style has it: standard deviations among players
    articulation_style: float | None = None


@dataclass(frozen=True)
class AdapterHeader:
    """What an adapter file says of itself."""

    name: str
    title: str
    family: str  # Family that it was trained for
    base: str  # name of the base model
    base_hash: str  # `weights_hash` of the base model's file
    kind: str = LORA  # STATISTICS: no weights, only how the base is asked to play
    r: int = 0
    alpha: float = 0.0
    modules: tuple[str, ...] = ()  # full names of the linear layers that are adapted
    inputs: tuple[str, ...] = tuple(INPUTS)  # feature names, hints among them
    targets: tuple[str, ...] = TARGETS
    rendering: Rendering | None = None  # calibrated with the adapter; None: the base's
    player: PlayerStatistics | None = None
    licence: str = ""
    licence_note: str = ""
    trained_on: tuple[str, ...] = ()  # data sets or manifests, by name
    songs: tuple[str, ...] = ()  # fingerprints of the songs that it learned from or was chosen by
    steps: int = 0
    seed: int = 0
    verdict: str = ""  # IMPROVES, NO_CLEAR_CHANGE, HARMS; "": never judged
    scores: dict[str, dict[str, float]] = field(default_factory=dict)  # on unseen songs: row -> measure -> value
    versions: dict[str, str] = field(default_factory=dict)
    created: str = ""  # date and time, ISO 8601
    schema: int = ADAPTER_SCHEMA

    @property
    def hints(self) -> tuple[str, ...]:
        """The instrument hints that it reads, in the order of their columns."""
        return tuple(name for name in self.inputs if name not in INPUTS)

    @property
    def commercial(self) -> bool:
        """Whether the licence, by its name, lets the adapter be used for money."""
        return is_commercial(self.licence)


def pack_adapter(weights: Mapping[str, Tensor], header: AdapterHeader) -> bytes:
    """The bytes of an adapter file.

    `weights` are, for every adapted module M, `M.lora_A.weight` (r, in) and `M.lora_B.weight` (out, r); where
    hints are read, also `hints.weight` (width, hints); kept as float32.
    """
    from safetensors.torch import save

    state = {name: weight.detach().float().cpu().contiguous() for name, weight in weights.items()}
    return with_metadata(save(state), {ADAPTER_KEY: json.dumps(asdict(header))})


def adapter_header(file: TensorFile) -> AdapterHeader:
    """The header of an adapter's file, which holds what it describes; DuvError says what is wrong."""
    try:
        raw = parse_header(file.metadata[ADAPTER_KEY], "its description")
        check_version(raw, ADAPTER_SCHEMA, file.path)
        _FIELDS(raw, "")
        header = _header(raw, file.path)
        _check_kind(header)
    except Misfit as e:
        message = f"describes itself in a way that makes no sense: {e}"
        raise DuvError(message, file=file.path, hint=_CHOOSE) from e
    try:
        file.check_tensors(_tensors(header, file.tensors))
    except Misfit as e:
        message = f"does not hold the weights that it describes: {e}"
        raise DuvError(message, file=file.path, hint=_CHOOSE) from e
    return header


def check_layers(header: AdapterHeader, file: TensorFile, layers: Mapping[str, TensorShape]) -> None:
    """DuvError unless the factors fit the base model with these `layers`, (out, in) by their names."""
    if header.kind == STATISTICS:
        return
    expected: dict[str, TensorShape] = {}
    try:
        for module in header.modules:
            if module not in layers:
                raise Misfit(f"it has no layer {shown(module)}")
            out, read = layers[module]
            expected |= {f"{module}.lora_A.weight": (header.r, read), f"{module}.lora_B.weight": (out, header.r)}
        if header.hints:
            expected[HINT_WEIGHT] = (layers["head_vel"][1], hint_columns(header.hints))
        file.check_tensors(expected)
    except Misfit as e:
        raise DuvError(f"does not fit the base model: {e}", file=file.path, hint=_CHOOSE) from e


def _header(raw: dict[str, Any], path: Path) -> AdapterHeader:
    known = dict(raw)
    for name in ("modules", "inputs", "targets", "trained_on", "songs"):
        known[name] = tuple(raw[name])
    known["rendering"] = None if raw["rendering"] is None else rendering_from(raw["rendering"])
    known["player"] = None if raw["player"] is None else PlayerStatistics(**raw["player"])
    header = AdapterHeader(**known)
    unknown = [name for name in header.hints if name not in HINTS]
    if unknown:
        name = shown(unknown[0]).strip('"')
        raise DuvError(f"reads {name} of a note, which this version of DUV Studio does not compute", file=path)
    return header


def _check_kind(header: AdapterHeader) -> None:
    """Misfit where fields contradict each other."""
    for name, values in (("modules", header.modules), ("inputs", header.inputs), ("targets", header.targets)):
        if len(set(values)) < len(values):
            raise Misfit(f"{name} names something twice")
    if header.kind == STATISTICS:
        if header.player is None:
            raise Misfit("player is null; an adapter of statistics must have one")
        return
    if header.r < 1:
        raise Misfit("r is 0; it must be at least 1")
    if not header.modules:
        raise Misfit("modules is empty; it must name what is adapted")


def _tensors(header: AdapterHeader, found: Mapping[str, TensorEntry]) -> dict[str, TensorShape]:
    """The tensors of an adapter; sizes that only the base model tells are taken from those `found`."""
    expected: dict[str, TensorShape] = {}
    if header.kind == STATISTICS:
        return expected
    for module in header.modules:
        down, up = f"{module}.lora_A.weight", f"{module}.lora_B.weight"
        expected[down] = (header.r, _size(found, down, 1))
        expected[up] = (_size(found, up, 0), header.r)
    if header.hints:
        expected[HINT_WEIGHT] = (_size(found, HINT_WEIGHT, 0), hint_columns(header.hints))
    return expected


def _size(found: Mapping[str, TensorEntry], name: str, axis: int) -> int:
    shape = found[name].shape if name in found else ()
    return shape[axis] if len(shape) == 2 else 1


_PLAYER = fields(
    {"notes": COUNT, "files": COUNT, "level": finite(), "spread": finite(), "articulation": optional(finite())},
    {"dynamics_style": optional(finite()), "articulation_style": optional(finite())},
)
_FIELDS = fields(
    {
        "name": SAID,
        "title": SAID,
        "family": one_of([str(family) for family in Family]),
        "base": SAID,
        "base_hash": text(200),
        "modules": items(printable(200), 10_000),
        "inputs": items(printable(100), 1000),
        "targets": items(one_of(TARGETS), len(TARGETS), least=1),
        "rendering": optional(check_rendering),
        "player": optional(_PLAYER),
        "trained_on": items(SAID, 1_000_000),
        "songs": items(text(200), 1_000_000),
        "schema": whole(ADAPTER_SCHEMA, ADAPTER_SCHEMA),
    },
    {
        "kind": one_of((LORA, STATISTICS)),
        "r": whole(0, MOST_WIDTH),
        "alpha": number(0, MOST_ALPHA),
        "licence": SAID,
        "licence_note": SAID,
        "steps": COUNT,
        "seed": SEED,
        "verdict": one_of(_VERDICTS, f'"" or one of {", ".join(_VERDICTS[1:])}'),
        "scores": mapping(mapping(finite())),
        "versions": mapping(text(500)),
        "created": text(100),
    },
)
