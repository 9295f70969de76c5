"""Rows about parts as people write them: text, mappings, YAML; every mistake is told with its row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.part_rows import Row, keyswitch_rule, parse_rules, parse_text, read_rules
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.errors import DuvError
from tests.songs import law


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Kick: velocity=0", PartRule("Kick", velocity=0.0)),
        ("(?i)drums :velocity=0 duration = 50 %", PartRule("(?i)drums", velocity=0.0, duration=0.5)),
        ("(?:a|b): intensity=1", PartRule("(?:a|b)", intensity=1.0)),
        ("a:b: protect=kick", PartRule("a:b", protect=("kick",))),
        ("x: protect=closed hat, C1 family=Drums", PartRule("x", protect=("closed hat", "C1"), family=Family.DRUMS)),
        ("x: protect=none; keyswitch=C0-B0", PartRule("x", protect=(), keyswitch=("C0-B0",))),
        ("x: protect=ALL include=yes", PartRule("x", protect=("all",), include=True)),
        ("x: exclude=on", PartRule("x", include=False)),
    ],
)
def test_text(text: str, rule: PartRule) -> None:
    assert parse_text(text) == rule
    assert parse_rules([text]) == (rule,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no track and fields"),
        ("Kick", "names no track and fields"),
        ("Kick: quiet", "names no track and fields"),
        (": velocity=0", "names no track and fields"),
        ("Kick: quiet velocity=0", "names no track and fields"),
        ("Kick: velocity=2", "velocity is '2', but it must be between 0 and 1"),
        ("Kick: velocity=-1", "velocity is '-1', but"),
        ("Kick: velocity=nan", "velocity is 'nan', but"),
        ("Kick: velocity=", "velocity is '', but"),
        ("Kick: velocity=0 velocity=1", "velocity is said twice"),
        ("Kick: velcity=0", 'there is no field "velcity"'),
        ("Kick: protect=kazoo", 'protect is "kazoo", which names no pitch'),
        ("Kick: protect=", "protect is '', which names no pitches"),
        ("Kick: protect=C1,,C2", "which names no pitches"),
        ("Kick: keyswitch=kick", 'keyswitch is "kick", which names no pitch'),
        ("Kick: family=tuba", 'family is "tuba", but it must be one of piano'),
        ("Kick: include=maybe", "include is 'maybe', but it must be yes or no"),
        ("Ki(ck: velocity=0", "is wrong at position 3"),
    ],
)
def test_mistakes_of_text_are_told(text: str, message: str) -> None:
    with pytest.raises(DuvError) as told:
        parse_text(text)
    assert message in str(told.value) and (not text or f"'{text}'" in told.value.message)


def test_an_unknown_field_says_which_there_are() -> None:
    with pytest.raises(DuvError) as told:
        parse_text("Kick: protct=kick")
    assert told.value.hint == (
        "did you mean protect? there are velocity, duration, intensity, protect, keyswitch, family, include, exclude"
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Violin=C0-B0", PartRule("Violin", keyswitch=("C0-B0",))),
        ("(?=a)Violin=24, C1", PartRule("(?=a)Violin", keyswitch=("24", "C1"))),
        ("Piano=none", PartRule("Piano", keyswitch=())),
    ],
)
def test_keyswitches_have_a_form_of_their_own(text: str, rule: PartRule) -> None:
    assert keyswitch_rule(text) == rule


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "row",
    [
        LONG,
        f"{LONG}: quiet",
        f"Kick: {LONG}=1",
        f"Kick: {LONG}=1 {LONG}=1",
        f"Kick: velocity={LONG}",
        f"Kick: protect={LONG}",
        f"Kick: family={LONG}",
        {"match": LONG, "velocity": 0},
        {"match": "Kick", LONG: 0},
        {"match": "Kick", "keyswitch": [LONG]},
        {"match": "Kick", "velocity": LONG},
        {"match": "Kick", "family": LONG},
        {"match": "Kick", "include": [LONG] * 1000},
    ],
    ids=lambda row: next(iter(row)) if isinstance(row, dict) else row[:12],
)
def test_a_sentence_has_an_end_whatever_the_row(row: Row) -> None:
    with pytest.raises(DuvError) as told:
        parse_rules([row])
    assert len(str(told.value)) < 700


@pytest.mark.parametrize("text", ["Violin", "=C0", "Violin=", "Violin=H1", "Violin=all", "(=C0"])
def test_mistakes_of_keyswitches_are_told(text: str) -> None:
    with pytest.raises(DuvError):
        keyswitch_rule(text)


def test_a_file_holds_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "parts.yaml"
    path.write_text(
        """# how I like my drums
- match: (?i)drums
  protect: [kick, C1, 44]
  family: drums
- match: Organ
  velocity: 0
  include: yes
- match: Violin
  keyswitch: C0-B0
  duration: 50%
- {match: Piano, keyswitch: none, protect: 36}
- 'Bass: intensity=0.5'
""",
        encoding="utf-8",
    )
    assert read_rules(path) == (
        PartRule("(?i)drums", protect=("kick", "C1", "44"), family=Family.DRUMS),
        PartRule("Organ", velocity=0.0, include=True),
        PartRule("Violin", keyswitch=("C0-B0",), duration=0.5),
        PartRule("Piano", keyswitch=(), protect=("36",)),
        PartRule("Bass", intensity=0.5),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no list of parts"),
        ("match: Kick", "holds no list of parts"),
        ("- velocity: 0", "parts.yaml, row 1: match is missing"),
        (
            "- match: Kick\n  velocity: 0\n- match: Bass\n  loud: 1",
            'parts.yaml, row 2, "Bass": there is no field "loud"',
        ),
        ("- match: Kick", 'row 1, "Kick": nothing is said about it'),
        ("- match: Kick\n  velocity: [1]", "velocity is [1], but it must be between 0 and 1"),
        ("- match: Kick\n  velocity: true", "velocity is True, but"),
        ("- match: Kick\n  protect: {a: 1}", "which names no pitches"),
        ("- match: Kick\n  protect: [true]", "which names no pitches"),
        ("- match: Kick\n  protect:", "which names no pitches"),
        ("- match: Kick\n  family: [1]", 'family is "", but it must be one of'),
        ("- 7", "row 1: 7 is no part"),
        ("- [", "no YAML at line 1"),
        ("- !!python/object:os.system x", "no YAML at line 1"),
        ("a: &a [1]\nb: 2001-99-99", "holds no list of parts"),
        ("- \x07", "no YAML"),
    ],
)
def test_mistakes_of_files_are_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "parts.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DuvError) as told:
        read_rules(path)
    assert message in told.value.message and told.value.file == path


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"- match: \xe9")
    (tmp_path / "large.yaml").write_bytes(b"#" * (2**20 + 1))
    layers = "\n".join(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 30))
    (tmp_path / "bomb.yaml").write_text(f"- x0: &x0 [1]\n{layers}".replace("\nx", "\n  x") + "\n- *x29")
    for name in ("missing.yaml", "latin.yaml", "large.yaml", "bomb.yaml", "."):
        with pytest.raises(DuvError) as told:
            read_rules(tmp_path / name)
        assert len(str(told.value)) < 1000


PITCHES = st.lists(st.integers(0, 127).map(str) | st.sampled_from(["kick", "open hat", "C1", "C0-B0"]), max_size=4)
RULES = st.builds(
    PartRule,
    match=st.sampled_from(["a", "(?i)b|c", "x:y"]),
    intensity=st.none() | st.floats(0, 1),
    velocity=st.floats(0, 1),
    protect=st.none() | PITCHES.map(tuple),
    keyswitch=st.none() | st.lists(st.integers(0, 127).map(str), max_size=3).map(tuple),
    family=st.none() | st.sampled_from(Family),
    include=st.none() | st.booleans(),
)


@law
@given(rules=st.lists(RULES, max_size=3))
def test_rows_that_are_written_down_are_read_again(rules: list[PartRule]) -> None:
    rows: list[dict[str, Any]] = [rule.as_row() for rule in rules]
    for row in rows:
        row.update({name: row[name] or "none" for name in ("protect", "keyswitch") if name in row})
    assert parse_rules(rows) == parse_rules(yaml.safe_load(yaml.safe_dump(rows))) == tuple(rules)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 500_000, "This is no YAML"),
        ("- " * 200_000, "This is no YAML"),
        ("- match: a\n  velocity: " + "9" * 5000, "is no !!int"),
        ("- match: a\n  velocity: 1" + ":1" * 200_000, "is no !!int"),
        ("- match: a\n  velocity: 0x" + "f" * 90, "between 0 and 1"),
        ("- match: a\n  velocity: .inf", "between 0 and 1"),
        ("- match: a\n  velocity: .nan", "between 0 and 1"),
        ("- match: a\n  velocity: 2024-01-01", "between 0 and 1"),
        ("- match: a\n  velocity: 2024-99-99", "between 0 and 1"),
        ("- match: a\n  velocity: &x [*x]", "between 0 and 1"),
        ("&x [*x]", "is no part"),
        (
            "- &a0 {match: a, velocity: 1}\n"
            + "".join(f"- &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40))
            + "- {<<: *a39, velocity: 2}",
            "between 0 and 1",
        ),
        ("- match: a\n  ? [b]\n  : 1", 'there is no field "[?]"'),
        *((f"- match: !!{tag}", "line 1.* is no !!") for tag in ("bool a", "timestamp a", "int ''", "float ''")),
        (r'- "\uD800"', "This is no YAML at line 1"),
        ("- !!python/object:os.system {}", "This is no YAML"),
        ("\0", "This is no YAML"),
    ],
    ids=lambda text: text[:24],
)  # fmt: skip
def test_odd_yaml_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "parts.yaml").write_text(text)
    with pytest.raises(DuvError, match=words) as caught:
        read_rules(tmp_path / "parts.yaml")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_no_list_of_parts(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "parts.yaml")
    with pytest.raises(DuvError, match="not a file"):
        read_rules(tmp_path / "parts.yaml")
