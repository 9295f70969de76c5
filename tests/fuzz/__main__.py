"""`python -m tests.fuzz`: hunts for faults, and says what it found; exit status 1 where that is anything."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

from tests import ROOT
from tests.fuzz.child import Orders
from tests.fuzz.finds import Find, again, caught, save
from tests.fuzz.guards import is_possible, limit_memory, time_limit
from tests.fuzz.hunts.registry import ALL_NAMES, NAMES, hunt_named
from tests.fuzz.watch import Watched, connections, given_files

_OUT = ROOT / "build" / "fuzz"
_TICK_S, _LINE_S = 0.2, 30.0


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    if not is_possible():
        print("the hunt needs the limits of a POSIX system")
        return 2
    if args.again:
        return _try_again(args.only, args.again)
    print(f"hunting with seed {args.seed} in {args.jobs} processes: {', '.join(args.only or NAMES)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="duv-fuzz-") as folder:
        hunters = Hunters(args, Path(folder))
        try:
            hunters.run()
        except KeyboardInterrupt:
            print("\nstopped")
        finally:
            hunters.close()
    return hunters.report()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, of all hunts together (default 5)")
    parser.add_argument("--inputs", type=int, default=0, help="how many inputs each hunt tries, instead of a time")
    parser.add_argument("--seed", type=int, default=1, help="another seed tries other inputs (default 1)")
    parser.add_argument("--files", type=Path, help="a folder of files to begin with, beside those that are made")
    parser.add_argument("--only", metavar="HUNT", action="append", choices=ALL_NAMES, help=f"one of {', '.join(NAMES)}")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, len(NAMES)), help="processes")
    parser.add_argument("--out", type=Path, default=_OUT, help="where finds are kept (default build/fuzz)")
    parser.add_argument("--again", metavar="FILE", type=Path, help="try one saved input")
    args = parser.parse_args(argv)
    if args.again and len(args.only or ()) != 1:
        parser.error("say with --only which hunt is to try it")
    if args.files and not args.files.is_dir():
        parser.error(f"there is no folder {args.files}")
    return args


def _try_again(only: list[str], path: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="duv-fuzz-") as folder:
        hunt = hunt_named(only[0])(Path(folder))
        limit_memory(hunt.megabytes)
        with time_limit(hunt.seconds):
            find = caught(hunt, path.read_bytes())
    print(f"{find.reason}\n{find.trace}" if find else "nothing is wrong with it")
    return int(find is not None)


@dataclass
class Hunters:
    """All hunts, so many at a time."""

    args: argparse.Namespace
    folder: Path
    finds: dict[tuple[str, str], tuple[Find, Path]] = field(default_factory=dict)
    running: list[Watched] = field(default_factory=list)
    done: list[Watched] = field(default_factory=list)

    def run(self) -> None:
        """Start the hunts one after the other as processes get free, and hear them."""
        waiting = list(self.args.only or NAMES)
        shares = {name: hunt_named(name).share for name in waiting}
        whole = 60 * self.args.minutes * min(self.args.jobs, len(waiting)) / sum(shares.values())
        told = time.monotonic()
        while waiting or self.running:
            while waiting and len(self.running) < self.args.jobs:
                name = waiting.pop(0)
                self.running.append(Watched(self._orders(name, whole * shares[name]), self._found))
            wait(connections(self.running), _TICK_S)
            for watched in self.running:
                watched.step()
            for watched in [w for w in self.running if w.is_done]:
                self.running.remove(watched)
                self.done.append(watched)
                watched.close()
                self._line(f"{_pace(watched)}, done")
            if time.monotonic() - told > _LINE_S:
                told = time.monotonic()
                self._line("; ".join(_pace(watched) for watched in self.running))

    def _orders(self, name: str, seconds: float) -> Orders:
        inputs = self.args.inputs
        given = given_files(self.args.files, name)
        return Orders(name, self.folder / name, self.args.seed, given, 0, 0.0 if inputs else seconds, inputs)

    def close(self) -> None:
        """End what still runs."""
        for watched in self.running:
            watched.close()

    def report(self) -> int:
        """Print what was found; returns the exit status."""
        for find, path in self.finds.values():
            print(f"\n{find.hunt}: {find.reason}\n  {path}\n  {again(find.hunt, path)}")
        inputs = sum(watched.inputs for watched in (*self.done, *self.running))
        print(f"\n{inputs:,} inputs, {len(self.finds) or 'nothing'} found")
        return int(bool(self.finds))

    def _found(self, find: Find) -> None:
        path = save(find, self.args.out, hunt_named(find.hunt).suffixes[0])
        if (find.hunt, find.fault) not in self.finds:
            self._line(f"FOUND by {find.hunt}, input {find.number}: {find.reason}")
        self.finds[find.hunt, find.fault] = (find, path)

    def _line(self, text: str) -> None:
        print(text, flush=True)


def _pace(watched: Watched) -> str:
    return f"{watched.name} {watched.inputs:,} inputs, {watched.inputs / max(watched.seconds, 0.1):,.0f} a second"


if __name__ == "__main__":
    sys.exit(main())
