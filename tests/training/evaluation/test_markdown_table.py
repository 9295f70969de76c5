"""Tables of whatever names and however many columns: no line is wider than a terminal, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio import text_width
from duv_studio.text_width import COLUMNS, folded, padded, shortened, width
from duv_studio.training.evaluation.markdown_table import table

HEADS = ["performance", "files", "notes", "velocity r", "95 % CI", "rho", "r local", "r slow", "MAE", "MAE centred"]
MORE = [*HEADS, "sd ratio", "JSD vel", "duration r", "sounding r", "duration sd ratio", r"dur \|dlog\|", "AUC vel"]

CASES = {
    "fourteen columns": (MORE[:14], "gradient boosting, variation 0.5"),
    "seventeen columns": (MORE, "ours"),
    "a wide name": (HEADS, "a humanizer with a name of its own " * 6),
    "a Japanese name": (HEADS, "人間らしさを加える装置・改" * 6),
    "a name of one long word": (HEADS, "X" * 300),
    "a wide name and many columns": (MORE, "Пианино " * 30),
    "a wide column": (["question", "answer", "a heading that alone is nearly as wide as the terminal is " * 2], "why"),
    "one column": (["performance"], "W" * 200),
}


@pytest.mark.parametrize("case", CASES)
def test_no_line_is_wider_than_a_terminal(case: str) -> None:
    head, name = CASES[case]
    rows = [[name, *(f"{k}.{k:03d}" for k in range(len(head) - 1))], ["flat", *("–" for _ in head[1:])]]
    lines = table(head, rows)
    assert max(map(width, lines)) <= COLUMNS
    blocks = "\n".join(lines).split("\n\n")
    for block in blocks:
        assert len({width(line) for line in block.splitlines()}) == 1, "all lines of a block are as wide"
        assert len(block.splitlines()) == 2 + len(rows)
    shown = [cell.strip() for block in blocks for cell in block.splitlines()[2].strip("|").split(" | ")[1:]]
    assert shown == rows[0][1:], "every figure stands once"


def test_a_table_that_fits_stays_one_block() -> None:
    lines = table(["set", "notes"], [["gmd", "6,203"], ["東京", "12"]])
    assert lines == ["| set  | notes |", "|------|------:|", "| gmd  | 6,203 |", "| 東京 |    12 |"]


@given(st.text(max_size=200), st.integers(3, 60))
def test_a_text_is_shortened_to_the_columns(text: str, most: int) -> None:
    assert width(shortened(text, most)) <= most
    assert width(text) > most or shortened(text, most) == text
    assert width(padded(shortened(text, most), most)) == most


@given(st.lists(st.text("ab音é", min_size=1, max_size=30), min_size=1, max_size=40), st.integers(0, 12))
def test_a_folded_line_keeps_its_words(words: list[str], indent: int) -> None:
    lines = folded(" ".join(words), indent)
    assert " ".join(line.strip() for line in lines) == " ".join(words)
    assert all(width(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("long", ["x" * 1_000_000, "人" * 300_000, "e\u0301" * 300_000])
def test_a_long_word_is_looked_at_piece_by_piece(long: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def counting(character: str) -> int:
        nonlocal looked
        looked += 1
        return of(character)

    of = text_width._of
    monkeypatch.setattr(text_width, "_of", counting)
    lines = folded(long, 4)
    assert "".join(line.strip() for line in lines) == long
    assert looked < 12 * len(long)
