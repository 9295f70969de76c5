"""The licences that travel with the program: of packages, of Python, of the system's libraries, of Qt."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import PySide6
import pytest
import soundfile
import yaml

from tests.spec_runner import ROOT, run_spec
from tools import app_licences
from tools.app_licences import licences


def texts(*entries: tuple[str, str, str]) -> dict[str, Path]:
    """Files that are added for these entries, by their names."""
    return {name: Path(file) for name, file, _ in licences(entries)}


def module(name: str, file: str | None) -> tuple[str, str, str]:
    return name, str(file), "PYMODULE"


def test_every_package_that_is_in_it_brings_its_own() -> None:
    found = texts(module("yaml", yaml.__file__), module("PySide6", PySide6.__file__), ("empty", "", "DATA"))
    packages = {name.split("/")[1] for name in found if name.endswith(("/METADATA", "/licenses/LICENSE"))}
    assert packages == {f"{name}-{version(name)}" for name in ("PyYAML", "PySide6_Essentials")}
    (own,) = (file for name, file in found.items() if name.startswith("licenses/PyYAML-"))
    assert "Kirill Simonov" in own.read_text(encoding="utf-8")
    assert "Permission is hereby granted" in found["licenses/duv-studio/LICENSE"].read_text(encoding="utf-8")


def test_python_brings_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_licences.sysconfig, "get_path", lambda name: str(tmp_path / name))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert "licenses/python/LICENSE.txt" not in texts()
    for place in (tmp_path, tmp_path / "stdlib"):
        place.mkdir(exist_ok=True)
        (place / "LICENSE.txt").write_text("of Python")
        assert texts()["licenses/python/LICENSE.txt"] == place / "LICENSE.txt"


def test_a_package_without_a_text_says_what_its_licence_is() -> None:
    found = texts(module("PySide6", PySide6.__file__))
    text = found[f"licenses/PySide6_Essentials-{version('PySide6_Essentials')}/METADATA"].read_text(encoding="utf-8")
    assert re.search(r"^License.*: LGPL-3\.0", text, re.MULTILINE)


def test_a_library_inside_a_package_brings_its_own_too() -> None:
    found = texts(module("soundfile", soundfile.__file__))
    folder = f"licenses/soundfile-{version('soundfile')}"
    library = found[f"{folder}/_soundfile_data/COPYING"].read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in library and "Version 2.1" in library
    inner = found[f"{folder}/licensing/license_notes.md"].read_text(encoding="utf-8")
    assert "libmp3lame" in inner and f"{folder}/LICENSE" in found
    readme = (ROOT / "tools" / "licenses" / "README.txt").read_text(encoding="utf-8")
    assert all(name in readme for name in ("libsndfile", "LAME", "mpg123", "SoundFont"))


def test_none_is_left_without_a_word() -> None:
    for dist in distributions():
        entries = list(app_licences.of_distribution(dist))
        assert entries and all(Path(file).is_file() for _, file, _ in entries), dist.name


def test_texts_that_are_named_are_there() -> None:
    folder = ROOT / "tools" / "licenses"
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    named = set(re.findall(r"[A-Z][\w.-]*\.txt", readme))
    assert named == {file.name for file in folder.iterdir()} - {"README.txt"}
    for name, words in (("LGPL-3.0", "GNU LESSER GENERAL PUBLIC LICENSE"), ("GPL-3.0", "GNU GENERAL PUBLIC LICENSE")):
        assert (folder / f"{name}.txt").read_text(encoding="utf-8").split("\n")[0].strip() == words


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Debian and its like have this command")
def test_libraries_of_the_system_bring_what_debian_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "libz.so.1.2"
    library.write_text("a library")
    (tmp_path / "libz.so.1").symlink_to(library)
    query = f'#!/bin/sh\ncase "$*" in *{library}*) echo "zlib1g:amd64, zlib-too: {library}" ;; esac\nexit 1\n'
    (tmp_path / "dpkg-query").write_text(query)
    (tmp_path / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    common = tmp_path / "common"
    for file in (tmp_path / "docs" / "zlib1g" / "copyright", common / "GPL-2", common / "BSD"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"The text is in {common}/GPL-2.")
    monkeypatch.setattr(app_licences, "SYSTEM_DOCS", tmp_path / "docs")
    monkeypatch.setattr(app_licences, "COMMON", f"{common}/")
    found = texts(("libz.so.1", str(tmp_path / "libz.so.1"), "BINARY"))
    system = {name.removeprefix("licenses/system/") for name in found if name.startswith("licenses/system/")}
    assert system == {"zlib1g/copyright", "common-licenses/GPL-2"}


def test_the_spec_puts_them_into_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run_spec(ROOT, tmp_path, monkeypatch).folder / "licenses"
    assert (folder / "README.txt").is_file() and (folder / "duv-studio" / "LICENSE").is_file()
    assert list(folder.glob("PyYAML-*/licenses/LICENSE"))
