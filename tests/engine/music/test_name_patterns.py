"""Patterns: wrong ones are named with their place, dangerous ones are refused before they run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.music.name_patterns import LONGEST_NAME, compile_pattern, search
from duv_studio.errors import DuvError
from tests.songs import law


@pytest.mark.parametrize("text", [None, ""])
def test_no_pattern_is_no_filter(text: str | None) -> None:
    assert compile_pattern(text, "include") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(?i", 'the include pattern "(?i" is wrong at position 3: missing -, : or )'),
        ("[a-", 'the include pattern "[a-" is wrong at position 1: unterminated character set'),
        ("a(b", 'the include pattern "a(b" is wrong at position 2: missing ), unterminated subpattern'),
        ("*a", 'the include pattern "*a" is wrong at position 1: nothing to repeat'),
        ("a)", 'the include pattern "a)" is wrong at position 2: unbalanced parenthesis'),
        ("piano\\", 'the include pattern "piano\\" is wrong at position 6: bad escape (end of pattern)'),
        ("a(?i)", 'the include pattern "a(?i)" is wrong at position 2: global flags not at the start of the '
                  "expression"),
    ],
)  # fmt: skip
def test_a_wrong_pattern_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DuvError) as trouble:
        compile_pattern(text, "include")
    assert trouble.value.message == message
    assert trouble.value.hint


@pytest.mark.parametrize("text", ["a" * 501, "a{99999999999999999999}", "(" * 450])
def test_an_enormous_pattern_is_refused(text: str) -> None:
    with pytest.raises(DuvError, match="the exclude pattern"):
        compile_pattern(text, "exclude")


@pytest.mark.parametrize(
    "text",
    ["(a+)+$", "(a|a)*b", "(.*)*x", "(a?){64}a{64}", ".*.*.*.*.*x", "(?:(?:a+)b?)+c", "(?=(a+)+$)", r"(\w+\s?)*:",
     "(a+)+b|c", "a?" * 40 + "a" * 40],
)  # fmt: skip
def test_a_pattern_that_could_run_for_ever_is_refused(text: str) -> None:
    with pytest.raises(DuvError, match="could take minutes"):
        compile_pattern(text, "include")


@pytest.mark.parametrize(
    "text",
    ["(?i)guitar|bass", "^Gtr.*$", r"Strings|Vln.*|Vla.*|Vc.*|Cb.*", r"^(Gtr|Bass)( \d+)?$", ".*lead.*gtr.*", "ギター",
     "(?i)(?!.*drum).*", "[[a]", r"(?x) piano # the left hand", r"(a)\1", "(?>a+)b", "a++b", "a{2,5}"],
)  # fmt: skip
def test_patterns_that_people_write_are_welcome(text: str) -> None:
    assert compile_pattern(text, "include") is not None


@pytest.mark.parametrize("text", [".*.*.*.*x", "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaab", "a*a*a*a*b"])
def test_the_worst_patterns_allowed_still_end(text: str) -> None:
    pattern = compile_pattern(text, "include")
    assert pattern is not None
    assert not search(pattern, "a" * 10_000)  # returns at all


def test_only_the_beginning_of_a_name_is_read() -> None:
    assert search(re.compile("x"), "a" * (LONGEST_NAME - 1) + "x")
    assert not search(re.compile("x"), "a" * LONGEST_NAME + "x")


@law
@given(st.text(alphabet="ab()[]{}*+?|\\^$.,-:=!<>P0129i", max_size=12))
def test_any_text_compiles_or_is_told(text: str) -> None:
    try:
        pattern = compile_pattern(text, "include")
    except DuvError as trouble:
        assert text in trouble.message
    else:
        assert (pattern is None) == (text == "")
