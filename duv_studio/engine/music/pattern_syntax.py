"""Python's regular expressions as the library `regex` writes them: it can be stopped, and reads some of them otherwise.

Python's own parser reads a pattern, so its grammar and its errors stay. What it has read is written out with nothing
left to interpret: `regex` takes `{e}` for a fuzzy match and counts accents as letters, which Python does not.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

LONGEST_NAME = 100  # characters of a track name that are looked at
_ENOUGH = LONGEST_NAME + 1  # repeats: a turn that reads nothing brings nothing new, and no more can read something
_LARGEST = 20_000  # parts of the compiled pattern, for whose repeats are unrolled: 50 ms and 20 MB
_parser: Any = import_module("re._parser")

# What Python means by \d, \s and \w, for use in brackets.
_CLASSES = {"DIGIT": r"\p{Nd}", "SPACE": r"\s\x1c-\x1f", "WORD": r"\p{L}\p{N}_"}
_ASCII_CLASSES = {"DIGIT": "0-9", "SPACE": r"\t-\r\x20", "WORD": "A-Za-z0-9_"}
_DOTTED = "iI\u0130\u0131"  # all alike to Python where case is ignored, with a dot and without
_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
_PLACES = {"AT_BEGINNING": "^", "AT_BEGINNING_STRING": r"\A", "AT_END": "$", "AT_END_STRING": r"\Z"}
_ANY = "(?s:.)"


def compiled(text: str) -> Any:
    """Compile a Python regular expression to a pattern of `regex`, for texts of LONGEST_NAME characters at most.

    Raises re.error as Python does, and MemoryError, OverflowError or RecursionError for what is too large.
    """
    import regex  # late: it takes 20 ms, and most calls have no pattern

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "possible nested set" speaks to programmers
        tree = _parser.parse(text)
    flags = tree.state.flags
    written = _with_flags(_sequence(tree, flags), flags)
    if _parts(tree) > _LARGEST:
        raise MemoryError("the pattern unrolls to too many parts")
    return regex.compile(written, regex.VERSION0 | (regex.ASCII if flags & re.ASCII else 0))


def _parts(tree: Any) -> int:
    """How many parts a pattern has when its repeats are written out as often as they must be read."""
    return sum(_parts_of(str(operator), argument) for operator, argument in tree)


def _parts_of(operator: str, argument: Any) -> int:
    if operator.endswith("_REPEAT"):
        return 1 + min(max(int(argument[0]), 1), _ENOUGH) * _parts(argument[2])
    return 1 + sum(_parts(inner) for inner in _inner(operator, argument))


def _inner(operator: str, argument: Any) -> Iterable[Any]:
    if operator == "BRANCH":
        return list(argument[1])
    if operator in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
        return (argument[-1],)
    if operator == "ATOMIC_GROUP":
        return (argument,)
    return [branch for branch in argument[1:] if branch] if operator == "GROUPREF_EXISTS" else ()


def _sequence(tree: Any, flags: int) -> str:
    return "".join(_WRITERS[str(operator)](argument, flags) for operator, argument in tree)


def _with_flags(written: str, flags: int) -> str:
    on = "".join(letter for flag, letter in _FLAGS.items() if flags & flag)
    off = "".join(letter for flag, letter in _FLAGS.items() if not flags & flag)
    return f"(?{on}{'-' + off if off else ''}:{written})"


def _character(code: int) -> str:
    return chr(code) if code > 127 or chr(code).isalnum() else f"\\x{code:02x}"


def _literal(code: int, flags: int) -> str:
    return f"[{_DOTTED}]" if _ignores_case(flags) and chr(code) in _DOTTED else _character(code)


def _ignores_case(flags: int) -> bool:
    return bool(flags & re.IGNORECASE) and not flags & re.ASCII


def _class(name: str, flags: int) -> str:
    return (_ASCII_CLASSES if flags & re.ASCII else _CLASSES)[name]


def _set(items: Any, flags: int) -> str:
    within, others = "", []
    for operator, argument in items:
        kind, is_not, category = str(argument).removeprefix("CATEGORY_").rpartition("NOT_")
        if str(operator) == "LITERAL":
            within += _character(argument)
        elif str(operator) == "RANGE":
            within += f"{_character(argument[0])}-{_character(argument[1])}"
        elif str(operator) == "CATEGORY" and is_not:
            others.append(f"[^{_class(category, flags)}]")
        elif str(operator) == "CATEGORY":
            within += _class(category or kind, flags)
    if _ignores_case(flags) and any(_holds(item, ord(letter)) for item in items for letter in _DOTTED):
        within += _DOTTED
    is_negative = str(items[0][0]) == "NEGATE"
    if not others:
        return f"[{'^' if is_negative else ''}{within}]"
    either = "|".join([f"[{within}]"] * bool(within) + others)
    return f"(?:(?!{either}){_ANY})" if is_negative else f"(?:{either})"


def _holds(item: Any, code: int) -> bool:
    operator, argument = str(item[0]), item[1]
    if operator == "RANGE":
        return bool(argument[0] <= code <= argument[1])
    return operator == "LITERAL" and bool(argument == code)


def _not_literal(code: int, flags: int) -> str:
    return f"[^{_DOTTED if _ignores_case(flags) and chr(code) in _DOTTED else _character(code)}]"


def _place(place: Any, flags: int) -> str:
    if str(place) in _PLACES:
        return _PLACES[str(place)]
    word = f"[{_class('WORD', flags)}]"
    if str(place) == "AT_BOUNDARY":
        return f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
    return f"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))"


def _branch(argument: Any, flags: int) -> str:
    return f"(?:{'|'.join(_sequence(branch, flags) for branch in argument[1])})"


def _group(argument: Any, flags: int) -> str:
    number, add, remove, body = argument
    if add & (re.ASCII | re.UNICODE):
        flags &= ~(re.ASCII | re.UNICODE)
    flags = (flags | add) & ~remove
    written = _with_flags(_sequence(body, flags), flags)
    return written if number is None else f"({written})"


def _repeat(suffix: str) -> Callable[[Any, int], str]:
    def write(argument: Any, flags: int) -> str:
        least, most = min(argument[0], _ENOUGH), argument[1]
        span = f"{least}," if most is _parser.MAXREPEAT else f"{least},{min(most, _ENOUGH)}"
        return f"(?:{_sequence(argument[2], flags)}){{{span}}}{suffix}"

    return write


def _look(ahead: str, behind: str) -> Callable[[Any, int], str]:
    def write(argument: Any, flags: int) -> str:
        direction, body = argument
        if direction < 0 and len(set(body.getwidth())) > 1:
            raise re.error("look-behind requires fixed-width pattern")
        return f"({ahead if direction > 0 else behind}{_sequence(body, flags)})"

    return write


def _choice(argument: Any, flags: int) -> str:
    group, yes, no = argument
    return f"(?({group})(?:{_sequence(yes, flags)})|(?:{_sequence(no or (), flags)}))"


_WRITERS: dict[str, Callable[[Any, int], str]] = {
    "LITERAL": _literal,
    "NOT_LITERAL": _not_literal,
    "ANY": lambda argument, flags: ".",
    "IN": _set,
    "AT": _place,
    "BRANCH": _branch,
    "SUBPATTERN": _group,
    "MAX_REPEAT": _repeat(""),
    "MIN_REPEAT": _repeat("?"),
    "POSSESSIVE_REPEAT": _repeat("+"),
    "ATOMIC_GROUP": lambda argument, flags: f"(?>{_sequence(argument, flags)})",
    "ASSERT": _look("?=", "?<="),
    "ASSERT_NOT": _look("?!", "?<!"),
    "GROUPREF": lambda number, flags: f"(?:\\{number})",
    "GROUPREF_EXISTS": _choice,
    "FAILURE": lambda argument, flags: "(?!)",
}
