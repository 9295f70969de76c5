"""The help of every command: examples that its own parser takes, and one table of exit statuses, in the docs too."""

from __future__ import annotations

import re
import shlex

import pytest

from duv_studio.cli import guard, main
from duv_studio.cli.help_texts import EXAMPLES, ONE, PROGRAM, STATUSES
from duv_studio.cli.parser import COMMANDS, build_parser
from duv_studio.text_width import COLUMNS
from tests import ROOT

DOCUMENT = (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_ends_with_examples_and_exit_statuses(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*([command] if command else []), "--help"]) == 0
    said = capsys.readouterr().out
    examples, _, statuses = said.partition("\nexamples:\n")[2].partition("\nexit status:\n")
    assert all(line in examples.splitlines() for _, line in _indented(EXAMPLES[command] if command else PROGRAM))
    told = {int(number) for number in re.findall(r"^  (\d+) ", statuses, re.MULTILINE)}
    assert told == set(STATUSES) - ({guard.SOME_FAILED} if command and command not in ONE else set())
    assert max(map(len, said.partition("\nexamples:\n")[2].splitlines())) <= COLUMNS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_is_understood(command: str) -> None:
    assert EXAMPLES[command]
    for what, line in EXAMPLES[command]:
        program, *arguments = shlex.split(line)
        assert (program, arguments[0], bool(what)) == ("duv-studio", command, True)
        parsed = build_parser(command).parse_args(arguments)
        assert callable(parsed.run)


def test_the_examples_of_the_program_name_real_commands() -> None:
    for _, line in PROGRAM:
        program, first, *_ = shlex.split(line)
        assert program == "duv-studio" and (first in COMMANDS or first.endswith(".mid"))


def test_the_document_has_the_same_table_and_examples() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", DOCUMENT, re.MULTILINE))
    assert {int(status): meaning for status, meaning in rows.items()} == STATUSES
    ones = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
    assert ones == {command: ONE.get(command, "never") for command in COMMANDS}
    for examples in EXAMPLES.values():
        for _, line in examples:
            assert f"\n{line}\n" in DOCUMENT


def test_the_statuses_are_those_of_the_program() -> None:
    assert set(STATUSES) == {guard.DONE, guard.SOME_FAILED, guard.COULD_NOT_RUN, guard.INTERRUPTED}
    assert set(EXAMPLES) == set(COMMANDS) and set(ONE) <= set(COMMANDS)


def _indented(examples: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(what, f"  {line}") for what, line in examples]
