"""A SoundFont file: its presets by bank and program, with what plays instead where one is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError
from duv_studio.sound.soundfont.generators import Gen
from duv_studio.sound.soundfont.preset import Preset, PresetName, regions
from duv_studio.sound.soundfont.records import Tables, read_tables, text
from duv_studio.sound.soundfont.riff import Chunk, chunks, top_chunk
from duv_studio.sound.soundfont.samples import Frames, Sample, Samples
from duv_studio.sound.soundfont.zones import Zone, zones

DRUMS = 128  # the bank of drum kits
_FAMILY = 8  # General MIDI has 16 families of eight programs


@dataclass(frozen=True)
class _Parts:
    """What `open` found in the file."""

    name: str
    tables: Tables
    samples: Samples


class SoundFont:
    """A bank of sounds. Immutable and thread-safe; presets are worked out and samples decoded when first asked for."""

    def __init__(self, path: Path, parts: _Parts) -> None:
        self.path = path
        self.name = parts.name or path.stem
        self._tables = parts.tables
        self._samples = parts.samples
        self._names = _preset_names(parts.tables)
        self._lock = Lock()
        self._presets: dict[int, Preset] = {}
        self._instruments: dict[int, Sequence[Zone]] = {}

    @classmethod
    def open(cls, path: Path) -> SoundFont:
        """Read what presets there are, of an SF2 or SF3 file. DuvError names the file and what is wrong."""
        with open_regular(path, "SoundFont") as file:
            try:
                size = file.seek(0, 2)
                found = _parts(path, file, size)
            except OSError as error:
                raise _unusable(path, f"cannot be read: {error.strerror or error}") from error
        if isinstance(found, str):
            raise _unusable(path, found)
        soundfont = cls(path, found)
        if not soundfont._names:
            raise _unusable(path, "holds no presets")
        return soundfont

    def presets(self) -> tuple[PresetName, ...]:
        """All presets, by bank and program."""
        return tuple(sorted((name for _, name in self._names.values()), key=lambda name: (name.bank, name.program)))

    def preset(self, bank: int, program: int) -> Preset | None:
        """The preset of a program, or what comes nearest; None where the file has no drums, or nothing but drums.

        Instead of a missing kit kit 0 plays, or the first there is. Instead of another program that of bank 0, then the
        first of its General MIDI family there, then program 0, then the first there is.
        """
        index = self._index(bank, program)
        return None if index is None else self._preset(index)

    def frames(self, sample: Sample, needed: int | None = None) -> Frames:
        """Frames of a sample, int16, at its own rate, at least the first `needed` of them if it has so many.

        DuvError where the file cannot be read any more.
        """
        return self._samples.frames(sample, needed)

    def length(self, sample: Sample) -> int:
        """How many frames a sample has, as it says itself; cheap. DuvError as `frames`."""
        return self._samples.length(sample)

    def _index(self, bank: int, program: int) -> int | None:
        known = self._names
        if bank == DRUMS:
            tried = [(DRUMS, program), (DRUMS, 0)]
        else:
            first = program // _FAMILY * _FAMILY
            tried = [(bank, program), (0, program), *((0, first + other) for other in range(_FAMILY)), (0, 0)]
        for place in tried:
            if place in known:
                return known[place][0]
        rest = sorted(place for place in known if (place[0] == DRUMS) == (bank == DRUMS))
        return known[rest[0]][0] if rest else None

    def _preset(self, index: int) -> Preset:
        with self._lock:
            if index not in self._presets:
                header = self._tables.presets.headers[index]
                name = PresetName(int(header["bank"]), int(header["program"]), text(bytes(header["name"])))
                outer = zones(self._tables.presets, index, Gen.INSTRUMENT)
                self._presets[index] = Preset(name, regions(outer, self._instrument, self._samples.sample))
            return self._presets[index]

    def _instrument(self, index: int) -> Sequence[Zone]:
        if index not in self._instruments:
            self._instruments[index] = zones(self._tables.instruments, index, Gen.SAMPLE)
        return self._instruments[index]


def _preset_names(tables: Tables) -> dict[tuple[int, int], tuple[int, PresetName]]:
    """Index and name by bank and program. Of two at one place the first counts, as players have it."""
    found: dict[tuple[int, int], tuple[int, PresetName]] = {}
    for index, header in enumerate(tables.presets.headers[:-1]):  # the last only ends the list
        name = PresetName(int(header["bank"]), int(header["program"]), text(bytes(header["name"])))
        found.setdefault((name.bank, name.program), (index, name))
    return found


def _parts(path: Path, file: BinaryIO, size: int) -> _Parts | str:
    """The parts of the file, or what is wrong with it."""
    top = top_chunk(file, size)
    if top is None or top.name != b"sfbk":
        return "is no SoundFont"
    lists = {chunk.name: chunk for chunk in chunks(file, top)}
    if b"sdta" not in lists or b"pdta" not in lists:
        return "is cut off or damaged: its samples or its presets are missing"
    smpl = next((chunk for chunk in chunks(file, lists[b"sdta"]) if chunk.name == b"smpl"), None)
    if smpl is None:
        return "holds no samples"
    tables = read_tables(file, lists[b"pdta"])
    if isinstance(tables, str):
        return f"is cut off or damaged: its table {tables} is missing"
    name = _name(file, lists.get(b"INFO"))
    return _Parts(name, tables, Samples(path, tables.samples, smpl))


def _name(file: BinaryIO, info: Chunk | None) -> str:
    found = next((chunk for chunk in chunks(file, info) if chunk.name == b"INAM"), None) if info else None
    if found is None:
        return ""
    file.seek(found.start)
    return text(file.read(min(found.stop - found.start, 256)))


def _unusable(path: Path, message: str) -> DuvError:
    return DuvError(message, hint="choose another .sf2 or .sf3 file", file=path)
