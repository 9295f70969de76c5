"""Rows about parts as they are written: `RE: velocity=0 protect=kick`, mappings of Python, YAML files of those."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shown
from typing import Any

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.drum_pieces import PIECES, is_piece
from duv_studio.engine.music.part_rules import ALL, PartRule, check_patterns
from duv_studio.engine.music.pitch_names import check_pitches
from duv_studio.engine.music.settings import check_family
from duv_studio.engine.regular_file import NoSuchFile, read_regular
from duv_studio.errors import DuvError
from duv_studio.text_width import shortened

_NONE = "none"
_LARGEST = 2**20  # bytes of a YAML file
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
_FORM = "such as 'Kick: velocity=0' or '(?i)drums: protect=kick,C1 duration=50%'"
_FIELD = re.compile(r"(?:^|(?<=[\s;]))([A-Za-z_]\w*)\s*=\s*")

Row = Mapping[str, Any] | str | PartRule


def parse_rules(rows: Iterable[Row], where: str = "parts") -> tuple[PartRule, ...]:
    """Rows in any form; DuvError names the row and what may stand in it. `where` says what holds them."""
    return tuple(_rule(row, f"{where}, row {number}") for number, row in enumerate(rows, 1))


def read_rules(path: str | Path) -> tuple[PartRule, ...]:
    """The rows of a YAML file, a list of `match: RE` with fields; DuvError says what is wrong with it, and where."""
    import yaml  # late, as most songs have no such file

    from duv_studio.engine.yaml_text import YamlLoader

    path = Path(path)
    try:
        data = read_regular(path, _LARGEST, "list of parts")
    except NoSuchFile as error:
        raise DuvError("The file could not be read: there is none of that name", hint="check it", file=path) from error
    try:
        rows = yaml.load(data.decode("utf-8-sig"), YamlLoader)
    except yaml.MarkedYAMLError as error:
        place = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DuvError(f"This is no YAML{place}: {error.problem or error.context}", file=path) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise DuvError(f"This is no YAML: {str(error).splitlines()[0]}", file=path) from None
    if not isinstance(rows, list):
        raise DuvError(
            "The file holds no list of parts", hint="begin each with '- match: ' and a regular expression", file=path
        )
    try:
        return parse_rules(rows, path.name)
    except DuvError as error:
        raise DuvError(error.message, hint=error.hint, file=path) from None


def parse_text(text: str) -> PartRule:
    """A row written as `RE: field=value …`; lists have commas. DuvError says what is wrong."""
    return _of_text(text, f"'{shortened(text)}'")


def keyswitch_rule(text: str) -> PartRule:
    """A row written as `RE=pitches`, such as `Violin=C0-B0`, or `RE=none`; DuvError says what is wrong."""
    pattern, sign, pitches = text.rpartition("=")
    if not sign or not pattern.strip():
        raise DuvError(f"'{shortened(text)}' names no track and pitches", hint="such as 'Violin=C0-B0' or 'Piano=none'")
    return _of_mapping({"match": pattern.strip(), "keyswitch": pitches}, f"'{shortened(text)}'")


def _rule(row: Row, where: str) -> PartRule:
    if isinstance(row, PartRule):
        return row
    if isinstance(row, str):
        return _of_text(row, f"{where}, '{shortened(row)}'")
    if not isinstance(row, Mapping):
        raise DuvError(f"{where}: {shown(row)} is no part", hint="write a mapping with 'match' and fields")
    return _of_mapping(row, f'{where}, "{shortened(row["match"])}"' if isinstance(row.get("match"), str) else where)


def _of_text(text: str, where: str) -> PartRule:
    pattern, sign, rest = text.rpartition(":")
    starts = list(_FIELD.finditer(rest))
    if not sign or not pattern.strip() or not starts or rest[: starts[0].start()].strip():
        raise DuvError(f"{where} names no track and fields", hint=f"write {_FORM}")
    ends = [*(found.start() for found in starts[1:]), len(rest)]
    values = [rest[found.end() : end].strip(" \t;,") for found, end in zip(starts, ends, strict=True)]
    row: dict[str, Any] = {"match": pattern.strip()}
    for found, value in zip(starts, values, strict=True):
        if found[1] in row:
            raise DuvError(f"{where}: {shortened(found[1])} is said twice", hint="say it once; lists have commas")
        row[found[1]] = value
    return _of_mapping(row, where)


def _of_mapping(row: Mapping[str, Any], where: str) -> PartRule:
    match = row.get("match")
    if not isinstance(match, str) or not match:
        raise DuvError(f"{where}: match is missing", hint="match is a regular expression on the names of tracks")
    said: dict[str, Any] = {}
    for name, value in row.items():
        if name != "match":
            field, read = _READ.get(name) or _unknown(name, where)
            said[field] = read(value, f"{where}: {name}")
    if not said:
        raise DuvError(f"{where}: nothing is said about it", hint=f"there are {', '.join(_READ)}")
    rule = PartRule(match, **said, where=where)
    check_patterns([rule])
    return rule


def _unknown(name: object, where: str) -> Any:
    near = get_close_matches(str(name), _READ, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise DuvError(f'{where}: there is no field "{shortened(str(name))}"', hint=f"{meant}there are {', '.join(_READ)}")


def _text(value: Any) -> str:
    """A value as it was written, "" for what is none: a mapping may hold anything."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _share(value: Any, what: str) -> float:
    number = math.nan
    if isinstance(value, str):
        digits, percent = value.removesuffix("%").strip(), value.endswith("%")
        number = float(digits) / (100 if percent else 1) if re.fullmatch(r"\d+(\.\d*)?|\.\d+", digits) else math.nan
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) <= 1 else math.nan
    if not 0 <= number <= 1:  # also true of NaN
        raise DuvError(
            f"{what} is {shown(value)}, but it must be between 0 and 1", hint="1 is as the whole song, 0 is off"
        )
    return number


def _flag(value: Any, what: str) -> bool:
    word = _text(value).lower()
    if word not in _YES + _NO:
        raise DuvError(f"{what} is {shown(value)}, but it must be yes or no")
    return word in _YES


def _not_flag(value: Any, what: str) -> bool:
    return not _flag(value, what)


def _family(value: Any, what: str) -> Family:
    return check_family(shortened(_text(value).lower()), what)


def _words(value: Any, what: str) -> tuple[str, ...]:
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else _text(value).split(",")
    words = tuple("" if isinstance(item, bool) else _text(item) for item in items)
    if isinstance(value, bool) or "" in words:
        raise DuvError(f"{what} is {shown(value)}, which names no pitches", hint="write a list such as kick, C1, 36-40")
    return () if [word.lower() for word in words] == [_NONE] else words


def protected_words(value: Any, what: str) -> tuple[str, ...]:
    """The words of a list of pitches and pieces, () for "none"; DuvError names `what` and the wrong one."""
    words = _words(value, what)
    for word in words:
        if word.lower() != ALL and not is_piece(word):
            check_pitches(word, what, f"; or all, none, or a piece of the drum kit: {', '.join(PIECES)}")
    return tuple(ALL if word.lower() == ALL else word for word in words)


def keyswitch_words(value: Any, what: str) -> tuple[str, ...]:
    """Likewise of a list of pitches alone."""
    words = _words(value, what)
    for word in words:
        check_pitches(word, what, "; or none")
    return words


# Name of a field as it is written -> field of PartRule, and what reads its value.
_READ: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "velocity": ("velocity", _share),
    "duration": ("duration", _share),
    "intensity": ("intensity", _share),
    "protect": ("protect", protected_words),
    "keyswitch": ("keyswitch", keyswitch_words),
    "family": ("family", _family),
    "include": ("include", _flag),
    "exclude": ("include", _not_flag),
}
