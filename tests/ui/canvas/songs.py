"""Songs, performances and scenes that the canvas tests look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage, QPainter

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.engine.music.selection import TrackSelection
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport
from tests.midi_builder import NoteTuple, TrackSpec, build_song
from tests.songs import make_song, make_track

PPQ = 480


def song_of(
    *tracks: Sequence[NoteTuple], signatures: Sequence[tuple[int, int, int]] = (), names: str = "ABCDEF"
) -> Song:
    specs = [TrackSpec(list(notes), channel, names[channel]) for channel, notes in enumerate(tracks)]
    return midi_file.parse(build_song(specs, ppq=PPQ, signatures=signatures), "test.mid")


def random_song(count: int, tracks: int = 3, seed: int = 0) -> Song:
    if count == 0:  # the reader refuses such files, but a song may come from elsewhere
        return make_song(*(make_track([], index=i) for i in range(tracks)))
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(tracks):
        onset = np.sort(rng.integers(0, count * 40 + 1, count))
        # Mostly short notes, some that last for most of the song, some of no length at all.
        duration = np.where(
            rng.random(count) < 0.05, rng.integers(0, count * 40 + 1, count), rng.integers(0, 600, count)
        )
        pitch, velocity = rng.integers(20, 100, count), rng.integers(1, 128, count)
        made.append(list(zip(*(a.tolist() for a in (onset, duration, pitch, velocity)), strict=True)))
    return song_of(*made)


def changed(song: Song, velocity: int = 0, ratio: float = 1.0) -> Performance:
    return tuple(
        TrackPerformance(
            np.clip(t.notes.velocity + velocity, 1, 127), np.rint(t.notes.duration * ratio).astype(np.int64)
        )
        for t in song.tracks
    )


def selection_of(song: Song, excluded: Sequence[int] = ()) -> tuple[TrackSelection, ...]:
    return tuple(
        TrackSelection(
            t.index not in excluded,
            'excluded by "B"',
            np.zeros(len(t.notes), dtype=bool),
            "",
            np.zeros(len(t.notes), bool),
        )
        for t in song.tracks
    )


def scene_of(song: Song, width: float = 480, height: float = 200, **changes: object) -> Scene:
    """The song in a view in which a pixel is 10 ticks, a key is 10 pixels high and key 69 is the uppermost."""
    view = Viewport(width, height).showing(max(song.end_tick, int(width * 10)), PPQ, 50, 69)
    view = replace(view, left=0.0, ticks_per_px=10.0, top=70.0, key_px=10.0)
    return replace(Scene().with_song(song), viewport=view, **changes)  # type: ignore[arg-type]


def key_middle(pitch: int) -> int:
    """The y of the middle of a key's row in `scene_of`."""
    return (69 - pitch) * 10 + 4


def painted(scene: Scene, paint: object, height: int | None = None, dpr: float = 1.0) -> QImage:
    """What a painter object makes of a scene; `height` for the lane."""
    view = scene.viewport
    size = (round(view.width * dpr), round((height or view.height) * dpr))
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    arguments = (painter, scene, dpr) if height is None else (painter, scene, height, dpr)
    paint.paint(*arguments)  # type: ignore[attr-defined]
    painter.end()
    return image
