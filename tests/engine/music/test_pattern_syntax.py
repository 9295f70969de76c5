"""What a pattern finds is what Python's own matcher finds, though another one searches."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from duv_studio.engine.music.pattern_syntax import compiled
from tests.songs import law

pytestmark = pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")  # of Python's own matcher


def found(text: str, name: str) -> bool:
    return compiled(text).search(name, timeout=60) is not None


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("(?i)guitar|bass", ["Lead GUITAR", "Bass", "basso"], ["Drums", "Gitarre"]),
        ("(?i)straße", ["STRAßE", "STRAẞE"], ["STRASSE"]),
        ("(?i)i", ["I", "ı", "İ"], ["l"]),
        ("(?i)[^h-j]", ["k"], ["I", "ı", "İ"]),
        ("(?ai)k", ["K"], ["\u212a"]),
        ("a{e}", ["a{e}"], ["a", "b"]),  # fuzzy matching in `regex`
        ("(?:guitar){e<=1}", ["guitar{e<=1}"], ["gitar"]),
        ("[[:alpha:]]", ["a]", ":]"], ["z", "a"]),
        (r"^\w+$", ["Flöte", "ギター", "x²"], ["Flo\u0308te", "a b"]),
        (r"\bgtr\b", ["a gtr!", "gtr"], ["gtrs", "_gtr"]),
        (r"^\d+\Z", ["12", "١٢"], ["12\n", "½"]),
        ("^12$", ["12", "12\n"], ["12\n\n"]),
        ("a.c", ["abc"], ["a\nc"]),
        ("(?s)a.c", ["a\nc"], ["ac"]),
        ("(?m)^b$", ["a\nb\nc"], ["ab"]),
        (r"(?x) a \  b # c", ["a b"], ["ab"]),
        (r"(.)\1", ["aa"], ["ab"]),
        (r"(?P<n>a)?(?(n)b|c)$", ["ab", "c"], ["a"]),
        (r"(?<!no )drum", ["a drum"], ["no drum"]),
        ("(?-i:A)(?i:b)", ["AB", "Ab"], ["aB"]),
        (r"[\W\d]", ["1", "-"], ["a"]),
        (r"[^\W\d]", ["a", "_"], ["1", "-"]),
        ("a{2,}b{0,1000}c{1000}?|d++e", ["a" * 3 + "c" * 1000, "dde"][1:], ["ac", "e"]),
    ],
)  # fmt: skip
def test_what_is_found_is_what_python_finds(text: str, yes: list[str], no: list[str]) -> None:
    expected = [True] * len(yes) + [False] * len(no)
    assert [re.search(text, name) is not None for name in (*yes, *no)] == expected
    assert [found(text, name) for name in (*yes, *no)] == expected


_ATOMS = st.sampled_from([
    *"aAb1 _-éßK²", r"\w",
    r"\W", r"\d", r"\D", r"\s", r"\S", r"\b", r"\B", "^", "$", r"\A", r"\Z", ".", "[a-b_]", "[^a]",
    r"[\W1]", r"[^\S\da]", "[[:a]", "{e}", "(?!)",
])  # fmt: skip
_REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,3}?", "*+", "{150}"])
_AROUND = st.sampled_from(
    ["(%s)", "(?:%s)", "(?i:%s)", "(?-i:%s)", "(?s:%s)", "(?=%s)", "(?!%s)", "(?<=%s)", "(?>%s)", "%s|b"]
)
_PATTERNS = st.recursive(
    st.builds(str.__add__, _ATOMS, _REPEATS),
    lambda inner: (
        st.builds(str.__add__, inner, inner)
        | st.builds(lambda around, body, repeat: around % body + repeat, _AROUND, inner, _REPEATS)
    ),
    max_leaves=6,
)


@law
@given(
    st.sampled_from(["", "(?i)", "(?m)", "(?s)", "(?a)", "(?ims)"]),
    _PATTERNS,
    st.lists(st.text(alphabet="aAb1 _-éÉßẞK\u212a²\u0301{e}[:]\n", min_size=1, max_size=8), min_size=4, max_size=4),
)
def test_any_pattern_finds_what_python_finds(flags: str, text: str, names: list[str]) -> None:
    try:
        python = re.compile(flags + text)
    except re.error as error:
        with pytest.raises(re.error, match=re.escape(str(error))):
            compiled(flags + text)
        assume(False)
    assert [found(flags + text, name) for name in names] == [python.search(name) is not None for name in names]
