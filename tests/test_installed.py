"""The program as it is installed by pip, from a wheel and from a source package, far away from the checkout."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from duv_studio import __version__
from duv_studio.engine.midi.midi_file import read
from duv_studio.engine.model.library import DEFAULT_MODEL
from tests import ROOT
from tests.midi_builder import TrackSpec, build_song

RESOURCES = ROOT / "resources"
FOR_EVERYONE = ("-open", "-open-v1")  # how the names of models end whose licences let everyone use them
# Whoever imports the program or reads a file from here instead of what is installed fails.
WATCH = """
import os, sys
HERE = tuple({folders!r})

def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and os.fsdecode(args[0]).startswith(HERE):
        sys.stderr.write(f"{{args[0]}} was opened\\n")
        os._exit(3)

sys.addaudithook(watch)
"""


@dataclass(frozen=True)
class Installed:
    """A virtual environment that holds the program, and a folder to run it in."""

    environment: Path
    folder: Path

    @property
    def package(self) -> Path:
        return site_of(self.environment) / "duv_studio"

    def run(self, *arguments: object) -> str:
        """What the installed `duv-studio` prints; it must end well and say nothing else."""
        return run([self.environment / "bin" / "duv-studio", *arguments], self.folder)

    def python(self, code: str) -> str:
        return run([self.environment / "bin" / "python", "-c", code], self.folder)


def run(command: list[object], folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP"))}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.strip()


def site_of(environment: Path) -> Path:
    return environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(WheelBuilder, ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(SdistBuilder, ROOT, tmp_path_factory.mktemp("sdist"))


def built(builder: type[WheelBuilder] | type[SdistBuilder], root: Path, folder: Path) -> Path:
    return Path(next(iter(builder(str(root)).build(directory=str(folder), versions=["standard"]))))


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """pip installs the package into an environment that borrows all others from the one the tests run in."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(environment, with_pip=False)
    site = site_of(environment)
    # A folder named in a .pth file lends its packages, but not its own .pth files: no editable install comes along.
    (site / "lent.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    package = request.getfixturevalue(request.param)
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet"]
    offline = ["--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
    run([*pip, *offline, "--root-user-action=ignore", package], environment)
    folders = [str(ROOT / name) + os.sep for name in ("duv_studio", "resources", "tests", "tools")]
    (site / "watch_the_checkout.py").write_text(WATCH.format(folders=folders))
    (site / "watch.pth").write_text("import watch_the_checkout\n")
    return Installed(environment, tmp_path_factory.mktemp("elsewhere"))


def digests(folder: Path) -> dict[str, str]:
    """Contents of all files in a folder, by their path; what Python compiled does not count."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def shipped(folder: Path) -> dict[str, str]:
    """The same of a folder of resources, without the models that are not for everyone and pictures of cards."""
    found = digests(folder)
    for name in list(found):
        kind, *rest = Path(name).parts
        if kind == "models" and (not rest[0].endswith(FOR_EVERYONE) or rest[1] == "pictures"):
            del found[name]
    return found


# ---- what is in it ---------------------------------------------------------------------------------------------------


def test_every_resource_and_every_module_is_installed(installed: Installed) -> None:
    there = digests(installed.package)
    resources = {name.removeprefix("resources/"): d for name, d in there.items() if name.startswith("resources/")}
    assert resources == shipped(RESOURCES)
    modules = {name: digest for name, digest in there.items() if not name.startswith("resources/")}
    assert modules == digests(ROOT / "duv_studio")


def test_a_wheel_made_of_the_source_package_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    assert contents(built(WheelBuilder, root, tmp_path / "dist")) == contents(wheel)


def contents(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.CRC for info in archive.infolist()}


def test_the_source_package_holds_all_that_make_test_needs(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("tests", "tools", "docs", "examples", ".ci", ".github")
    tracked = [file for folder in folders for file in (ROOT / folder).rglob("*")]
    wanted = {str(f.relative_to(ROOT)) for f in tracked if f.is_file() and "__pycache__" not in f.parts}
    wanted |= {"Makefile", "pyproject.toml", "requirements.lock", "duv_studio.spec", "README.md", "LICENSE"}
    wanted |= {"mkdocs.yml", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"}
    assert wanted <= names


# ---- what it does ----------------------------------------------------------------------------------------------------


def test_it_is_the_installed_one(installed: Installed) -> None:
    assert installed.run("--version") == f"duv-studio {__version__}"
    code = "import duv_studio; from duv_studio.paths import resource; print(duv_studio.__file__, resource(), sep='\\n')"
    assert installed.python(code).splitlines() == [
        str(installed.package / "__init__.py"),
        str(installed.package / "resources"),
    ]


def test_the_watch_would_notice_the_checkout(installed: Installed) -> None:
    for code in (
        f"open({str(RESOURCES / 'demo' / 'demo.mid')!r}, 'rb')",
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]",
    ):
        with pytest.raises(AssertionError, match="was opened"):
            installed.python(f"{code}; import duv_studio")


def test_it_humanizes_with_the_model_that_ships(installed: Installed, tmp_path: Path) -> None:
    song, played = tmp_path / "song.mid", tmp_path / "played.mid"
    notes = [(240 * i, 240, 60 + i % 5, 80) for i in range(32)]
    song.write_bytes(build_song([TrackSpec(notes, name="Piano", program=0)]))
    report = json.loads(installed.run("humanize", song, "-o", played, "--json"))
    assert (report["model"], report["notes"]) == (DEFAULT_MODEL, 32)
    assert report["notes_changed"] > 0 and read(played).note_count == 32


def test_it_plays_and_draws_the_demo(installed: Installed, tmp_path: Path) -> None:
    installed.run("demo", "-o", tmp_path)
    assert read(tmp_path / "demo-humanized.mid").note_count > 100
    assert (tmp_path / "demo-before-after.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "demo-after.flac").read_bytes().startswith(b"fLaC")  # with the SoundFont that ships


def test_it_knows_its_adapters_models_and_recipes(installed: Installed) -> None:
    adapters = json.loads(installed.run("adapters", "--json"))["adapters"]
    files = sorted((RESOURCES / "adapters").glob("*/adapter.safetensors"))
    ships = [installed.package / "resources" / file.relative_to(RESOURCES) for file in files]
    assert sorted(fact["path"] for fact in adapters) == [str(path) for path in ships]
    code = "from duv_studio.engine.model.library import list_models as l; print(*(m.path for m in l()), sep='\\n')"
    models = [Path(line) for line in installed.python(code).splitlines()]
    names = {folder.name for folder in (RESOURCES / "models").iterdir()}
    assert {model.parent.name for model in models} == {name for name in names if name.endswith(FOR_EVERYONE)}
    assert all(model.is_relative_to(installed.package) for model in models)
    code = "from duv_studio.training.lora.recipe.load import *; print(*map(load_recipe, preset_names()))"
    assert installed.python(code).count("base_checkpoint=") == len([*(RESOURCES / "configs").glob("*_Lora.yaml")])
