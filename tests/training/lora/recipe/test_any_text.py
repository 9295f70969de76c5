"""Whatever stands in a recipe's text, the answer is problems with line and column, never an exception."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.edit import edited, source, without
from duv_studio.training.lora.recipe.load import load_recipe
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.lora.recipe.text import check_text, path_at, path_of, place_of
from duv_studio.training.schema.document import RecipeError
from tests.recipe_samples import BOMBS, LEAST, ODD_TEXTS, TAGS

PATHS = sorted(f.path for f in recipe_schema())


def survives(text: str) -> None:
    """Everything that a window asks of a text while it is edited."""
    found = check_text(text)
    assert found.problems or found.recipe is not None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in found.problems:
        assert 1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.sentence.isprintable(), "it is shown in one line, and written to terminals"
        assert path_of(text, problem) in ("", *PATHS)
        path_at(text, problem.line, problem.column)
    for path, value in (("title", "a"), ("lora.r", 4), ("features.inputs", ["a", "b"])):
        place_of(text, path), source(text, path)
        for edit in (partial(edited, text, path, value), partial(without, text, path)):
            with suppress(DuvError):  # what only its author can change
                edit()


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_a_text_is_answered_with_problems(name: str) -> None:
    survives(LEAST + ODD_TEXTS[name])


@pytest.mark.parametrize("text", [ODD_TEXTS[name] for name in ("brackets", "dashes", "a version", "no text", "tabs")])
def test_a_text_alone_is_answered_with_problems(text: str) -> None:
    survives(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title: !!timestamp foo\n", (3, 8)),
        ("lora:\n  r: !!int ''\n", (4, 6)),
        ("lora: {enable: !!bool maybe}\n", (3, 16)),
        ("lora: !!map foo\n", (3, 7)),
        ("title: " + "[" * 3000, (3, 8 + 100)),
        ("a: b\x85title: !!bool foo\n", (3, 13)),
    ],
)
def test_the_place_is_that_of_what_is_wrong(text: str, place: tuple[int, int]) -> None:
    problem = check_text(LEAST + text).problems[0]
    assert (problem.line, problem.column) == place and problem.sentence.startswith("This is not valid YAML: ")


def test_a_value_that_is_not_of_its_type_is_quoted() -> None:
    assert "foo is no !!timestamp" in check_text("title: !!timestamp foo").problems[0].sentence
    assert "a list is no !!map" in check_text("title: !!map [foo]").problems[0].sentence


KEYS = [path.split(".")[-1] for path in PATHS]
PARTS = st.one_of(
    st.sampled_from(
        ["\n", "\n  ", "\n    ", ": ", "- ", "[", "]", "{", "}", ", ", " # ", "? ", "| ", ">- ", "\t", "---\n"]
    ),
    st.sampled_from(
        ["'", '"', "\\", "%YAML 1.1\n", "<<: ", "&a ", "&b ", "*a ", "*b ", "!", "!<", ">", "\r", "\x85", "\ufeff"]
    ),
    st.sampled_from([f"!!{tag} " for tag in TAGS]),
    st.sampled_from(
        [*KEYS, "lora", "features", "trainer", "filters", "1", "-1", "1e999", "0x", ".nan", "true", "null"]
    ),
    st.text(max_size=4),
)
YAMLISH = st.lists(PARTS, max_size=40).map("".join)


@settings(max_examples=200, deadline=None)
@given(text=st.text() | YAMLISH)
@example(text="title: !!timestamp foo")
@example(text="[" * 3000)
def test_any_text_is_answered_with_problems(text: str) -> None:
    survives(text)


@settings(max_examples=100, deadline=None)
@given(data=st.binary() | YAMLISH.map(lambda text: text.encode("utf-8", errors="surrogatepass")))
def test_any_file_is_a_recipe_or_has_mistakes(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "guitar_any.yaml"
    file.write_bytes(data)
    try:
        load_recipe(file)
    except RecipeError as error:
        assert error.problems and all(line.startswith(f"{file}:") for line in error.lines)


def test_a_chain_of_names_in_a_file_has_a_place(tmp_path: Path) -> None:
    file = tmp_path / "guitar.yaml"
    file.write_text(LEAST + BOMBS["a chain"], encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert caught.value.problems[0].line > 2
