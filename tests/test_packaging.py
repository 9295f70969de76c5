"""What is shipped: resources, the lock file, the set-up scripts, and a package that starts without torch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import duv_studio
from duv_studio import paths

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

LIGHT_MODULES = [
    "duv_studio",
    "duv_studio.cli.entry",
    "duv_studio.engine.midi_file",
    "duv_studio.engine.models",
    "duv_studio.engine.render",
    "duv_studio.engine.selection",
    "duv_studio.engine.song",
    "duv_studio.training.evaluate",
    "duv_studio.training.train_base",
    "duv_studio.ui.app",
]


def python(code: str, folder: Path = ROOT) -> str:
    """What a fresh interpreter prints that imports the package from `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_a_module_loads_without_torch(module: str) -> None:
    heavy = python(f"import sys, {module}; print(*({{'torch', 'peft', 'transformers'}} & set(sys.modules)))")
    assert heavy == ""


def test_the_command_line_loads_neither_qt_nor_numpy() -> None:
    code = "import sys, duv_studio.cli; print(*({'PySide6', 'numpy', 'pretty_midi'} & set(sys.modules)))"
    assert python(code) == ""


def test_the_wheel_carries_the_resources_and_finds_them(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    found = python("from duv_studio.paths import resource; print(resource('demo', 'demo.mid'))", site)
    assert found == str(site / "duv_studio" / "resources" / "demo" / "demo.mid")
    assert Path(found).read_bytes() == paths.resource("demo", "demo.mid").read_bytes()


def test_user_folders_follow_the_environment(user_dirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.user_data_dir() == user_dirs / "duv-studio"
    assert paths.log_dir() == user_dirs / "duv-studio" / "log"
    monkeypatch.delenv("DUV_STUDIO_HOME")
    assert paths.user_data_dir().is_dir()
    assert paths.user_data_dir().is_relative_to(user_dirs)
    assert paths.log_dir().is_relative_to(user_dirs)


def locked() -> dict[str, Version]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: Version(version) for name, version in pins}


def test_every_dependency_is_locked_to_a_version_it_allows() -> None:
    wanted = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    pins = locked()
    for requirement in map(Requirement, wanted):
        pin = pins[re.sub(r"[-_.]+", "-", requirement.name).lower()]
        assert pin in requirement.specifier, f"{requirement} is locked at {pin}"


def test_the_lock_names_the_qt_that_works_on_python_3_11() -> None:
    assert locked()["pyside6-essentials"] == Version("6.11.3")
    for broken in ("6.11.0", "6.11.1", "6.12.0"):
        spec = next(Requirement(r) for r in PROJECT["dependencies"] if r.startswith("PySide6"))
        assert Version(broken) not in spec.specifier


def test_the_change_log_knows_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{duv_studio.__version__}]" in text


def shell(tmp_path: Path, code: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run shell code after sourcing tools/system.sh, with made-up programs first on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, body in programs.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        program.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path)}
    return subprocess.run(
        ["sh", "-euc", f". tools/system.sh; {code}"], cwd=ROOT, env=environment, capture_output=True, text=True
    )


needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system packages are Linux's")
NO_LIBRARIES = "echo 'libz.so.1 (libc6) => /lib/libz.so.1'"
ALL_LIBRARIES = (
    "for l in libEGL.so.1 libGL.so.1 libxkbcommon.so.0 libglib-2.0.so.0 libfontconfig.so.1 libdbus-1.so.3;"
    ' do echo "$l (libc6,x86-64) => /lib/$l"; done'
)


@needs_linux
def test_missing_libraries_are_named_by_their_packages(tmp_path: Path) -> None:
    done = shell(tmp_path, "missing_packages python3", ldconfig=NO_LIBRARIES, python3="exit 1", find="exit 0")
    names = set(done.stdout.split())
    assert {"libegl1", "libgl1", "libxkbcommon0", "libglib2.0-0", "libfontconfig1", "libdbus-1-3"} <= names
    assert "fonts-dejavu-core" in names
    assert "libxcb-cursor0" not in names


@needs_linux
def test_a_screen_needs_more_libraries(tmp_path: Path) -> None:
    done = shell(tmp_path, "DISPLAY=:0; missing_packages python3", ldconfig=ALL_LIBRARIES, python3="exit 0")
    assert {"libxcb-cursor0", "libxkbcommon-x11-0"} <= set(done.stdout.split())


@needs_linux
def test_nothing_is_installed_when_nothing_is_missing(tmp_path: Path) -> None:
    done = shell(
        tmp_path,
        "install_missing_packages python3",
        ldconfig=ALL_LIBRARIES,
        python3="exit 0",
        find="echo font.ttf",
        apt_get="echo called >&2",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_linux
def test_a_user_without_rights_is_told_what_to_have_installed(tmp_path: Path) -> None:
    done = shell(
        tmp_path,
        "install_missing_packages python3 </dev/null",
        ldconfig=NO_LIBRARIES,
        python3="exit 0",
        id="echo 1000",
        sudo="exit 1",
        apt_get="exit 1",
    )
    assert done.returncode == 1
    assert "apt-get install" in done.stderr
    assert "libegl1" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@needs_linux
def test_root_installs_what_is_missing(tmp_path: Path) -> None:
    log = tmp_path / "apt.log"
    done = shell(
        tmp_path,
        "install_missing_packages python3",
        ldconfig=NO_LIBRARIES,
        python3="exit 0",
        id="echo 0",
        find="echo font.ttf",
        apt_get=f'echo "$@" >> {log}',
    )
    assert done.returncode == 0, done.stderr
    assert "install" in log.read_text(encoding="utf-8")
    assert "libegl1 libgl1" in log.read_text(encoding="utf-8")
