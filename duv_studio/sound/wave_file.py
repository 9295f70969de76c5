"""Audio files: WAV and FLAC, written whole or not at all, and never clipped."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.atomic import explained, replaced_by
from duv_studio.errors import Cancelled, DuvError
from duv_studio.sound import RATE

Stereo = NDArray[np.float32]

_FORMATS = {".wav": "WAV", ".flac": "FLAC"}
_SUBTYPES = {16: "PCM_16", 24: "PCM_24"}
_FRAMES = 65_536  # that are written at once: libsndfile crashes on long pieces of some formats
_FRAME_BYTES = 8
_FULL_SCALE = 10 ** (-0.1 / 20)  # that a loud song is lowered to: conversions may still overshoot a little
_LONGEST_WAV = 2**32 - 4_096  # bytes: its lengths have 32 bits


@dataclass(frozen=True)
class Written:
    """What became of some audio."""

    path: Path
    frames: int
    gain: float  # dB, below 0 where it was lowered because it would have clipped


def check_audio_name(path: Path, bits: int = 24) -> None:
    """DuvError unless audio can be written under this name with so many bits a sample."""
    if path.suffix.lower() not in _FORMATS:
        raise DuvError("Audio is written as .wav or .flac", hint="end the name with .wav or .flac", file=path)
    if bits not in _SUBTYPES:
        raise DuvError(f"Audio of {bits} bits cannot be written", hint="choose 16 or 24 bits", file=path)


def write_audio(
    path: Path, blocks: Iterable[Stereo], *, bits: int = 24, cancelled: Callable[[], bool] | None = None
) -> Written:
    """Write the blocks, (n, 2) each, as WAV or FLAC by the suffix of the name, whole or not at all.

    Where the loudest sample is above full scale, all of the file is lowered to -0.1 dB: its dynamics stay, which a
    limiter would flatten. So the audio first goes to a temporary file beside it. DuvError says why a file cannot be
    written; Cancelled leaves nothing behind.
    """
    [written] = write_together([(path, blocks)], bits=bits, cancelled=cancelled)
    return written


def write_together(
    files: Sequence[tuple[Path, Iterable[Stereo]]], *, bits: int = 24, cancelled: Callable[[], bool] | None = None
) -> list[Written]:
    """The same for several files that are to be compared: all are lowered by what the loudest needs."""
    for path, _ in files:
        check_audio_name(path, bits)
    spools: list[_Spool] = []
    try:
        for path, blocks in files:
            with explained(path):
                spools.append(_Spool(path, blocks, cancelled))
        peak = max((spool.peak for spool in spools), default=0.0)
        factor = 1.0 if peak <= 1.0 else _FULL_SCALE / peak
        return [_write(spool, bits, factor, cancelled) for spool in spools]
    finally:
        for spool in spools:
            spool.close()


class _Spool:
    """Audio on the disk, as it came."""

    def __init__(self, path: Path, blocks: Iterable[Stereo], cancelled: Callable[[], bool] | None) -> None:
        self.path, self.peak, self.frames = path, 0.0, 0
        self._file: BinaryIO = _temporary_beside(path)
        try:
            for block in blocks:
                _check(cancelled)
                self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
                self.frames += len(block)
                self._file.write(np.ascontiguousarray(block, np.float32).data)
        except BaseException:
            self.close()
            raise

    def pieces(self) -> Iterator[Stereo]:
        """All of it, so much at a time as is written at once."""
        self._file.seek(0)
        while piece := self._file.read(_FRAMES * _FRAME_BYTES):
            yield np.frombuffer(piece, np.float32).reshape(-1, 2)

    def close(self) -> None:
        """Take it from the disk."""
        self._file.close()


def _temporary_beside(path: Path) -> BinaryIO:
    # Where there must be room for the file itself; the system's own place may be small.
    return cast(BinaryIO, tempfile.TemporaryFile(dir=Path(os.path.realpath(path)).parent, prefix=".duv-"))


def _write(spool: _Spool, bits: int, factor: float, cancelled: Callable[[], bool] | None) -> Written:
    import soundfile

    path, kind = spool.path, _FORMATS[spool.path.suffix.lower()]
    if kind == "WAV" and spool.frames * 2 * bits // 8 > _LONGEST_WAV:
        raise DuvError("The audio is too long for a WAV file", hint="choose .flac", file=path)
    with replaced_by(path) as file:
        try:
            with soundfile.SoundFile(file, "w", RATE, 2, _SUBTYPES[bits], format=kind) as sound:
                for piece in spool.pieces():
                    _check(cancelled)
                    sound.write(np.asarray(piece * np.float32(factor), np.float32))
        except soundfile.SoundFileError as error:
            raise OSError(f"{error}") from error
    return Written(path, spool.frames, 20 * float(np.log10(factor)))


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
