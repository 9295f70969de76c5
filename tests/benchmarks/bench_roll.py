"""How long a frame of the canvas takes: python -m tests.benchmarks.bench_roll

A frame is what a step of the intensity slider costs: set_performance() on the whole view, then the repaint that Qt
makes of it. Printed are wall and CPU milliseconds: least, median, 99th percentile; on a busy machine believe the CPU.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from duv_studio.ui.style.apply import apply_theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtWidgets import QApplication

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.ui.canvas.editor_view import EditorView, LaneMode, ViewMode
from tests.midi_builder import TrackSpec, build_song

SIZE = (1600, 900)
FRAMES = 120


def dense_song(notes: int, tracks: int = 5) -> Song:
    """A song of `notes` notes, 60 ticks apart on every track, of an eighth to a quarter."""
    rng = np.random.default_rng(0)
    specs = []
    for track in range(tracks):
        count = notes // tracks
        columns = (
            np.arange(count) * 60,
            rng.integers(240, 480, count),
            np.clip(rng.normal(60, 14, count), 21, 108).astype(int),
            rng.integers(60, 100, count),
        )
        specs.append(TrackSpec(list(zip(*(c.tolist() for c in columns), strict=True)), track, f"Track {track}"))
    return midi_file.parse(build_song(specs), "bench.mid")


def performances(song: Song, count: int = 16) -> list[Performance]:
    """What a slider goes through: the file's own values, and ever stronger changes."""
    rng = np.random.default_rng(1)
    target = [(rng.normal(0, 18, len(t.notes)), rng.normal(-0.2, 0.3, len(t.notes))) for t in song.tracks]
    made = []
    for amount in np.linspace(0.0, 1.0, count):
        parts = []
        for track, (change, ratio) in zip(song.tracks, target, strict=True):
            velocity = np.clip(np.rint(track.notes.velocity + amount * change), 1, 127).astype(np.int64)
            duration = np.maximum(1, np.rint(track.notes.duration * 2 ** (amount * ratio))).astype(np.int64)
            parts.append(TrackPerformance(velocity, duration))
        made.append(tuple(parts))
    return made


def measure(name: str, frame: Callable[[int], None]) -> None:
    """Run and print; the first frames fill caches and are not counted."""
    for step in range(5):
        frame(step)
    wall, cpu = np.empty(FRAMES), np.empty(FRAMES)
    for step in range(FRAMES):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        frame(step)
        wall[step], cpu[step] = time.perf_counter() - wall_start, time.process_time() - cpu_start
    figures = ("".join(f"{f * 1e3:8.2f}" for f in (t.min(), np.median(t), np.percentile(t, 99))) for t in (wall, cpu))
    print(f"{name:52s} {next(figures)}  {next(figures)}")


def view_of(song: Song, size: tuple[int, int] = SIZE) -> EditorView:
    """A view as the window has it."""
    view = EditorView()
    view.resize(*size)
    view.show()
    QApplication.processEvents()
    view.set_song(song)
    return view


def bench_slider(
    notes: int, mode: ViewMode = ViewMode.BOTH, lane: LaneMode = LaneMode.VELOCITY, marked: str = ""
) -> None:
    song = dense_song(notes)
    steps = performances(song)
    view = view_of(song)
    view.set_view_mode(mode)
    view.set_lane_mode(lane)
    if "locked" in marked:
        view.set_locked({t.key: frozenset(range(len(t.notes))) for t in song.tracks})
    if "selected" in marked:
        view.pick_all()

    def frame(step: int) -> None:
        view.set_performance(steps[step % len(steps)])
        QApplication.processEvents()

    measure(f"set_performance, {notes:,} visible, {mode}, {marked or lane}", frame)
    view.close()


def bench_scroll(notes: int, zoom: float) -> None:
    song = dense_song(notes)
    view = view_of(song)
    view.set_performance(performances(song, 2)[1])
    canvas = view.canvas
    canvas.set_viewport(canvas.scene.viewport.zoomed(zoom, 0.0))

    def frame(step: int) -> None:
        canvas.set_viewport(canvas.scene.viewport.scrolled(24.0, 0.0))
        QApplication.processEvents()

    measure(f"scroll, {notes:,} notes, zoom {zoom:g}", frame)
    view.close()


def bench_fit(notes: int) -> None:
    song = dense_song(notes)
    view = view_of(song)
    view.set_performance(performances(song, 2)[1])
    canvas = view.canvas

    def frame(step: int) -> None:
        view.fit()
        if step % 2:  # every second frame from elsewhere, or there would be nothing to paint
            canvas.set_viewport(canvas.scene.viewport.zoomed(1.001, 400.0))
        QApplication.processEvents()

    measure(f"fit, {notes:,} notes", frame)
    view.close()


def main() -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    print(f"{SIZE[0]} x {SIZE[1]}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'ms a frame: wall least, median, p99; CPU the same':52s}")
    for mode in ViewMode:
        bench_slider(10_000, mode)
    bench_slider(10_000, lane=LaneMode.BOTH)
    for marked in ("locked", "selected", "locked and selected"):
        bench_slider(10_000, marked=marked)
    bench_slider(200_000)
    bench_fit(200_000)
    bench_scroll(10_000, 8.0)
    bench_scroll(200_000, 100.0)


if __name__ == "__main__":
    main()
