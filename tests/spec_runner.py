"""Runs duv_studio.spec as PyInstaller does, with stand-ins that list its files and copy what is collected."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests import ROOT

STRAY = ("pretty_midi/TimGM6mb.sf2", "torch/test/test_api")  # files that PyInstaller's hooks find


@dataclass
class Built:
    """What the spec asked for: the arguments of its steps by their names, and the folder of the program."""

    folder: Path
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)


def run_spec(tree: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, platform: str = sys.platform) -> Built:
    """Run the spec of this repository over the files of `tree`, as on another platform if one is named."""
    built = Built(folder / "dist" / "duv-studio")
    work = folder / "work"
    work.mkdir()

    class Analysis:
        def __init__(self, scripts: list[str], *, datas: list[tuple[str, str]], **more: Any) -> None:
            built.asked["Analysis"] = more
            self.scripts = [(name, str(tree / name), "PYSOURCE") for name in scripts]
            self.pure, self.binaries = [("yaml", yaml.__file__, "PYMODULE")], []
            self.datas = [
                (str(PurePath(target) / file.relative_to(tree / source)), str(file), "DATA")
                for source, target in datas
                for file in (tree / source).rglob("*")
                if file.is_file()
            ]
            self.datas += [(name, "", "DATA") for name in STRAY]

    def collect(_program: object, entries: list[tuple[str, str, str]], **more: Any) -> None:
        built.asked["COLLECT"] = more
        for target, source, _kind in entries:
            (built.folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, built.folder / target)

    def step(name: str) -> Any:
        return lambda *_, **more: built.asked.__setitem__(name, more)

    stand_in: Any = ModuleType("PyInstaller")
    stand_in.collect_submodules = stand_in.collect_data_files = lambda *_, **__: []
    stand_in.copy_metadata, stand_in.get_imports = lambda *_, **__: [], lambda _: []
    for name in ("", ".utils", ".utils.hooks", ".depend", ".depend.bindepend"):
        monkeypatch.setitem(sys.modules, f"PyInstaller{name}", stand_in)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names = {"SPECPATH": str(ROOT), "DISTPATH": str(folder / "dist"), "workpath": str(work)}
    names |= {"Analysis": Analysis, "COLLECT": collect, **{n: step(n) for n in ("PYZ", "EXE", "BUNDLE")}}
    code = compile((ROOT / "duv_studio.spec").read_text(encoding="utf-8"), "duv_studio.spec", "exec")
    with monkeypatch.context() as context:
        context.setattr(sys, "platform", platform)
        exec(code, names)
    return built
