"""The command line arguments of a humanization, the same for one file and for a folder."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from duv_studio.cli.parser import add_selection, number_between, seed
from duv_studio.engine.adapters.resolve import AUTOMATIC
from duv_studio.engine.model.device import CHOICES, DEFAULT
from duv_studio.engine.model.precision import AUTO, PRECISION_VARIABLE, Precision
from duv_studio.engine.music.settings import LENGTHS, MOST_INTENSITY, MOST_LEVEL, MOST_STYLE, Settings

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Song

_DEFAULTS = Settings()
_AMOUNTS = ("intensity", "velocity", "duration", "variation", "seed", "level", "dynamics", "articulation")


def add_performance(parser: argparse.ArgumentParser) -> None:
    """Define what is played, how much, and by which model."""
    _add_shares(parser)
    _add_style(parser)
    parser.add_argument(
        "--seed",
        metavar="N",
        type=seed,
        default=0,
        help="which performance is drawn: on one computer the same seed gives the same bytes; default 0",
    )
    add_selection(parser)
    _add_model(parser)


def chosen_settings(args: argparse.Namespace) -> Settings:
    """The settings that the arguments ask for, without the families, which need a song's tracks."""
    amounts = {name: getattr(args, name) for name in _AMOUNTS}
    return Settings(
        **amounts,
        include=args.include,
        exclude=args.exclude,
        performed_durations=args.performed_durations,
        lengths=args.lengths,
    )


def for_song(settings: Settings, args: argparse.Namespace, song: Song) -> Settings:
    """The settings with what --family, --set, --parts and --keyswitch say of a song's tracks.

    DuvError when one of them names a track that the song does not have.
    """
    from duv_studio.engine.music.family_overrides import families_of
    from duv_studio.engine.music.part_rules import settings_with

    settings = replace(settings, track_family=families_of(song, args.families))
    return settings_with(song, settings, args.parts)


def requested_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The same for a report in JSON."""
    of_names = ("include", "exclude", "charset", "performed_durations", "lengths")
    named = {name: getattr(args, name) for name in (*_AMOUNTS, *of_names)}
    families = [list(choice) for choice in args.families]
    return named | {"families": families, "parts": [rule.as_row() for rule in args.parts]}


def _add_shares(parser: argparse.ArgumentParser) -> None:
    for name, most, what in (
        (
            "intensity",
            MOST_INTENSITY,
            "from the file as it is (0) to the performance of the model (1) and beyond (1.5)",
        ),
        ("velocity", 1, "share of the intensity that reaches velocities, 0 to 1"),
        ("duration", 1, "share of the intensity that reaches durations, 0 to 1"),
        ("variation", 1, "from the one most expected performance (0) to the variety of players (1)"),
    ):
        kind, default = number_between(0, most), getattr(_DEFAULTS, name)
        parser.add_argument(f"--{name}", metavar="X", type=kind, default=default, help=f"{what}; default {default}")

    parser.add_argument(
        "--performed-durations",
        action="store_true",
        help="also change the lengths of tracks that were performed without a grid; by default they stay as played",
    )
    parser.add_argument(
        "--lengths",
        choices=LENGTHS,
        default=_DEFAULTS.lengths,
        help="of pianos: until the keys are let go, for those who press the pedal themselves, or until the sound ends;"
        " default auto: keys where the file holds a sustain pedal, else sound",
    )


def _add_style(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--level",
        metavar="X",
        type=number_between(-MOST_LEVEL, MOST_LEVEL),
        default=_DEFAULTS.level,
        help="louder or softer by so many velocity units at intensity 1, -40 to 40; default: tracks keep their level",
    )
    for name, ends in (("dynamics", "calm (-2) to lively (2)"), ("articulation", "staccato (-2) to legato (2)")):
        kind = number_between(-MOST_STYLE, MOST_STYLE)
        parser.add_argument(f"--{name}", metavar="X", type=kind, help=f"{ends}; default: as the music asks")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="PATH|NAME", help="a model file or the name of a shipped model; an adapter brings its model"
    )
    parser.add_argument(
        "--adapter",
        metavar="auto|none|PATH|NAME",
        default=AUTOMATIC,
        help="an adapter that plays its family of instruments; default auto: those that improve the model, by family",
    )
    parser.add_argument(
        "--precision",
        choices=[AUTO, *(precision.value for precision in Precision)],
        help="number format of the model; default: the environment's"
        f" {PRECISION_VARIABLE}, or auto: what suits the processor",
    )
    add_device(parser)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Define --device."""
    parser.add_argument(
        "--device",
        choices=CHOICES,
        default=DEFAULT,
        help=f"what computes; auto: CUDA where there is a GPU; default {DEFAULT}, where the same seed gives the same"
        " bytes; 'duv-studio device' says what is there",
    )
