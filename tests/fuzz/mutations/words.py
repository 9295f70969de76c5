"""Mutations of texts that know words, numbers, brackets and lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations.raw import RAW

NUMBERS = (
    *("0", "-0", "-1", "1", "2", "127", "128", "65536", "2147483648", "9223372036854775808", "1" * 400, "1" * 5000),
    *("0.0", "-0.0", "1e-320", "1e308", "1e999", "-1e999", "0.1e1", ".5", "5.", "NaN", "Infinity", "-Infinity", ".nan"),
    *(".inf", "0x10", "0o17", "1_000", "010", "1:30", "true", "null", "~", "no"),
)
TEXTS = (
    *(
        "",
        " ",
        "\t",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\ud83c",
        "\ufeff",
        "\x85",
        "\u2028",
        "é",
        "e\u0301",
        "弦",
        "a" * 5000,
    ),
    *("..", "../../../victim.mid", "/etc/passwd", "/dev/zero", "C:\\x", "con", ".", "a/../b", "\\u0000", "%s", "{x}"),
    *(
        "$(x)",
        "'",
        '"',
        "\\",
        "`",
        "#",
        "- ",
        ": ",
        "!!python/object:os.system x",
        "<<: *a",
        "&a [*a]",
        "[[a",
        "(?i)",
        "\r",
    ),
)
_TOKEN = re.compile(rb"[\w.]+|\s+|.", re.DOTALL)
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NESTS = ((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b"{a: ", b"}"), (b'{"a":', b"}"), (b"- ", b""), (b"(?:", b")*"))


def other_number(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another number in the place of one."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = dice.choice(found)
    return data[: one.start()] + dice.choice(NUMBERS).encode() + data[one.end() :]


def other_word(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """A word that is odd, or of another text, in the place of one, beside one or behind all."""
    tokens = _TOKEN.findall(data)
    others = _TOKEN.findall(dice.choice(pool)) or [b""]
    odd = dice.choice((*NUMBERS, *TEXTS)).encode("utf-8", "surrogatepass")
    new = dice.choice([odd, dice.choice(others), dice.choice(others)])
    at = dice.randint(0, len(tokens))
    tokens[at : at + dice.choice([0, 1, 1])] = [new]
    return b"".join(tokens)


def move_words(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Words left out, doubled, or moved elsewhere."""
    tokens = _TOKEN.findall(data)
    at = dice.randint(0, len(tokens))
    taken = tokens[at : at + dice.choice([1, 1, 2, 5, 20])]
    how = dice.randrange(3)
    if how != 1:
        del tokens[at : at + len(taken)]
    if how:
        to = dice.randint(0, len(tokens))
        tokens[to:to] = taken
    return b"".join(tokens)


def move_lines(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Lines left out, doubled, moved, indented, or taken from another text."""
    lines, others = data.splitlines(keepends=True), dice.choice(pool).splitlines(keepends=True)
    at = dice.randint(0, len(lines))
    taken = lines[at : at + dice.choice([1, 1, 2, 5])]
    how = dice.randrange(5)
    if how in (0, 2):
        del lines[at : at + len(taken)]
    if how in (1, 2):
        to = dice.randint(0, len(lines))
        lines[to:to] = taken
    if how == 3:
        lines[at : at + len(taken)] = [dice.choice([b" ", b"  ", b"\t"]) + line for line in taken]
    if how == 4 and others:
        lines.insert(at, dice.choice(others))
    return b"".join(lines)


def nest(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Brackets around a word, now and then very many."""
    tokens = _TOKEN.findall(data)
    at = dice.randint(0, len(tokens))
    begin, end = dice.choice(_NESTS)
    times = dice.choice([1, 1, 1, 2, 20, 150, 1000, 100_000])
    closing = times if dice.random() < 0.8 else 0
    inside = tokens[at : at + 1] or [b"a"]
    tokens[at : at + 1] = [begin * times, *inside, end * closing]
    return b"".join(tokens)


WORDS = (other_number, other_number, other_word, other_word, move_words, move_lines, nest, *RAW)
