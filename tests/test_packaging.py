"""What is shipped: resources, the lock file, the set-up scripts, and a package that starts without torch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.version import Version
from safetensors.numpy import save_file

import duv_studio
from duv_studio import paths
from duv_studio.engine.model.checkpoint import ModelHeader, read_header
from duv_studio.engine.model.library import DEFAULT_MODEL, MODEL_FILE
from duv_studio.engine.model.shape import ModelConfig, tensor_shapes
from tests import ROOT
from tests.spec_runner import run_spec

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
WITHOUT_WHEELS = {"miniaudio", "rtmidi2"}  # for ARM on Linux and Windows
PRESETS = 5  # recipes of adapters

LIGHT_MODULES = [
    "duv_studio",
    "duv_studio.cli.entry",
    "duv_studio.engine.midi.midi_file",
    "duv_studio.engine.model.library",
    "duv_studio.engine.performance.blend",
    "duv_studio.engine.music.selection",
    "duv_studio.engine.midi.song",
    "duv_studio.cli.evaluate",
    "duv_studio.cli.train_base",
    "duv_studio.ui.app.startup",
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


# ---- models that are not for everyone stay at home ------------------------------------------------------------------

SHARED, AT_HOME = ("other-open", "other-open-v1"), ("base-research",)


def built(builder: type[WheelBuilder] | type[SdistBuilder], root: Path, folder: Path) -> str:
    """The path of the package that a build writes into a folder."""
    return str(next(iter(builder(str(root)).build(directory=str(folder), versions=["standard"]))))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packed, with two models that may not be used commercially, whole, and two more that may."""
    root = tmp_path_factory.mktemp("tree")
    packed = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for name in {"pyproject.toml", ".gitignore", "README.md", "LICENSE", *(entry.strip("/") for entry in packed)}:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for name in (*SHARED, *AT_HOME):
        add_model(root / "resources" / "models" / name, "MIT" if name in SHARED else "CC BY-NC-SA 4.0")
    return root


def add_model(folder: Path, licence: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shape = {"width": 16, "layers": 1, "heads": 2, "ff": 8}
    header = json.dumps(asdict(ModelHeader(folder.name, "A model", licence, shape, {})))
    weights = {name: np.zeros(size, np.float16) for name, size in tensor_shapes(ModelConfig(**shape)).items()}
    save_file(weights, folder / MODEL_FILE, metadata={"duv": header})
    for name in ("LICENSE", "README.md", "card.png"):
        (folder / name).write_text(f"belongs to {folder.name}")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "piano.png").write_text("of the card")


def check_models(folder: Path) -> None:
    """Every model in the folder may be used by everyone, and those that may are there, with all but pictures."""
    found = {file.parent.name: read_header(file) for file in folder.rglob(MODEL_FILE)}
    assert {DEFAULT_MODEL, *SHARED} <= set(found) and all(header.commercial for header in found.values())
    files = [file for file in folder.rglob("*") if file.is_file()]
    for name in SHARED:
        assert {f.name for f in files if f.parent.name == name} == {MODEL_FILE, "LICENSE", "README.md", "card.png"}
    assert not [f for f in files if {*AT_HOME, "pictures"} & {*f.parts}]
    assert not [f for f in files if f.read_bytes().startswith(b"belongs to base-research")]


def test_no_model_that_is_not_for_everybody_is_in_the_wheel(tree: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built(WheelBuilder, tree, tmp_path / "dist")) as archive:
        archive.extractall(tmp_path / "out")
    check_models(tmp_path / "out")


def test_nor_in_the_source_package(tree: Path, tmp_path: Path) -> None:
    with tarfile.open(built(SdistBuilder, tree, tmp_path / "dist")) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    check_models(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*/resources/configs/*_Lora.yaml"))) == PRESETS


def test_nor_in_the_program(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run_spec(tree, tmp_path, monkeypatch).folder
    assert (out / "duv_studio" / "resources" / "demo" / "demo.mid").is_file()
    assert len(list((out / "duv_studio" / "resources" / "configs").glob("*_Lora.yaml"))) == PRESETS
    check_models(out)


def test_user_folders_follow_the_environment(user_dirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.user_data_dir() == user_dirs / "duv-studio"
    assert paths.log_dir() == user_dirs / "duv-studio" / "log"
    monkeypatch.delenv("DUV_STUDIO_HOME")
    assert paths.user_data_dir().is_dir()
    assert paths.user_data_dir().is_relative_to(user_dirs)
    assert paths.log_dir().is_relative_to(user_dirs)


def lock() -> list[Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def locked() -> dict[str, Version]:
    return {pin.name: Version(str(pin.specifier).removeprefix("==")) for pin in lock()}


def test_every_dependency_is_locked_to_a_version_it_allows() -> None:
    lists = {**PROJECT["optional-dependencies"], **PYPROJECT["dependency-groups"]}
    wanted = [*PROJECT["dependencies"], *(requirement for needs in lists.values() for requirement in needs)]
    pins = locked()
    for requirement in map(Requirement, wanted):
        pin = pins[re.sub(r"[-_.]+", "-", requirement.name).lower()]
        assert pin in requirement.specifier, f"{requirement} is locked at {pin}"


@pytest.mark.parametrize("page", ["README.md", "docs/install.md"])
def test_every_extra_is_explained(page: str) -> None:
    table = (ROOT / page).read_text(encoding="utf-8").partition("| extra |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == sorted(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "arm64", "aarch64", "ARM64"])
def test_no_machine_is_asked_for_a_package_that_it_has_no_wheel_of(machine: str) -> None:
    for pin in lock():
        here = pin.marker is None or pin.marker.evaluate({"platform_machine": machine})
        assert here == (pin.name not in WITHOUT_WHEELS or machine not in ("aarch64", "ARM64")), pin


def test_the_lock_script_keeps_those_markers(tmp_path: Path) -> None:
    script = (ROOT / "tools" / "lock.sh").read_text(encoding="utf-8")
    (tmp_path / "lock").write_text(
        "# by pip-compile\nminiaudio==2.0 ; x == 'y'\nnumpy==3.1\nrtmidi2==1.6\n\ntorch==2.13.0+cpu\n"
    )
    last = "ELSEWHERE=" + script.partition("ELSEWHERE=")[2].replace(">requirements.lock", "")
    done = subprocess.run(["sh", "-euc", f"TMP={tmp_path}\n{last}"], capture_output=True, text=True, check=True)
    marker = next(str(pin.marker) for pin in lock() if pin.name == "miniaudio")
    assert done.stdout.splitlines()[1:] == [
        f"miniaudio==2.0 ; {marker}", "numpy==3.1", f"rtmidi2==1.6 ; {marker}", "torch==2.13.0",
    ]  # fmt: skip


def test_the_lock_names_the_qt_that_works_on_python_3_11() -> None:
    assert locked()["pyside6-essentials"] == Version("6.11.3")
    for broken in ("6.11.0", "6.11.1", "6.12.0"):
        spec = next(Requirement(r) for r in PROJECT["dependencies"] if r.startswith("PySide6"))
        assert Version(broken) not in spec.specifier


def test_the_change_log_knows_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{duv_studio.__version__}]" in text


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == duv_studio.__version__
    assert citation["repository-code"] == PROJECT["urls"]["Homepage"]


def test_the_workflow_runs_what_make_test_runs() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest: setup\n")[2].partition("\n\n")[0]
    checks = [line.split("$(BIN)/")[1].split(" $(")[0] for line in recipe.splitlines() if line.startswith("\t$(BIN)/")]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    runs = [step["run"] for step in workflow["jobs"]["elsewhere"]["steps"] if "run" in step][-len(checks) :]
    assert len(checks) == 5
    assert all(run.startswith(check) for run, check in zip(runs, checks, strict=True))


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

SCREEN_LIBRARIES = (
    "for l in libxcb-cursor.so.0 libxkbcommon-x11.so.0 libxcb-icccm.so.4 libxcb-keysyms.so.1 libxcb-shape.so.0;"
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


@needs_linux
def test_what_building_the_program_needs_is_named(tmp_path: Path) -> None:
    python = 'case "$2" in *sys.exit*) exit 0 ;; *) echo libpython3.11 ;; esac'  # Debian's own
    (tmp_path / "a").mkdir()
    done = shell(
        tmp_path / "a", "PATH=${PATH%%:*}; missing_build_packages python3", ldconfig=NO_LIBRARIES, python3=python
    )
    names = done.stdout.split()
    assert names[0] == "binutils" and names[-1] == "libpython3.11" and "libxcb-icccm4" in names
    (tmp_path / "b").mkdir()
    known = f"{SCREEN_LIBRARIES}; echo 'libpython3.11.so.1.0 (libc6,x86-64) => /lib/libpython3.11.so.1.0'"
    done = shell(
        tmp_path / "b",
        'install_packages "$(missing_build_packages python3)"',
        **{"ldconfig": known, "python3": python, "objdump": "exit 0", "apt_get": "echo called >&2"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_linux
def test_another_python_brings_its_own_library(tmp_path: Path) -> None:
    done = shell(
        tmp_path, "missing_build_packages python3", ldconfig=SCREEN_LIBRARIES, python3="exit 1", objdump="exit 0"
    )
    assert (done.returncode, done.stdout) == (0, "")
