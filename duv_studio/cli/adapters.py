"""`duv-studio adapters`: which adapters there are, which play by themselves, and adding and removing one's own."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from duv_studio.cli import guard
from duv_studio.cli.output import say, wrote
from duv_studio.cli.text import as_json, fit_columns, printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `adapters`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--install", metavar="PATH", help="add a file, or what a training left in PATH, to your own")
    what.add_argument("--remove", metavar="NAME", help="delete one of your own")
    parser.add_argument("--name", help="what the installed adapter is to be called (default: as it calls itself)")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Do what is asked, and without a wish list all adapters."""
    from duv_studio.engine.adapters.user_library import install_adapter, remove_adapter

    if args.install is not None:
        path = install_adapter(args.install, args.name)
        wrote(path)
        say(f"Installed {printable(str(path))}.")
    elif args.remove is not None:
        say(f"Removed {printable(str(remove_adapter(args.remove)))}.")
    else:
        from duv_studio.engine.adapters.library import broken_adapters

        found, broken = _facts(), broken_adapters()
        facts = {"adapters": found, "broken": [{"path": str(b.path), "why": b.why} for b in broken]}
        say(as_json(facts, sys.stdout.encoding) if args.json else fit_columns("\n".join(map(_line, found)), 2))
        for one in broken:
            guard.note(f"{printable(str(one.path))}: {one.why}")
        if not found and not args.json:
            guard.note("no adapter is installed; 'duv-studio train-lora' makes one")
    return guard.DONE


def _facts() -> list[dict[str, Any]]:
    from duv_studio.engine.adapters.fitting_model import fitting_model
    from duv_studio.engine.adapters.library import automatic, list_adapters

    adapters = list_adapters()
    playing = {path for base in {info.header.base_hash for info in adapters} for path in automatic(base).values()}
    models = {info.header.base_hash: fitting_model(info.header) for info in adapters}
    return [
        {
            "name": info.name,
            "family": info.header.family,
            "base": info.header.base,
            "model": None if (model := models[info.header.base_hash]) is None else model.name,
            "verdict": info.header.verdict or "never judged",
            "own": info.own,
            "automatic": info.path in playing,
            "path": str(info.path),
        }
        for info in adapters
    ]


def _line(fact: dict[str, Any]) -> str:
    whose = "your own" if fact["own"] else "ships"
    plays = f"plays {fact['family']} by itself" if fact["automatic"] else "plays when it is named"
    base = fact["model"] or f"{fact['base']}, which is not installed"
    return f"{printable(fact['name'])}: {fact['family']} for {printable(base)}, {whose}; {fact['verdict']}, {plays}"
