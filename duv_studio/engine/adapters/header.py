"""An adapter in one file: what LoRA learned of a player as safetensors, and in its header all that its use needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.engine.features.feature_groups import INPUTS, TARGETS
from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering, is_commercial, rendering_from
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER_SCHEMA = 1
ADAPTER_KEY = "duv-adapter"
LORA, STATISTICS = "lora", "statistics"
IMPROVES, NO_CLEAR_CHANGE, HARMS = "improves", "no clear change", "harms"
_VERDICTS = ("", IMPROVES, NO_CLEAR_CHANGE, HARMS)
_TEXTS = ("name", "title", "base", "base_hash", "licence", "licence_note", "created")


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


def weights_hash(path: Path) -> str:
    """Names a model's weights: the same whatever else its file says, so that a new card or calibration changes nothing.

    Over the tensors' names, types, shapes and bytes. DuvError when the file is no safetensors file.
    """
    try:
        return _weights_hash(path.read_bytes())
    except FileNotFoundError as e:
        raise DuvError("there is no such model file", file=path) from e
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:  # JSON that describes no tensors
        raise DuvError("is not a model file (safetensors)", file=path) from e


def _weights_hash(data: bytes) -> str:
    size = int.from_bytes(data[:8], "little")
    layout = json.loads(data[8 : 8 + size])
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(layout.keys() - {"__metadata__"}):
        entry = layout[name]
        begin, end = entry["data_offsets"]
        digest.update(f"{name} {entry['dtype']} {entry['shape']}\n".encode())
        digest.update(data[8 + size + begin : 8 + size + end])
    return digest.hexdigest()


def pack_adapter(weights: Mapping[str, Tensor], header: AdapterHeader) -> bytes:
    """The bytes of an adapter file.

    `weights` are, for every adapted module M, `M.lora_A.weight` (r, in) and `M.lora_B.weight` (out, r); where
    hints are read, also `hints.weight` (width, hints); kept as float32.
    """
    from safetensors.torch import save

    state = {name: weight.detach().float().cpu().contiguous() for name, weight in weights.items()}
    return save(state, metadata={ADAPTER_KEY: json.dumps(asdict(header))})


def adapter_header(raw: dict[str, Any], path: Path) -> AdapterHeader:
    """The header from its JSON; raises DuvError for another version, TypeError or ValueError for nonsense."""
    if raw.get("schema") != ADAPTER_SCHEMA:
        raise DuvError(
            f"was made for another version of DUV Studio (its format is {raw.get('schema')},"
            f" this one reads {ADAPTER_SCHEMA})",
            file=path,
        )
    known = dict(raw)
    for name in ("modules", "inputs", "targets", "trained_on", "songs"):
        known[name] = tuple(raw[name])
    known["rendering"] = None if raw["rendering"] is None else rendering_from(raw["rendering"])
    known["player"] = None if raw["player"] is None else PlayerStatistics(**raw["player"])
    header = AdapterHeader(**known)
    unknown = [name for name in header.hints if name not in HINTS]
    if unknown:
        raise DuvError(f"reads {unknown[0]} of a note, which this version of DUV Studio does not compute", file=path)
    if not _makes_sense(header):
        raise ValueError("the header contradicts itself")
    return header


def _makes_sense(header: AdapterHeader) -> bool:
    if not all(isinstance(getattr(header, name), str) for name in _TEXTS):
        return False
    if header.family not in list(Family) or header.verdict not in _VERDICTS:
        return False
    if not header.targets or not set(header.targets) <= set(TARGETS):
        return False
    if header.kind == STATISTICS:
        return header.player is not None
    return header.kind == LORA and header.r >= 1 and bool(header.modules)
