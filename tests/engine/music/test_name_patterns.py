"""Patterns: wrong ones are named with their place, what takes too long is given up, the rest is Python's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music import name_patterns
from duv_studio.engine.music.family_overrides import families_by_name
from duv_studio.engine.music.name_patterns import LONGEST_NAME, NamePattern, Patience, compile_pattern
from duv_studio.engine.music.part_rules import PartRule, settings_with
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.songs import law, make_song, make_track

GIVEN_UP = "takes too long: it was given up at the name"


def found(text: str, name: str) -> bool:
    pattern = compile_pattern(text, "include")
    assert pattern is not None
    return Patience().search(pattern, name)


@pytest.fixture(autouse=True)
def nothing_is_known() -> Iterator[None]:
    name_patterns._outcomes.clear()
    yield
    name_patterns._outcomes.clear()


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
        ("(?<=a*)b", 'the include pattern "(?<=a*)b" is wrong: look-behind requires fixed-width pattern'),
        (r"\p{L}", r'the include pattern "\p{L}" is wrong at position 1: bad escape \p'),
        ("(?R)", 'the include pattern "(?R)" is wrong at position 2: unknown extension ?R'),
    ],
)  # fmt: skip
def test_a_wrong_pattern_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DuvError) as trouble:
        compile_pattern(text, "include")
    assert trouble.value.message == message
    assert trouble.value.hint


@pytest.mark.parametrize(
    "text", ["a" * 501, "a{99999999999999999999}", "(" * 450, "(" * 200 + "a" + ")" * 200, "((((a?){99}){99}){99}){99}"]
)
def test_an_enormous_pattern_is_refused(text: str) -> None:
    with pytest.raises(DuvError, match="the exclude pattern"):
        compile_pattern(text, "exclude")


@pytest.mark.parametrize(
    "text",
    ["(?i)guitar|bass", "^Gtr.*$", r"Strings|Vln.*|Vla.*|Vc.*|Cb.*", r"^(Gtr|Bass)( \d+)?$", ".*lead.*gtr.*", "ギター",
     "(?i)(?!.*drum).*", "[[a]", r"(?x) piano # the left hand", r"(a)\1", "(?>a+)b", "a++b", "a{2,5}"],
)  # fmt: skip
def test_patterns_that_people_write_are_welcome(text: str) -> None:
    assert compile_pattern(text, "include") is not None


@pytest.mark.parametrize(
    "text",
    ["(a+)+$", "(a|a)*b", "(.*)*x", "(a?){64}a{64}", ".*.*.*.*.*x", "(?:(?:a+)b?)+c", "(?=(a+)+$)", r"(\w+\s?)*:",
     "(a+)+b|c", "a?" * 40 + "a" * 40, "(a?a?a?a?a?){4}b", "((a{1,1000}){1,1000}){1,1000}b", "(?:a?){1000000}b",
     "(a?b?c?d?e?){1000000}[bc]", "a{2}(?:a|a){1,1000}$", "(?i)" + r"[\x00-\U0010ffff]" * 30 + "b"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a" * 10_000, "a" * 90 + "b", "a" * 50 + " " + "a" * 48 + "!"])
def test_no_pattern_runs_for_long(text: str, name: str) -> None:
    begun = thread_time()
    with suppress(DuvError):
        found(text, name)
    assert thread_time() - begun < 5  # Python's own matcher would take seconds to centuries


SLOW = "a{2}(?:a|a){1,1000}$"  # tries what is exponential in the length of the name
NAMES = ["a" * 60 + f" {index}" for index in range(200)]


@pytest.mark.parametrize(
    "call",
    [
        lambda song: select(song, Settings(include=SLOW)),
        lambda song: select(song, Settings(exclude=SLOW)),
        lambda song: families_by_name(song, [(SLOW, Family.DRUMS)]),
        lambda song: settings_with(song, Settings(), [PartRule(SLOW, velocity=0.5, where="row 2")]),
    ],
    ids=["include", "exclude", "families", "parts"],
)
def test_a_slow_pattern_is_given_up_once_for_all_tracks_and_all_calls(call, monkeypatch: pytest.MonkeyPatch) -> None:
    song = make_song(*(make_track([(0, 480, 60, 80)], index=i, name=name) for i, name in enumerate(NAMES)))
    begun = thread_time()
    with pytest.raises(DuvError, match=GIVEN_UP) as first:
        call(song)
    assert thread_time() - begun < 5  # for 200 names; a second for each would be 200
    assert f'"{SLOW}"' in first.value.message and NAMES[0] in first.value.message and first.value.hint

    def searched(compiled: object, name: str, seconds: float) -> bool:
        assert name not in NAMES, "searched again"
        return False

    monkeypatch.setattr(name_patterns, "_found", searched)
    with pytest.raises(DuvError) as again:
        call(song)
    assert again.value.message == first.value.message


class Clock:
    """The time of this thread, as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(name_patterns, "thread_time", lambda: self.now)


class Matcher:
    """Needs so much of this thread's time for each name; other threads may use up the time first."""

    def __init__(self, clock: Clock, seconds: float, others: float = 0.0) -> None:
        self.clock, self.seconds, self.others, self.names = clock, seconds, others, []

    def search(self, name: str, timeout: float) -> object:
        self.names.append(name)
        if self.seconds + self.others > timeout:
            self.clock.now += timeout * self.seconds / (self.seconds + self.others)
            raise TimeoutError
        self.clock.now += self.seconds
        return name


def test_all_names_and_patterns_of_a_call_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    matchers = [Matcher(clock, 0.01) for _ in range(3)]
    patience, patterns = Patience(), [NamePattern(str(i), "track", m) for i, m in enumerate(matchers)]
    with pytest.raises(DuvError, match=GIVEN_UP):
        for pattern in patterns:
            for name in NAMES[:12]:
                assert patience.search(pattern, name)
    assert [len(matcher.names) for matcher in matchers[:2]] == [12, 12] and len(matchers[2].names) < 3
    # What took its time is known now: the next call takes up where this one ended.
    patience = Patience()
    assert all(patience.search(pattern, name) for pattern in patterns[:2] for name in NAMES[:12])
    assert len(matchers[0].names) == len(matchers[1].names) == 12


def test_many_quick_searches_are_no_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher(Clock(monkeypatch), 0.00005)
    patience = Patience()
    assert all(patience.search(NamePattern("a", "include", matcher), str(i)) for i in range(20_000))  # a second of it


def test_a_busy_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher(Clock(monkeypatch), 0.001, others=5.0)
    assert Patience().search(NamePattern("a", "include", matcher), "a")
    assert len(matcher.names) > 1


def test_only_the_beginning_of_a_name_is_read() -> None:
    assert found("x", "a" * (LONGEST_NAME - 1) + "x")
    assert not found("x", "a" * LONGEST_NAME + "x")


@law
@given(st.text(alphabet="ab()[]{}*+?|\\^$.,-:=!<>P0129i", max_size=12))
def test_any_text_compiles_or_is_told(text: str) -> None:
    try:
        pattern = compile_pattern(text, "include")
    except DuvError as trouble:
        assert text in trouble.message
    else:
        assert (pattern is None) == (text == "")
