"""From the arguments of `duv-studio` to an exit status: 0 done, 1 some part failed, 2 could not run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from duv_studio.cli import guard
from duv_studio.cli.parser import COMMANDS, build_parser
from duv_studio.engine.midi import MIDI_SUFFIXES
from duv_studio.errors import DuvError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (the process's own arguments when None) and return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    guard.open_streams()
    for stream in (sys.stdout, sys.stderr):
        guard.tolerate_any_name(stream)
    return guard.run_guarded(_task(arguments))


def _task(arguments: list[str]) -> Callable[[], int]:
    if not arguments or _is_file_to_open(arguments[0]):
        return lambda: _open_window(arguments)
    if arguments[0] == "--self-test":
        return lambda: _self_test(arguments[1:])
    return lambda: _run_command(arguments)


def _run_command(arguments: list[str]) -> int:
    parsed = build_parser(arguments[0]).parse_args(arguments)
    return int(parsed.run(parsed))


def _is_file_to_open(argument: str) -> bool:
    if argument.startswith("-") or argument in COMMANDS:
        return False
    return Path(argument).suffix.lower() in MIDI_SUFFIXES or Path(argument).is_file()


def _open_window(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise DuvError(
            "The window opens one file at a time", hint="name one file, or use 'duv-studio humanize' for each"
        )
    from duv_studio.cli import window

    return window.run(arguments)


def _self_test(arguments: list[str]) -> int:
    from duv_studio.cli import self_test

    return self_test.run(arguments)
