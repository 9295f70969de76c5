"""The arguments of every sub-command; a wrong one is one sentence and exit status 2."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from duv_studio import __version__
from duv_studio.cli import output
from duv_studio.cli.help_texts import epilog
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Family
    from duv_studio.engine.music.part_rules import PartRule

# Name -> the module that holds its `add_arguments(parser)` and `run(args) -> int`, and its line in the help.
# A module is imported only when its command is the one asked for, so that help and the window start at once.
COMMANDS = {
    "humanize": ("duv_studio.cli.humanize", "humanize a MIDI file"),
    "render": ("duv_studio.cli.render", "write what a MIDI file sounds like to a WAV or FLAC file"),
    "batch": ("duv_studio.cli.batch", "humanize a folder of MIDI files, into another folder"),
    "inspect": ("duv_studio.cli.inspect", "show what a MIDI file holds and what would be selected"),
    "demo": ("duv_studio.cli.demo", "humanize the bundled demo song, and draw and render it before and after"),
    "enrich": ("duv_studio.cli.enrich", "make a manifest of MIDI files, to train from"),
    "train-base": ("duv_studio.cli.train_base", "train a base model from human performances"),
    "train-lora": ("duv_studio.cli.train_lora", "train an adapter on your own playing"),
    "adapters": ("duv_studio.cli.adapters", "list, install and remove adapters"),
    "device": ("duv_studio.cli.device", "show what a model would compute on, and why"),
    "evaluate": ("duv_studio.cli.evaluate", "compare a model with the baselines on held-out performances"),
}


class OneSentenceParser(argparse.ArgumentParser):
    """argparse prints the whole usage for a wrong argument; here it is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raise a DuvError, which the guard prints; exit status 2."""
        raise DuvError(message, hint=f"'{self.prog} --help' shows how it is used")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help or version; argparse itself would not tell that it was not written."""
        output.say(message.removesuffix("\n"))


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser of `duv-studio`, with the arguments of `command` filled in."""
    parser = OneSentenceParser(
        prog="duv-studio",
        description="Makes sequenced MIDI sound played. Without arguments, or with a MIDI file, it opens its window.",
        epilog=epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"duv-studio {__version__}")
    # Here for the help alone: it is no sub-command, because it opens the window.
    parser.add_argument("--self-test", metavar="FOLDER", nargs="?", help="try everything with the demo song, and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (module, purpose) in COMMANDS.items():
        sub = commands.add_parser(name, help=purpose, description=_sentence(purpose), allow_abbrev=False)
        sub.formatter_class, sub.epilog = parser.formatter_class, epilog(name)
        if name == command:
            home = import_module(module)
            home.add_arguments(sub)
            sub.set_defaults(run=home.run)
    return parser


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Define --include, --exclude and --family."""
    from duv_studio.engine.midi.song import Family  # brings numpy, which the help does without

    parser.add_argument("--include", metavar="RE", help="only tracks whose name matches this regular expression")
    parser.add_argument("--exclude", metavar="RE", help="no track whose name matches this regular expression")
    parser.add_argument(
        "--family",
        metavar="RE=FAMILY",
        dest="families",
        type=family_choice,
        action="append",
        default=[],
        help="what the tracks whose name matches are, where the guess is wrong, such as 'Lead=guitar'; one of "
        + ", ".join(Family)
        + "; may be given again",
    )
    _add_parts(parser)
    parser.add_argument(
        "--charset",
        metavar="NAME",
        type=charset,
        help="encoding of names and other texts, such as cp1251, shift-jis, gb18030, big5 or cp949; default: guessed",
    )


def _add_parts(parser: argparse.ArgumentParser) -> None:
    """--set, --parts and --keyswitch make one list, in the order of the command line: later rows win."""
    rows: dict[str, Any] = {"dest": "parts", "action": "extend", "default": []}
    parser.add_argument(
        "--set",
        metavar="ROW",
        type=part_row,
        help="how the tracks whose name matches are played, such as 'Kick: velocity=0' or '(?i)drums: protect=kick,C1';"
        " fields: velocity, duration, intensity (0 to 1), protect, keyswitch, family, include; may be given again",
        **rows,
    )
    parser.add_argument("--parts", metavar="YAML", type=part_file, help="a file of such rows, with match: RE", **rows)
    parser.add_argument(
        "--keyswitch",
        metavar="RE=PITCHES",
        type=keyswitch_row,
        help="which pitches are key-switches, such as 'Violin=C0-B0' (C4 is 60), or RE=none; default: found by what"
        " they do; may be given again",
        **rows,
    )


def number_between(low: float, high: float) -> Callable[[str], float]:
    """Argument type: a number from `low` to `high`."""

    def convert(text: str) -> float:
        value = _number(text, float)
        if not low <= value <= high:  # also refuses nan
            raise argparse.ArgumentTypeError(f"{text} is not a number from {low:g} to {high:g}")
        return value

    return convert


def family_choice(text: str) -> tuple[str, Family]:
    """Argument type: a regular expression and a family, with an equals sign between."""
    from duv_studio.engine.midi.song import Family

    pattern, sign, family = text.rpartition("=")
    if not sign or not pattern:
        raise argparse.ArgumentTypeError(f"'{text}' names no track and family, such as 'Lead=guitar'")
    try:
        return pattern, Family(family.strip().lower())
    except ValueError:
        known = ", ".join(Family)
        raise argparse.ArgumentTypeError(f"'{family}' is no family; there are {known}") from None


def part_row(text: str) -> list[PartRule]:
    """Argument type: `RE: field=value …`, as a list of one."""
    from duv_studio.engine.music.part_rows import parse_text

    return [parse_text(text)]


def keyswitch_row(text: str) -> list[PartRule]:
    """Argument type: `RE=pitches`, as a list of one."""
    from duv_studio.engine.music.part_rows import keyswitch_rule

    return [keyswitch_rule(text)]


def part_file(text: str) -> list[PartRule]:
    """Argument type: a YAML file of rows."""
    from duv_studio.engine.music.part_rows import read_rules

    return list(read_rules(text))


def charset(name: str) -> str:
    """Argument type: an encoding of text."""
    from duv_studio.engine.midi.text_encoding import known_charset

    return known_charset(name)


def whole_number(low: int) -> Callable[[str], int]:
    """Argument type: a whole number from `low` on."""

    def convert(text: str) -> int:
        value = _number(text, int)
        if not value >= low:  # also refuses nan
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {low} on")
        return int(value)

    return convert


def seed(text: str) -> int:
    """Argument type: a whole number from 0 to 2^32 - 1."""
    value = _number(text, int)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to {2**32 - 1}")
    return int(value)


def _number(text: str, kind: Callable[[str], float]) -> float:
    try:
        return kind(text)
    except ValueError:
        return math.nan


def _sentence(purpose: str) -> str:
    return purpose[0].upper() + purpose[1:] + "."
