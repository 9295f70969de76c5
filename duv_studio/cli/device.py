"""`duv-studio device`: what a model would compute on with these arguments, and why."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from duv_studio.cli import guard
from duv_studio.cli.output import say
from duv_studio.cli.performance_options import add_device
from duv_studio.cli.text import as_json, count, printable

if TYPE_CHECKING:
    from duv_studio.engine.model.device import DeviceUse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of `device`."""
    add_device(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the device, the GPU that could be asked for, and which torch this is."""
    from duv_studio.engine.model.device import CPU, device_use, here

    use, machine = device_use(args.device), here()
    if args.json:
        say(as_json({"device": device_facts(use), **vars(machine)}, sys.stdout.encoding))
        return guard.DONE
    say(printable(str(use)))
    if machine.gpu and use.kind == CPU:
        say(f"GPU: {printable(machine.gpu)}; --device cuda or auto takes it")
    say(f"torch {machine.torch}, {count(machine.threads, 'thread')} on the CPU")
    return guard.DONE


def device_facts(use: DeviceUse) -> dict[str, Any]:
    """What computes, for a report in JSON."""
    return {"asked": use.asked, "kind": use.kind, "name": use.name, "why": use.why}
