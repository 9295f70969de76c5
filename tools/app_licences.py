"""The licences of all that goes into the program, as files that travel with it; duv_studio.spec asks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

from tools.app_parts import Entry

FOLDER = "licenses"
_ROOT = Path(__file__).resolve().parents[1]
_TEXT = re.compile(r"[^/]+\.dist-info/(licen[cs]es/.+|(licen[cs]e|copying|notice|authors)[^/]*)", re.IGNORECASE)
# Of what a package brings along, such as the library inside soundfile.
_INNER_TEXT = re.compile(
    r"(?!.*\.dist-info/)(.+/)(licen[cs]e|copying|copyright|notice)[^/]*(?<!\.py)(?<!\.pyc)", re.IGNORECASE
)
# Where Debian says what a package is, and keeps the texts that it names there instead of repeating them.
SYSTEM_DOCS, COMMON = Path("/usr/share/doc"), "/usr/share/common-licenses/"


def licences(entries: Iterable[Entry]) -> list[Entry]:
    """What to add to a program of these entries: modules, libraries and data."""
    entries = list(entries)
    owners = _owners()
    found = {dist.name: dist for name, file, kind in entries for dist in _owning(file, owners)}
    libraries = [f for _, f, kind in entries if kind in ("BINARY", "EXTENSION") and not _owning(f, owners)]
    return [
        *_own(),
        *_python(),
        *(entry for name in sorted(found) for entry in of_distribution(found[name])),
        *_of_system(libraries),
    ]


def _own() -> Iterator[Entry]:
    yield _entry("duv-studio/LICENSE", _ROOT / "LICENSE")
    for text in sorted((_ROOT / "tools" / "licenses").iterdir()):
        yield _entry(text.name, text)


def _python() -> Iterator[Entry]:
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    yield from (_entry("python/LICENSE.txt", text) for text in texts[:1])


def _owners() -> dict[str, list[Distribution]]:
    """Installed packages by the files and folders that they have in site-packages."""
    found: dict[str, list[Distribution]] = {}
    for dist in distributions():
        root = os.path.realpath(str(dist.locate_file("")))
        for top in {path.partition("/")[0] for path in _files(dist)} - {"..", "__pycache__"}:
            found.setdefault(os.path.join(root, top), []).append(dist)
    return found


def _files(dist: Distribution) -> list[str]:
    # Not dist.files, which looks for each on the disk: that takes a minute.
    return [line.rsplit(",", 2)[0].strip('"') for line in (dist.read_text("RECORD") or "").splitlines()]


def _owning(file: str, owners: dict[str, list[Distribution]]) -> list[Distribution]:
    path = Path(os.path.realpath(file))
    return next((owners[str(place)] for place in (path, *path.parents) if str(place) in owners), [])


def of_distribution(dist: Distribution) -> Iterator[Entry]:
    """The licences in a package, or what it says of itself where it brings none."""
    files = _files(dist)
    texts = [name for name in files if _TEXT.fullmatch(name)]
    texts = texts or [name for name in files if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    for name in [*texts, *(name for name in files if _INNER_TEXT.fullmatch(name))]:
        path = PurePosixPath(name)
        inner = path.relative_to(path.parts[0]) if name in texts else path
        yield _entry(f"{dist.name}-{dist.version}/{inner}", Path(str(dist.locate_file(name))))


def _of_system(libraries: list[str]) -> Iterator[Entry]:
    """What Debian says of packages whose libraries were taken, and the texts that it names."""
    common: set[str] = set()
    for package in _packages(libraries):
        text = SYSTEM_DOCS / package / "copyright"
        if text.is_file():
            yield _entry(f"system/{package}/copyright", text)
            common |= set(re.findall(COMMON + r"([\w.-]*\w)", text.read_text(encoding="utf-8", errors="replace")))
    for name in sorted(common):
        if Path(COMMON, name).is_file():
            yield _entry(f"system/common-licenses/{name}", Path(COMMON, name))


def _packages(libraries: list[str]) -> list[str]:
    if not libraries or not shutil.which("dpkg-query"):
        return []
    # dpkg knows a library by the path under which it was packed: with /usr or, from before /lib was a link, without.
    real = {os.path.realpath(file) for file in libraries}
    paths = sorted(real | {file.removeprefix("/usr") for file in real})
    done = subprocess.run(["dpkg-query", "-S", *paths], capture_output=True, text=True, check=False)
    owners = [line.rpartition(": ")[0] for line in done.stdout.splitlines()]
    return sorted({name.partition(":")[0] for names in owners for name in names.split(", ")})


def _entry(name: str, file: Path) -> Entry:
    return f"{FOLDER}/{name}", str(file), "DATA"
