"""What goes into the program and what stays out; duv_studio.spec asks, docs/app.md tells why."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

Entry = tuple[str, str, str]  # name in the program, file, PyInstaller's kind of it
Imports = Callable[[str], Iterable[tuple[str, str | None]]]  # libraries that a file is linked to

# Of transformers, which only peft imports, the models that peft names when it is loaded. Its 500 others stay out.
MODELS_OF_PEFT = ("auto", "bloom", "encoder_decoder")
EXCLUDES = (
    # Development, evaluation's extra, and logs that no window shows.
    *("IPython", "hypothesis", "pyloudnorm", "matplotlib", "mpl_toolkits", "sklearn", "tensorboard"),
    *("_pytest", "mypy", "pytest", "ruff", "setuptools"),
    # A library under the GPL, for prompts that this program does not have.
    "readline",
    # MIDI ports: its wheel brings libraries of JACK's whose licence asks for more (Berkeley DB).
    "rtmidi2",
    # Other machines play with an installed package, not with this folder.
    *("dask", "distributed"),
    # transformers and torch's exporters name these where they are installed; nothing here gets to them.
    *("PIL", "aiohttp", "datasets", "google", "grpc", "hf_xet", "networkx", "pandas", "tensorflow", "tkinter"),
    # Qt modules that pyqtgraph tries to import and does without.
    *("PySide6.QtNetwork", "PySide6.QtTest"),
    *("pyqtgraph.examples", "pyqtgraph.opengl", "scipy.io", "torch.utils.tensorboard"),
)
# Beside the bytecode of torch lie its sources, for it reads some of them; these parts of it do not, but for their
# configurations.
_NOT_READ = ("torch._dynamo", "torch._functorch", "torch._inductor", "torch.ao", "torch.onnx", "torch.testing")
_READ = ("torch._dynamo.config", "torch._functorch.config", "torch._inductor.config", "torch._inductor.config_comms")
COLLECTION_MODES = dict.fromkeys(_NOT_READ, "pyz") | dict.fromkeys(_READ, "pyz+py")

_CODE = ("BINARY", "EXTENSION")
_RESOURCES = "duv_studio/resources/"
_LEFT_OUT = re.compile(
    # A SoundFont under the GPL, which this program does not use.
    r"pretty_midi/.*\.sf2"
    # Pictures of cards; recipes of experiments.
    rf"|{_RESOURCES}.*/pictures/.*|{_RESOURCES}configs/ablations/.*"
    # torch's own tests and compilers. Its shared memory needs torch_shm_manager.
    r"|torch/(bin/(?!torch_shm_manager).*|test/.*|include/.*|share/.*|testing/.*\.so)"
    r"|torch/lib/lib(aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)\..*|libcudart\.so.*"
    # Qt speaks the program's own words, which are English; and no plugins for what the program does not do.
    r"|PySide6/(Qt/)?(qml|translations)/.*"
    r"|PySide6/(Qt/)?plugins/(egldeviceintegrations|generic|networkinformation|printsupport|qmltooling|sqldrivers|tls)/.*"
    r"|PySide6/(Qt/)?plugins/platforms/libq(eglfs|linuxfb|minimalegl|vkkhrdisplay|vnc)\.so"
    r"|PySide6/(Qt/)?plugins/(platformthemes/libqgtk3|platforminputcontexts/libqtvirtualkeyboardplugin)\.so"
    r"|PySide6/(Qt/)?plugins/imageformats/(lib)?q(gif|icns|ico|jpeg|pdf|tga|tiff|wbmp|webp)\..*"
    # What only says that a package is there that is not.
    r"|(hf_xet|hypothesis|pillow|protobuf|pytest[_a-z]*|scikit_learn|tensorboard)-[^/]*\.dist-info(/.*)?"
)


def excludes() -> list[str]:
    """Modules that PyInstaller is not to follow."""
    found = find_spec("transformers")
    folder = Path(str(found.origin)).parent / "models" if found else Path("none")
    others = sorted(path.parent.name for path in folder.glob("*/__init__.py") if path.parent.name not in MODELS_OF_PEFT)
    return [*EXCLUDES, *(f"transformers.models.{name}" for name in others)]


def ships(name: str) -> bool:
    """Whether a file goes into the program, by its name there."""
    name = name.replace("\\", "/")
    return not _LEFT_OUT.fullmatch(name) and _may_be_shared(PurePosixPath(name))


def _may_be_shared(path: PurePosixPath) -> bool:
    # Of the models only those whose licences let everyone use them: their names say so, and pyproject.toml does alike.
    is_model = str(path).startswith(f"{_RESOURCES}models/") and len(path.parts) > 4
    return not is_model or path.parts[3].endswith(("-open", "-open-v1"))


def without_orphans(entries: Sequence[Entry], imports: Imports) -> list[Entry]:
    """The entries that ship, without libraries that only those need that do not, and without links to either."""
    kept, dropped = [e for e in entries if ships(e[0])], [e for e in entries if not ships(e[0])]
    files = {Path(name).name: file for name, file, kind in entries if kind in _CODE}
    candidates = _needed(dropped, files, imports)
    # A library is looked for from whatever is kept but no candidate itself; all others are roots of their own.
    orphans = candidates - _needed([e for e in kept if _base(e) not in candidates], files, imports)
    gone = orphans | {_base(e) for e in dropped}
    return [e for e in kept if _base(e) not in (gone if e[2] == "SYMLINK" else orphans)]


def _needed(entries: Iterable[Entry], files: dict[str, str], imports: Imports) -> set[str]:
    """Names of the libraries among `files` that the entries are linked to, by way of others too."""
    found: set[str] = set()
    waiting = [file for _, file, kind in entries if kind in _CODE]
    while waiting:
        names = {Path(name).name for name, _ in imports(waiting.pop())} & files.keys()
        waiting += [files[name] for name in names - found]
        found |= names
    return found


def _base(entry: Entry) -> str:
    return Path(entry[0]).name


def stripped(entry: Entry, folder: Path) -> Entry:
    """The entry of a large library with a copy of it in `folder` that holds no names for debuggers."""
    # Only these: wheels that were repaired hold libraries which `strip` breaks, such as OpenBLAS of numpy and scipy.
    name, file, kind = entry
    is_large = re.fullmatch(r"torch/lib/libtorch_(cpu|python)\.so|libpython3[.\d]*\.so[.\d]*", name)
    if not (is_large and sys.platform.startswith("linux") and shutil.which("strip")):
        return entry
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / Path(name).name
    subprocess.run(["strip", "--strip-unneeded", "-o", str(copy), file], check=True)
    return name, str(copy), kind
