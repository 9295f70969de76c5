"""Runs the self-test of the built program as on a machine without Python: python -m tools.check_app [FOLDER]."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_MOST_S = 900
# Nothing of this machine's set-up reaches the program: no Python, no settings, no libraries but the system's.
_EMPTY = {"PATH": "/nonexistent", "LANG": "C.UTF-8"}


def main() -> int:
    """Print size and start times; 1 when a self-test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("dist", "duv-studio"))
    parser.add_argument("--training", action="store_true", help="also train an adapter for an epoch: a minute or two")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    program = folder / ("duv-studio.exe" if sys.platform == "win32" else "duv-studio")
    if not program.is_file():
        print(f"There is no program at {program}: 'make app' builds it.")
        return 1
    print(size(folder))
    if missing := libraries_missing(folder):
        print(f"It was built without what a window on a screen needs: {', '.join(missing)}.")
        return 1
    with tempfile.TemporaryDirectory(prefix="duv-app-") as home:
        # Twice: at the very first start the disk is cold, and the number formats are measured.
        passed = all(run(program, Path(home), "--self-test") for _ in range(2))
        if passed and arguments.training:
            passed = train(program, Path(home))
    return 0 if passed else 1


def size(folder: Path) -> str:
    """How much the program takes on the disk."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    total = sum(path.stat().st_size for path in files)
    return f"{folder.name}: {total / 1e6:.0f} MB in {len(files):,} files"


def libraries_missing(folder: Path) -> list[str]:
    """What Qt would not find to open a window on a screen; the self-test may do without one."""
    found = []
    for plugin in folder.rglob("platforms/libqxcb.so"):
        environment = {"PATH": os.defpath, "LD_LIBRARY_PATH": str(folder / "_internal")}
        done = subprocess.run(["ldd", plugin], env=environment, capture_output=True, text=True, check=True)
        found += [line.split()[0] for line in done.stdout.splitlines() if line.endswith("not found")]
    return sorted(set(found))


def run(program: Path, home: Path, *arguments: str) -> bool:
    """Run the program in `home`, far from the sources and from this Python; whether it did what it was asked."""
    words = " ".join((program.name, *arguments))
    print(f"$ {words}", flush=True)
    environment = _EMPTY | {"HOME": str(home)}
    try:
        done = subprocess.run([program, *arguments], cwd=home, env=environment, timeout=_MOST_S, check=False)
    except subprocess.TimeoutExpired:
        print(f"{words} took longer than {_MOST_S} s.")
        return False
    if done.returncode:
        print(f"{words} ended with status {done.returncode}.")
    return done.returncode == 0


def train(program: Path, home: Path) -> bool:
    """Let the program play its demo song in several ways, and learn from that for an epoch."""
    resources = next(program.parent.rglob("duv_studio/resources"))
    (home / "mine").mkdir()
    demo = str(resources / "demo" / "demo.mid")
    for seed in range(8):
        if not run(program, home, "humanize", demo, "-o", f"mine/{seed}.mid", "--seed", str(seed), "--variation", "1"):
            return False
    recipe = (resources / "configs" / "piano_Lora.yaml").read_text(encoding="utf-8")
    for key, few in (("epochs", 1), ("min_steps", 0), ("max_len", 64)):
        recipe = _with_value(recipe, key, few)
    (home / "piano_Lora.yaml").write_text(recipe, encoding="utf-8")
    manifest = "manifests/piano_enriched.jsonl"
    return (
        run(program, home, "enrich", "--input", "mine", "--instrument", "piano", "--output", manifest)
        and run(program, home, "train-lora", "--config", "piano_Lora.yaml", "--num-workers", "1")
        and any((home / "checkpoints").rglob("duv_lora_best.ckpt"))
    )


def _with_value(recipe: str, key: str, value: int) -> str:
    head, sign, rest = recipe.partition(f"  {key}: ")
    if not sign:
        raise ValueError(f"the recipe has no {key}")
    return f"{head}{sign}{value}{rest[len(rest.split()[0]) :]}"


if __name__ == "__main__":
    sys.exit(main())
