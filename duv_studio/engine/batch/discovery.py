"""Which files a batch reads: the MIDI files of folders and the folders below, and files that are named."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duv_studio.engine.batch.output_guard import Identity, check_target, folded, identity
from duv_studio.engine.midi import APPLE_DOUBLE, MIDI_SUFFIXES, is_apple_double
from duv_studio.engine.midi.midi_file import LARGEST_FILE
from duv_studio.errors import Cancelled, DuvError

_NO_TEXT = "The name holds bytes that are no text; rename it"


@dataclass(frozen=True)
class SourceFile:
    """A file to be read, or with the reason in `why` one that cannot be, or a folder that could not be looked into.

    With `skipped` the reason is no mistake: there is nothing in the file to be read.
    """

    name: str  # where its result belongs below the target, with slashes
    path: Path
    size: int = 0
    mtime_ns: int = 0
    identity: Identity | None = None
    why: str = ""
    skipped: bool = False


def list_files(
    sources: Sequence[Path],
    target: Path,
    *,
    into_input: bool = False,
    cancelled: Callable[[], bool] | None = None,
    found: Callable[[int], None] | None = None,
) -> list[SourceFile]:
    """Every MIDI file of `sources` in the order of their names, without those in the target.

    The tree of a single folder is kept as it is, of several sources each has its own name on top. Links to files are
    read; a link to a folder is followed where that folder is not listed anyway. DuvError when a source is missing, when
    there is no MIDI file at all, and when `target` may not be written to (`check_target`). Raises Cancelled. `found` is
    told with every file how many there are so far.
    """
    sources = list(dict.fromkeys(Path(os.path.abspath(source)) for source in sources))
    check_target(sources, target, into_input=into_input)
    walk = _Walk(target, cancelled or (lambda: False), found or (lambda files: None))
    for source, top in zip(sources, _tops(sources), strict=True):
        walk.add(source, top)
    walk.follow_links()
    if all(file.skipped for file in walk.found):
        raise DuvError(
            "There are no MIDI files", hint=f"their names end in {', '.join(MIDI_SUFFIXES)}", file=sources[0]
        )
    return sorted(walk.found, key=lambda file: file.name.split("/"))


def _tops(sources: Sequence[Path]) -> Iterator[str]:
    """Under which name each source's tree goes: none for a single folder."""
    if len(sources) == 1 and sources[0].is_dir():
        yield ""
        return
    taken: set[str] = set()
    for source in sources:
        name, number = source.name or "root", 1
        free = name
        while folded(free) in taken:
            number += 1
            free = numbered(name, number)
        taken.add(folded(free))
        yield free


def numbered(name: str, number: int) -> str:
    """The name of another file: "song (2).mid"."""
    folder, slash, last = name.rpartition("/")
    stem, ending = os.path.splitext(last)
    return f"{folder}{slash}{stem} ({number}){ending}"


class _Walk:
    """Looks into every folder once: first into those that stand there themselves, then where links lead."""

    def __init__(self, target: Path, cancelled: Callable[[], bool], on_event: Callable[[int], None]) -> None:
        self.found: list[SourceFile] = []
        self._cancelled, self._tell = cancelled, on_event
        self._seen: set[Identity] = set()
        self._links: list[tuple[str, str]] = []
        self._pass_over(target)

    def add(self, source: Path, top: str) -> None:
        """A folder or a file that was named."""
        if not source.is_dir():
            self._file(str(source), top)
            return
        for folder in source.resolve().parents:
            self._pass_over(folder)  # a link to a folder around it would be a loop
        self._pass_over(source)
        self._folder(str(source), top)

    def follow_links(self) -> None:
        """Look into the folders that links lead to and that nothing else led to."""
        while self._links:
            links, self._links = sorted(self._links, key=lambda link: link[1].split("/")), []
            for path, name in links:
                self._enter(path, name)

    def _pass_over(self, folder: Path) -> None:
        known = identity(folder)
        if known is not None:
            self._seen.add(known)

    def _enter(self, path: str, name: str) -> None:
        known = identity(path)
        if known is not None and known not in self._seen:
            self._seen.add(known)
            self._folder(path, name)

    def _folder(self, path: str, name: str) -> None:
        # A list of folders, not calls in calls: a tree may be deeper than Python's stack.
        waiting = [(path, name)]
        while waiting:
            path, name = waiting.pop()
            if self._cancelled():
                raise Cancelled
            for entry in self._entries(path, name):
                below = f"{name}/{entry.name}" if name else entry.name
                if not _is_text(entry.name):
                    self._odd_name(entry, below)
                elif not _leads_to_folder(entry):
                    if entry.name.lower().endswith(MIDI_SUFFIXES):
                        self._found_in_folder(entry, below)
                elif _is_link(entry):
                    self._links.append((entry.path, below))
                elif (known := identity(entry.path)) not in self._seen:
                    if known is not None:
                        self._seen.add(known)
                    waiting.append((entry.path, below))

    def _entries(self, path: str, name: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._cannot(f"{name or Path(path).name}/", path, f"The folder cannot be read: {error.strerror or error}")
            return []

    def _odd_name(self, entry: os.DirEntry[str], below: str) -> None:
        if _leads_to_folder(entry) or entry.name.lower().endswith(MIDI_SUFFIXES):
            self._cannot(below, entry.path, _NO_TEXT)

    def _found_in_folder(self, entry: os.DirEntry[str], name: str) -> None:
        if is_apple_double(entry.name):
            self.found.append(SourceFile(name, Path(entry.path), why=APPLE_DOUBLE, skipped=True))
        else:
            self._file(entry.path, name)

    def _file(self, path: str, name: str) -> None:
        try:
            state = os.stat(path)
        except (OSError, ValueError) as error:
            link = os.path.islink(path)
            reason = getattr(error, "strerror", None) or error
            self._cannot(name, path, "The link leads nowhere" if link else f"The file cannot be read: {reason}")
            return
        if not stat.S_ISREG(state.st_mode):
            self._cannot(name, path, "This is a device, not a file")
        elif state.st_size > LARGEST_FILE:
            self._cannot(name, path, f"The file is larger than {LARGEST_FILE >> 20} MB")
        else:
            known = (state.st_dev, state.st_ino)
            self.found.append(SourceFile(name, Path(path), state.st_size, state.st_mtime_ns, known))
            self._tell(len(self.found))

    def _cannot(self, name: str, path: str, why: str) -> None:
        shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self.found.append(SourceFile(shown, Path(path), why=why))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or entry.is_junction() if hasattr(entry, "is_junction") else entry.is_symlink()


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
