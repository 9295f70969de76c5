"""Shows that another revision plays the same: `python -m tests.same_outputs REVISION FOLDER [FOLDER …]`.

Humanizes the demo song and the first MIDI files of each folder with this checkout and with the revision, by settings
that reach every part of the engine, and compares the results byte for byte. Exit status 1 where any differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import ROOT

# Options of `duv-studio batch`; the demo and its adapters play in all of them.
SETTINGS = {
    "default": (),
    "exaggerated": ("--intensity", "1.4", "--variation", "1", "--seed", "7", "--level", "6"),
    "styled": ("--intensity", "0.7", "--dynamics", "1.5", "--articulation", "-1", "--adapter", "none"),
    "lite": ("--model", "lite-open", "--velocity", "0.5", "--seed", "3"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="what git calls the other version, such as a commit")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of MIDI files")
    parser.add_argument("--files", type=int, default=10, help="how many of each folder (default: %(default)s)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        other = work / "other"
        other.mkdir()
        archive = subprocess.run(["git", "archive", args.revision], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", other], input=archive, check=True)
        count = _gather(args.folders, args.files, work / "in")
        same = [_compare(work, other, setting) for setting in SETTINGS]
    print(f"{count} files, {len(SETTINGS)} settings: {'byte for byte the same' if all(same) else 'NOT the same'}")
    return 0 if all(same) else 1


def _gather(folders: list[Path], most: int, target: Path) -> int:
    target.mkdir()
    shutil.copy(ROOT / "resources" / "demo" / "demo.mid", target)
    for number, folder in enumerate(folders):
        for file in sorted(folder.rglob("*.mid"))[:most]:
            shutil.copy(file, target / f"{number}-{file.name}")
    return len(list(target.iterdir()))


def _compare(work: Path, other: Path, setting: str) -> bool:
    outputs = {
        name: _humanized(tree, work, f"{setting}-{name}", setting) for name, tree in (("here", ROOT), ("there", other))
    }
    names = {file.name for folder in outputs.values() for file in folder.glob("*.mid")}
    here, there = outputs.values()
    differ = [name for name in sorted(names) if _bytes(here / name) != _bytes(there / name)]
    print(f"{setting}: {len(names)} results, {len(differ)} differ", *differ, sep="\n  ")
    return bool(names) and not differ


def _humanized(tree: Path, work: Path, name: str, setting: str) -> Path:
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "DUV_STUDIO_PRECISION": "fp32",
        "DUV_STUDIO_HOME": str(work / "home"),
    }
    command = [sys.executable, "-m", "duv_studio", "batch", work / "in", work / name, *SETTINGS[setting]]
    subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, check=False)
    return work / name


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
