"""The part of the self-test that listens: does sound come out, is loud louder than soft, can a device be played on."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from duv_studio.engine.midi.song import Performance, Song
    from duv_studio.sound.soundfont.bank import SoundFont

_VELOCITIES = (40, 80, 120)
_LEAST_DB, _MOST_DB = 2.0, 25.0  # that 40 velocities more may make
_SECONDS = 4.0  # of the demo's piano
_MOST_S = 10.0  # that a device may take to ask for frames
_WITHOUT_MINIAUDIO = ("aarch64", "ARM64")  # machines for which it has no wheels


def try_sound(folder: Path) -> Iterator[str]:
    """Render velocities, write and read audio in the folder, and try to play; DuvError where that goes wrong."""
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import shipped_soundfont

    soundfont = SoundFont.open(shipped_soundfont())
    yield f"the SoundFont is there: {soundfont.name}, {len(soundfont.presets())} presets"
    yield _velocities(soundfont, folder / "loud.flac")
    if platform.machine() not in _WITHOUT_MINIAUDIO:
        yield _silent_device()
    yield _device()


def _velocities(soundfont: SoundFont, file: Path) -> str:
    """Render the demo's piano at several velocities, the loudest into a file."""
    import numpy as np
    import soundfile

    from duv_studio.engine.midi.midi_file import read
    from duv_studio.engine.midi.song import TrackPerformance
    from duv_studio.paths import resource
    from duv_studio.sound.wave_file import write_audio

    song = read(resource("demo", "demo.mid"))
    audio = {}
    for velocity in _VELOCITIES:
        performance = tuple(
            TrackPerformance(np.full_like(track.notes.velocity, velocity), track.notes.duration)
            for track in song.tracks
        )
        audio[velocity] = _rendered(song, performance, soundfont)
    levels = [_level(some) for some in audio.values()]
    steps = np.diff(levels)
    if not all(_LEAST_DB <= step <= _MOST_DB for step in steps):
        raise DuvError(f"the piano does not answer velocity: {_decibels(levels)}", file=soundfont.path)
    write_audio(file, [audio[_VELOCITIES[-1]]])
    read_back, _ = soundfile.read(file)
    if not np.allclose(read_back, audio[_VELOCITIES[-1]], atol=2**-22):
        raise DuvError("an audio file does not hold what was written to it", file=file)
    return f"the piano sounds at {_decibels(levels)} for velocities {', '.join(map(str, _VELOCITIES))}"


def _rendered(song: Song, performance: Performance, soundfont: SoundFont) -> NDArray[np.float32]:
    import numpy as np

    from duv_studio.sound.offline import render_song

    return np.concatenate([*render_song(song, performance, soundfont, tracks=(0,), stop=_SECONDS)])


def _level(audio: NDArray[np.float32]) -> float:
    import numpy as np

    return float(10 * np.log10(np.mean(np.square(audio, dtype=float)) + 1e-12))


def _decibels(levels: list[float]) -> str:
    return ", ".join(f"{level:.1f}" for level in levels) + " dB"


def _silent_device() -> str:
    """Let the process that plays take frames for a device that is none, as every machine has one."""
    import numpy as np

    from duv_studio.sound import RATE
    from duv_studio.sound.output.device_output import DeviceOutput

    output = DeviceOutput(backends=("NULL",))
    try:
        status = output.open()
        if not status.is_ready:
            raise DuvError(status.why, hint=status.hint)
        output.ring.put(0, [np.zeros((RATE, 2), np.float32)])
        output.play()
        latest = time.monotonic() + _MOST_S
        while not output.ring.consumed:
            if time.monotonic() > latest:
                raise DuvError(f"the process that plays took no frame within {_MOST_S:.0f} s")
            time.sleep(0.01)
    finally:
        output.close()
    return "a process of its own takes sound"


def _device() -> str:
    """What becomes of sound on this machine; that it has no device is no fault."""
    from duv_studio.sound.output.device_output import DeviceOutput

    output = DeviceOutput()
    try:
        status = output.open()
    finally:
        output.close()
    return "there is a sound device" if status.is_ready else f"nothing can be heard here: {status.why}"
