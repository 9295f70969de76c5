"""The journal of a batch, by which `--resume` writes: nothing outside the batch's own results may change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

from duv_studio.errors import DuvError
from tests.fuzz.homes import move_home
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.values import of_lines
from tests.fuzz.mutations.words import WORDS

_NAMES = ("a.mid", "sub/b.mid", "sub/c.mid", "d.mid")
_FOREIGN = ("foreign.mid", "sub/foreign.mid", "notes.txt")
_HARM = (
    *(
        "../outside/victim.mid",
        "../in/a.mid",
        "foreign.mid",
        "sub/foreign.mid",
        "notes.txt",
        "way/victim.mid",
        "link.mid",
    ),
    *(
        "sub/../../outside/victim.mid",
        "./a.mid",
        "sub/",
        "sub",
        "",
        ".",
        "..",
        "/",
        "~",
        ".duv-batch.jsonl",
        "new/x.mid",
    ),
    *("a.mid", "sub/b.mid", "A.MID", "a.mid\x00", "way", "way/new.mid", "a" * 300 + ".mid", "a/" * 3000 + "x.mid"),
    *(
        "a (2).mid",
        "a (3).mid",
        "nul.mid",
        "a.mid/b.mid",
        "\udcff.mid",
        "..\\outside\\victim.mid",
        "ok",
        "failed",
        "working",
    ),
)


class JournalHunt(Hunt):
    """Results of an earlier run, files of others beside them, links that lead out, and a journal that says anything."""

    name = "journals"
    suffixes = (".jsonl",)
    mutators: ClassVar[Sequence[Mutator]] = (*[of_lines(_HARM)] * 12, *WORDS)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        move_home(folder / "home")
        os.fsync = lambda handle: None  # type: ignore[assignment]  # the power stays on
        from duv_studio.engine.batch.journal import JOURNAL
        from tests.adapters_made import make_base
        from tests.batch_trees import fill

        self._model, self._name = make_base(folder=folder / "models"), JOURNAL
        self._harm = str((folder / "tree" / "outside" / "victim.mid").absolute())
        self._kept = folder / "kept"
        fill(self._kept / "in", {name: b"song " + name.encode() for name in _NAMES})
        fill(self._kept / "outside", {"victim.mid": b"victim"})
        self._seeds = [self._run_once(existing, after) for existing in ("skip", "rename") for after in (1, 3, 9)]
        fill(self._kept / "out", {name: b"foreign" for name in _FOREIGN})
        (self._kept / "out" / "way").symlink_to("../outside", target_is_directory=True)
        (self._kept / "out" / "link.mid").symlink_to("../outside/victim.mid")

    def seeds(self, seed: int) -> list[bytes]:
        return self._seeds

    def mutated(self, dice: Random, pool: Sequence[bytes]) -> bytes:
        data = super().mutated(dice, pool)
        return data.replace(b"../outside/victim.mid", self._harm.encode()) if dice.random() < 0.1 else data

    def _run_once(self, existing: str, after: int) -> bytes:
        """The journal of a run that was stopped behind so many files; its results stay."""
        from duv_studio.engine.batch.request import Control

        control = Control()
        self._play(self._kept, existing, False, control, lambda done: control.cancel() if done >= after else None)
        return (self._kept / "out" / self._name).read_bytes()

    def _play(self, tree: Path, existing: str, resume: bool, control: object, after: object) -> object:
        from duv_studio.engine.batch.request import Existing, Request
        from duv_studio.engine.batch.runner import run
        from tests.fake_pool import Opener

        request = Request(
            (tree / "in",), tree / "out", model=self._model, adapter="none", existing=Existing(existing), resume=resume
        )
        return run(request, lambda event: None, control, Opener(after))  # type: ignore[arg-type]

    def check(self, data: bytes, dice: Random) -> None:
        from duv_studio.engine.batch.journal_reader import read_journal
        from duv_studio.engine.batch.request import Control
        from duv_studio.engine.batch.results import write_report

        tree = self.folder / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(self._kept, tree, symlinks=True)
        (tree / "out" / self._name).write_bytes(data)
        before = _snapshot(tree)
        refusal: DuvError | None = None
        try:
            read_journal(tree / "out")
            existing = dice.choice(("skip", "overwrite", "rename"))
            summary = self._play(tree, existing, True, Control(), lambda done: None)
            write_report(summary.rows, tree / "out" / "report.csv")  # type: ignore[attr-defined]
        except DuvError as error:
            refusal = error
        _check_changes(before, _snapshot(tree), self._name)
        if refusal is not None:
            raise refusal


def _snapshot(tree: Path) -> dict[str, bytes]:
    """Every file and link below, without following any."""
    found = {}
    for folder, folders, files in os.walk(tree):
        for name in (*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))):
            path = os.path.join(folder, name)
            key = os.path.relpath(path, tree)
            found[key] = os.readlink(path).encode() if os.path.islink(path) else Path(path).read_bytes()
    return found


def _check_changes(before: dict[str, bytes], after: dict[str, bytes], journal: str) -> None:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    for name in sorted(changed):
        place, _, rest = name.partition("/")
        if place != "out":
            raise Broken(f"nothing outside the results changes: {name}")
        if rest in (journal, "report.csv"):
            continue
        if rest in _FOREIGN or rest in ("way", "link.mid"):
            raise Broken(f"files of others stay: {name}")
        if not _is_own(rest):
            raise Broken(f"results have the names of their sources: {name}")


def _is_own(name: str) -> bool:
    """Whether a batch of these sources may write it: its source's name, or that with a number."""
    folder, _, last = name.rpartition("/")
    stem = last.removesuffix(".mid").partition(" (")[0]
    return (f"{folder}/{stem}.mid" if folder else f"{stem}.mid") in _NAMES
