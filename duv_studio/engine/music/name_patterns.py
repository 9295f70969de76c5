"""Regular expressions that a user types: errors name their place, and patterns that could run forever are refused."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any

from duv_studio.engine.midi.instruments import program_label
from duv_studio.engine.midi.song import Track
from duv_studio.errors import DuvError

LONGEST_NAME = 100  # characters of a track name that are looked at
_LONGEST_PATTERN = 500
# A name of 100 equal characters and four ".*" in a row take Python's matcher about a second. Cost is counted as if
# an open repeat could be read in 40 ways, which is what the combinations of four come to.
_WAYS_OF_A_REPEAT = 40
_MOST_WAYS = _WAYS_OF_A_REPEAT**4
_HINT = r"write a Python regular expression such as (?i)guitar|bass, and a plain bracket as \("
_parser: Any = import_module("re._parser")


def matched_name(track: Track) -> str:
    """Return what the patterns are tried on: the track's name, or its sound when it has none."""
    return track.name if track.name.strip() else program_label(track)


def compile_pattern(text: str | None, what: str) -> re.Pattern[str] | None:
    """Compile a pattern on track names; None or an empty text is no pattern.

    `what` names it in messages ("include", "exclude"). Raises DuvError for a wrong pattern, with the place of the
    trouble, and for one that could take minutes on a single name.
    """
    if not text:
        return None
    if len(text) > _LONGEST_PATTERN:
        raise DuvError(f"the {what} pattern is longer than {_LONGEST_PATTERN} characters", hint=_HINT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set" speaks to programmers
            pattern, ways = re.compile(text), _ways(_parser.parse(text))
    except re.error as error:
        raise DuvError(f'the {what} pattern "{text}" is wrong{_place(error, text)}: {error.msg}', hint=_HINT) from None
    except (RecursionError, OverflowError, MemoryError):
        raise DuvError(f'the {what} pattern "{text}" is too deep or too large', hint=_HINT) from None
    if ways > _MOST_WAYS:
        raise DuvError(
            f'the {what} pattern "{text}" could take minutes on one name: it repeats what is itself repeated or open',
            hint="repeat single characters or classes only, such as .* or \\d+, and at most four times in a row",
        )
    return pattern


def search(pattern: re.Pattern[str], name: str) -> bool:
    """Return whether the pattern is found anywhere in a track's name."""
    return pattern.search(name[:LONGEST_NAME]) is not None


def _place(error: re.error, text: str) -> str:
    """Where the pattern is wrong, counted from 1; what is missing at the end is missed at the last character."""
    return "" if error.pos is None else f" at position {min(error.pos + 1, len(text))}"


def _ways(node: Any) -> float:
    """Return in how many ways a backtracking matcher could try this part of a parsed pattern on one name."""
    ways = 1.0
    for operator, argument in node:
        ways = min(ways * _ways_of(str(operator), argument), 1e300)
    return ways


def _ways_of(operator: str, argument: Any) -> float:
    if operator in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, body = int(argument[0]), int(argument[1]), argument[2]
        turns = min(most - least + 1, _WAYS_OF_A_REPEAT)
        inner = _ways(body)
        return float(turns) if inner == 1 else min(turns * inner ** min(most, 100), 1e300)
    if operator == "BRANCH":
        return sum(_ways(branch) for branch in argument[1])
    if operator == "SUBPATTERN":
        return _ways(argument[-1])
    if operator in ("ASSERT", "ASSERT_NOT"):
        return _ways(argument[1])
    if operator == "GROUPREF_EXISTS":
        return sum(_ways(branch) for branch in argument[1:] if branch is not None)
    if operator in ("ATOMIC_GROUP", "POSSESSIVE_REPEAT"):
        # Given up as a whole, but tried inside with all its ways first.
        return _ways(argument[2] if operator == "POSSESSIVE_REPEAT" else argument)
    return 1.0
