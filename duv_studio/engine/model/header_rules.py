"""What the fields of a file's header may hold: rules that name the field, what it holds and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from duv_studio.engine.json_text import OddJson, parse_json, shown

Rule = Callable[[Any, str], None]  # a value and the name of its field; raises Misfit
_SHOWN = 40  # characters of a value
_HALF = re.compile("[\ud800-\udfff]")


class Misfit(ValueError):
    """What is wrong with a header, in a sentence without the file's name."""


def parse_header(text: str, what: str) -> Any:
    """JSON in which every key is there once and every number is finite; Misfit says what else is the case.

    `what` is the beginning of a sentence: "its header".
    """
    try:
        return parse_json(text, unique=True)
    except OddJson as e:
        raise Misfit(f"{what} {e}") from e
    except ValueError as e:
        raise Misfit(f"{what} is not JSON") from e


def fields(required: Mapping[str, Rule], others: Mapping[str, Rule] | None = None) -> Rule:
    """An object with all `required` fields, perhaps some `others`, and nothing else."""
    known = {**required, **(others or {})}

    def check(value: Any, where: str) -> None:
        _is(isinstance(value, dict), value, where, "an object with named fields")
        for field in value:
            if field not in known:
                raise Misfit(f"there is no field {_below(where, field)}; the fields are {', '.join(known)}")
        for field, rule in known.items():
            if field in value:
                rule(value[field], _below(where, field))
            elif field in required:
                raise Misfit(f"the field {_below(where, field)} is missing")

    return check


def mapping(values: Rule, keys: Collection[str] | None = None, most: int = 1000) -> Rule:
    """An object whose fields are all alike; `keys` are those that may be there, None for any."""
    words = f"one of {', '.join(keys)}" if keys is not None else ""

    def check(value: Any, where: str) -> None:
        _is(isinstance(value, dict), value, where, "an object with named fields")
        _count(value, where, most)
        for key, inner in value.items():
            if keys is not None and key not in keys:
                raise Misfit(f"there is no {_below(where, key)}; the name must be {words}")
            values(inner, _below(where, key))

    return check


def items(each: Rule, most: int, least: int = 0) -> Rule:
    """A list of `least` to `most` values that are all alike."""

    def check(value: Any, where: str) -> None:
        _is(isinstance(value, list), value, where, "a list")
        _count(value, where, most)
        if len(value) < least:
            raise Misfit(f"{where} is empty; it must hold at least {least}")
        for number, inner in enumerate(value, start=1):
            each(inner, f"{where}[{number}]")

    return check


def text(most: int, *, of_files: bool = False) -> Rule:
    """Text of at most so many characters; only in names `of_files` may bytes stand that are no characters."""

    def check(value: Any, where: str) -> None:
        _is(isinstance(value, str), value, where, "text")
        if len(value) > most:
            raise Misfit(f"{where} has {len(value)} characters; there may be {most}")
        if not of_files and _HALF.search(value):
            raise Misfit(f"{where} holds half of a character")

    return check


def printable(most: int) -> Rule:
    """Text that stands in sentences: of characters that can be printed."""
    of_any = text(most)

    def check(value: Any, where: str) -> None:
        of_any(value, where)
        _is(value.isprintable(), value, where, "text without control characters")

    return check


def one_of(words: Collection[str], called: str = "") -> Rule:
    """One of these texts, which a sentence calls `called`."""
    allowed = called or f"one of {', '.join(words)}"

    def check(value: Any, where: str) -> None:
        _is(isinstance(value, str) and value in words, value, where, allowed)

    return check


def whole(low: int, high: int) -> Rule:
    """A whole number from `low` to `high`."""

    def check(value: Any, where: str) -> None:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        _is(fits, value, where, f"a whole number from {low} to {high}")

    return check


def number(low: float, high: float, *, below: bool = False) -> Rule:
    """A number from `low` to `high`, or, with `below`, below `high`."""
    allowed = f"a number of at least {low:g} and below {high:g}" if below else f"a number from {low:g} to {high:g}"

    def check(value: Any, where: str) -> None:
        real = isinstance(value, int | float) and not isinstance(value, bool)
        _is(real and low <= value <= high and not (below and value == high), value, where, allowed)

    return check


def finite(most: float = 1e12) -> Rule:
    """A number of any sign, not beyond `most`."""
    return number(-most, most)


def optional(rule: Rule) -> Rule:
    """The same, or null."""

    def check(value: Any, where: str) -> None:
        if value is not None:
            rule(value, where)

    return check


def _is(fits: bool, value: Any, where: str, allowed: str) -> None:
    if not fits:
        raise Misfit(f"{where} is {shown(value, _SHOWN)}; it must be {allowed}")


def _count(value: Collection[Any], where: str, most: int) -> None:
    if len(value) > most:
        raise Misfit(f"{where} holds {len(value)} entries; there may be {most}")


def _below(where: str, name: str) -> str:
    plain = name if name.replace("_", "").isalnum() and len(name) <= _SHOWN else shown(name, _SHOWN)
    return f"{where}.{plain}" if where else plain
