"""Songs rendered at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from duv_studio.errors import Cancelled
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.soundfont.bank import SoundFont
from tests.sound.short_song import louder, short_song

_FADE = RATE // 100


def whole(bank: SoundFont, **options: object) -> NDArray[np.float32]:
    return np.concatenate(list(render_song(short_song(), None, bank, **options)))  # type: ignore[arg-type]


def test_tracks_are_left_out_and_weighed(bank: SoundFont) -> None:
    parts = [whole(bank, tracks=[track]) for track in range(3)]
    assert all(part.any() for part in parts)
    assert np.allclose(sum(parts), whole(bank), atol=1e-6)
    assert np.allclose(parts[0] + 0.5 * parts[2], whole(bank, gain=(1, 0, 0.5)), atol=1e-6)
    assert not whole(bank, tracks=[]).any()
    with pytest.raises(ValueError, match="2 gains for 3 tracks"):
        whole(bank, gain=(1, 1))


def test_a_stretch_is_cut_out_with_short_fades(bank: SoundFont) -> None:
    audio, part = whole(bank), whole(bank, start=0.7, stop=1.9)
    first, last = round(0.7 * RATE), round(1.9 * RATE)
    assert len(part) == last - first
    assert np.array_equal(part[_FADE:-_FADE], audio[first:last][_FADE:-_FADE])
    assert abs(part[0]).max() <= abs(audio[first]).max() / 100
    assert abs(part[-1]).max() <= abs(audio[last - 1]).max() / 100
    assert len(whole(bank, start=100.0)) == 0


def test_a_loop_that_the_song_does_not_fill_keeps_its_length(bank: SoundFont) -> None:
    audio = whole(bank)
    longer, behind = whole(bank, stop=7.3), whole(bank, start=7.0, stop=8.1)
    assert len(longer) == round(7.3 * RATE)
    assert np.array_equal(longer[: len(audio)], audio)
    assert not longer[len(audio) :].any()
    assert len(behind) == round(8.1 * RATE) - 7 * RATE
    assert not behind.any()


def test_it_ends_when_all_has_died_away(bank: SoundFont) -> None:
    audio = whole(bank)
    assert audio[-RATE : -RATE // 2].any()
    assert np.abs(audio[-100:]).max() < 1e-4


def test_it_tells_how_far_it_is_and_can_be_cancelled(bank: SoundFont) -> None:
    told: list[float] = []
    whole(bank, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 10
    asked = iter([False, False, True])
    rendering = render_song(short_song(), None, bank, cancelled=lambda: next(asked))
    next(rendering)
    next(rendering)
    with pytest.raises(Cancelled):
        next(rendering)


def test_a_performance_is_heard(bank: SoundFont) -> None:
    song = short_song()
    audio = np.concatenate(list(render_song(song, louder(song), bank)))
    before = whole(bank)
    count = min(len(audio), len(before))
    assert np.abs(audio[:count]).sum() > 1.2 * np.abs(before[:count]).sum()
