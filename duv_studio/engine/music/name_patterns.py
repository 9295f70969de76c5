"""Regular expressions that a user types: errors name their place, and a search that takes too long is given up."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from time import thread_time
from typing import Any

from duv_studio.engine.midi.instruments import program_label
from duv_studio.engine.midi.song import Track
from duv_studio.engine.music.pattern_syntax import LONGEST_NAME, compiled
from duv_studio.errors import DuvError

_LONGEST_PATTERN = 500
# Seconds of this thread's own time, however busy the machine: what people write takes some microseconds a name.
_LIMIT, _LIMIT_A_NAME = 0.25, 0.0001
_REMEMBERED = 5_000  # searches whose outcome is known
_SLOW = 0.001  # seconds from which on the outcome of a search is worth remembering
_HINT = r"write a Python regular expression such as (?i)guitar|bass, and a plain bracket as \("

_outcomes: dict[Hashable, bool | None] = {}  # of slow searches; None: it took too long


@dataclass(frozen=True)
class NamePattern:
    """A regular expression on track names, as it was typed, and what it is called in messages."""

    pattern: str
    what: str
    compiled: Any = field(compare=False, repr=False)


class Patience:
    """The time that the searches of one call take together, of all its patterns in all its names."""

    def __init__(self) -> None:
        self._left = _LIMIT

    def search(self, pattern: NamePattern, name: str) -> bool:
        """Return whether the pattern is found anywhere in a track's name; DuvError when the time is over."""
        name = name[:LONGEST_NAME]
        search = (pattern.pattern, name)
        found = _outcomes[search] if search in _outcomes else self._searched(pattern, name)
        if found is None:
            raise DuvError(
                f'the {pattern.what} pattern "{pattern.pattern}" takes too long: it was given up at the name "{name}"',
                hint=r"do not repeat what is itself repeated or reads in two ways: .* and \d+ are quick, (a?)* is not",
            )
        return found

    def _searched(self, pattern: NamePattern, name: str) -> bool | None:
        begun = thread_time()
        found = _found(pattern.compiled, name, self._left)
        taken = thread_time() - begun
        self._left = max(self._left + _LIMIT_A_NAME - taken, 0.0)
        # Also what had no time left: asked again, a call ends as it did.
        if taken > _SLOW or found is None:
            if len(_outcomes) >= _REMEMBERED:
                _outcomes.clear()
            _outcomes[pattern.pattern, name] = found
        return found


def matched_name(track: Track) -> str:
    """Return what the patterns are tried on: the track's name, or its sound when it has none."""
    return track.name if track.name.strip() else program_label(track)


def compile_pattern(text: str | None, what: str) -> NamePattern | None:
    """Compile a pattern on track names; None or an empty text is no pattern.

    `what` names it in messages ("include", "exclude"). Raises DuvError for a wrong pattern, with the place of the
    trouble, and for one that is too large.
    """
    if not text:
        return None
    if len(text) > _LONGEST_PATTERN:
        raise DuvError(f"the {what} pattern is longer than {_LONGEST_PATTERN} characters", hint=_HINT)
    try:
        return NamePattern(text, what, _compiled(text))
    except re.error as error:
        raise DuvError(f'the {what} pattern "{text}" is wrong{_place(error, text)}: {error.msg}', hint=_HINT) from None
    except (RecursionError, OverflowError, MemoryError):
        raise DuvError(f'the {what} pattern "{text}" is too deep or too large', hint=_HINT) from None


_compiled = lru_cache(maxsize=500)(compiled)


def _place(error: re.error, text: str) -> str:
    """Where the pattern is wrong, counted from 1; what is missing at the end is missed at the last character."""
    return "" if error.pos is None else f" at position {min(error.pos + 1, len(text))}"


def _found(compiled: Any, name: str, seconds: float) -> bool | None:
    """Whether the pattern is found, None when that is not known after so many seconds of this thread."""
    begun, timeout = thread_time(), max(seconds, _SLOW)
    while True:
        try:
            return compiled.search(name, timeout=timeout) is not None
        except TimeoutError:
            # The library counts the time of all threads: others may have used it up.
            if thread_time() - begun >= 0.9 * seconds:
                return None
            timeout *= 2
        except MemoryError:
            return None
