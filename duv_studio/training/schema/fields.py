"""What every key of a recipe may hold, in words: for error messages, for the documentation and for a form."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

_NOUNS = {int: "whole number", float: "number", bool: "true or false", str: "text"}
Choices = Sequence[str] | Callable[[], Sequence[str]]


class Strict(BaseModel):
    """A frozen schema that converts no types and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False)


@dataclass(frozen=True)
class SchemaField:
    """One key of a recipe."""

    path: str  # "trainer.lr"
    type: str  # "number"
    default: Any  # None also where there is none
    unit: str  # "" where it has none
    range: str  # "above 0, at most 1"; "" where everything of its type may be
    help: str
    required: bool = False
    # For a form.
    label: str = ""  # "Learning rate"
    basic: bool = False  # whether the form shows it at once, not only under "Advanced"
    choices: tuple[str, ...] = ()  # all that may be written, of a list: in it; () where anything may
    kind: str = ""  # "file", "folder" or "model" where a text is the name of one
    low: float = -math.inf
    high: float = math.inf

    @property
    def section(self) -> str:
        """The section that it belongs to; "" outside of any."""
        return self.path.rpartition(".")[0]

    @property
    def is_optional(self) -> bool:
        """Whether null may be written."""
        return self.type.endswith("or null")

    @property
    def allowed(self) -> str:
        """What may be written there, to follow "it must be"."""
        article = "" if self.type.startswith(("true", "text", "one of")) else "a "
        joint = " of " if self.range.startswith("at least") else " " if self.range and self.range[0] != "," else ""
        return f"{article}{self.type}{joint}{self.range}"


def key(
    default: Any,
    help: str,
    *,
    unit: str = "",
    allowed: str = "",
    label: str = "",
    basic: bool = False,
    choices: Choices = (),
    kind: str = "",
    **limits: Any,
) -> Any:
    """A pydantic field of a recipe with its help; `limits` are pydantic's own (ge, lt, min_length, pattern, …).

    `allowed` describes in words what lists and texts may be, as limits do for numbers. The rest is for a form: see
    SchemaField; an empty `label` is made from the name of the key.
    """
    extra = {"unit": unit, "allowed": allowed, "label": label, "basic": basic, "choices": choices, "kind": kind}
    known: Any = extra
    return Field(default, description=help, json_schema_extra=known, **limits)


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[SchemaField]:
    """Every key of a schema, section by section, in the order of the file."""
    for name, field in model.model_fields.items():
        section = section_of(field)
        if section is not None:
            yield from fields_of(section, f"{prefix}{name}.")
        else:
            yield _schema_field(f"{prefix}{name}", field)


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The schema of a field that is a section; None of one that is a value."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _schema_field(path: str, field: FieldInfo) -> SchemaField:
    found: Any = field.json_schema_extra
    extra: dict[str, Any] = found if isinstance(found, dict) else {}
    choices = extra.get("choices", ())
    low, high = _limits(field.metadata)
    return SchemaField(
        path=path,
        type=_type(field.annotation),
        default=None if field.is_required() else field.get_default(),
        unit=str(extra.get("unit", "")),
        range=str(extra.get("allowed") or "") or _range(field.metadata),
        help=field.description or "",
        required=field.is_required(),
        label=extra.get("label") or _label(path),
        basic=bool(extra.get("basic")),
        choices=tuple(choices() if callable(choices) else choices) or _literals(field.annotation),
        kind=extra.get("kind", ""),
        low=low,
        high=high,
    )


def _label(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ").capitalize()


def _literals(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Annotated:
        return _literals(get_args(kind)[0])
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def _limits(limits: list[Any]) -> tuple[float, float]:
    """Least and greatest number; exclusive limits count, too."""
    low: list[Any] = [x.ge if isinstance(x, Ge) else x.gt for x in limits if isinstance(x, Ge | Gt)]
    high: list[Any] = [x.le if isinstance(x, Le) else x.lt for x in limits if isinstance(x, Le | Lt)]
    return float(max(low, default=-math.inf)), float(min(high, default=math.inf))


def _type(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        inner = [_type(k) for k in get_args(kind) if k is not type(None)]
        return " or ".join([*inner, "null"] if type(None) in get_args(kind) else inner)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if get_origin(kind) in (tuple, list):
        return "list"
    if get_origin(kind) is dict:
        return "mapping of names to numbers"
    return _NOUNS[kind]


def _range(limits: list[Any]) -> str:
    found = {type(x): x for x in limits}
    if Ge in found and Le in found:
        return f"from {found[Ge].ge} to {found[Le].le}"
    words = {
        Gt: "above {0.gt}",
        Ge: "at least {0.ge}",
        Lt: "below {0.lt}",
        Le: "at most {0.le}",
        MultipleOf: "a multiple of {0.multiple_of}",
    }
    return ", ".join(text.format(found[kind]) for kind, text in words.items() if kind in found)
