"""Audio files: what is written is what was rendered, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from duv_studio.errors import Cancelled, DuvError
from duv_studio.sound import RATE
from duv_studio.sound.wave_file import write_audio, write_together

Stereo = NDArray[np.float32]


def blocks(frames: int, peak: float = 0.8, size: int = 11_025) -> list[Stereo]:
    random = np.random.default_rng(1)
    audio = random.uniform(-1, 1, (frames, 2)).astype(np.float32)
    audio *= peak / np.abs(audio).max()
    return [audio[start : start + size] for start in range(0, frames, size)]


@pytest.mark.parametrize("name", ["song.wav", "song.flac", "song.WAV"])
@pytest.mark.parametrize("bits", [16, 24])
def test_a_file_holds_the_audio(tmp_path: Path, name: str, bits: int) -> None:
    audio = blocks(200_000)
    written = write_audio(tmp_path / name, audio, bits=bits)
    read, rate = soundfile.read(tmp_path / name, dtype="float32")
    assert rate == RATE
    assert soundfile.info(tmp_path / name).subtype == f"PCM_{bits}"
    assert np.abs(read - np.concatenate(audio)).max() <= 2.0 ** (1 - bits)
    assert (written.frames, written.gain) == (200_000, 0.0)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_would_clip_is_lowered_as_a_whole(tmp_path: Path) -> None:
    audio = blocks(30_000, peak=2.0)
    written = write_audio(tmp_path / "loud.wav", audio)
    read, _ = soundfile.read(tmp_path / "loud.wav")
    assert written.gain == pytest.approx(-6.12, abs=0.01)
    assert np.abs(read).max() == pytest.approx(10 ** (-0.1 / 20), abs=1e-4)
    assert np.allclose(read, np.concatenate(audio) * 10 ** (written.gain / 20), atol=1e-6)


def test_files_that_are_compared_are_lowered_alike(tmp_path: Path) -> None:
    files = [(tmp_path / "before.flac", blocks(5_000, 0.5)), (tmp_path / "after.flac", blocks(5_000, 2.0))]
    before, after = write_together(files)
    assert before.gain == after.gain < -6
    assert np.abs(soundfile.read(before.path)[0]).max() == pytest.approx(0.25, abs=0.01)


def test_no_audio_at_all_is_a_file_of_no_length(tmp_path: Path) -> None:
    write_audio(tmp_path / "empty.wav", [])
    assert soundfile.info(tmp_path / "empty.wav").frames == 0


@pytest.mark.parametrize(
    ("name", "bits", "sentence"),
    [("song.mp3", 24, ".wav or .flac"), ("song", 24, ".wav or .flac"), ("song.wav", 32, "16 or 24 bits")],
)
def test_other_formats_are_refused(tmp_path: Path, name: str, bits: int, sentence: str) -> None:
    with pytest.raises(DuvError, match=sentence):
        write_audio(tmp_path / name, blocks(100), bits=bits)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="folder does not exist"):
        write_audio(tmp_path / "none" / "song.wav", blocks(100))
    (tmp_path / "song.wav").mkdir()
    with pytest.raises(DuvError, match="folder of that name"):
        write_audio(tmp_path / "song.wav", blocks(100))


def test_cancelled_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(b"old")
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        write_audio(path, blocks(100_000), cancelled=lambda: next(asked))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_trouble_while_rendering_leaves_what_was_there(tmp_path: Path) -> None:
    def broken() -> Iterator[Stereo]:
        yield from blocks(1000)
        raise DuvError("The SoundFont could not be read")

    with pytest.raises(DuvError, match="SoundFont"):
        write_audio(tmp_path / "song.flac", broken())
    assert not list(tmp_path.iterdir())
