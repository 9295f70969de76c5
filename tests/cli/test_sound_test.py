"""The part of the self-test that listens: it passes here, and says what does not work."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from duv_studio.cli import sound_test
from duv_studio.cli.sound_test import try_sound
from duv_studio.errors import DuvError
from duv_studio.sound import RATE, offline, wave_file
from duv_studio.sound.output import device_output
from duv_studio.sound.soundfont import find

here_is_miniaudio = pytest.mark.skipif(
    platform.machine() in ("aarch64", "ARM64"), reason="miniaudio has no wheel for this machine"
)


@here_is_miniaudio
def test_it_passes_with_a_device_or_without(tmp_path: Path) -> None:
    steps = list(try_sound(tmp_path))
    assert len(steps) == 4 and "MuseScore_General" in steps[0]
    assert soundfile.info(tmp_path / "loud.flac").frames == 4 * RATE
    assert steps[3].startswith(("there is a sound device", "nothing can be heard here: "))


def test_a_piano_that_does_not_answer_velocity_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def same(*_: object, **__: object) -> Iterator[np.ndarray]:
        yield np.full((RATE, 2), 0.1, np.float32)

    monkeypatch.setattr(offline, "render_song", same)
    with pytest.raises(DuvError, match="does not answer velocity: -20"):
        list(try_sound(tmp_path))


def test_a_missing_soundfont_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "SHIPPED", "gone.sf3")
    with pytest.raises(DuvError, match="gone"):
        next(try_sound(tmp_path))


def test_an_audio_file_that_holds_something_else_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = wave_file.write_audio
    monkeypatch.setattr(wave_file, "write_audio", lambda path, blocks: write(path, [b / 2 for b in blocks]))
    with pytest.raises(DuvError, match="does not hold what was written"):
        list(try_sound(tmp_path))


@here_is_miniaudio
def test_a_library_that_was_left_out_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_output, "_library_is_there", lambda: False)
    monkeypatch.setattr(sound_test, "_velocities", lambda *_: "")
    with pytest.raises(DuvError, match="miniaudio is missing"):
        list(try_sound(tmp_path))


@here_is_miniaudio
def test_a_process_that_takes_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_output.DeviceOutput, "play", lambda self: None)
    monkeypatch.setattr(sound_test, "_velocities", lambda *_: "")
    monkeypatch.setattr(sound_test, "_MOST_S", 0.1)
    with pytest.raises(DuvError, match="took no frame"):
        list(try_sound(tmp_path))
