"""Prints what the window costs: python -m tests.benchmarks.bench_window, from the root of the repository.

One step of the intensity slider: settings change, blend, every widget that follows, and their paint. The time from the
start of the process to the first paint, with what was imported by then. And to a full-size model that is ready, as the
window loads it in the background.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtWidgets import QApplication

from duv_studio.engine.performance.sampling import draw
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.preferences import Preferences
from tests.benchmarks.bench_render import band
from tests.songs import predict

STEPS = 60
SIZES = ((2_000, 8), (10_000, 1), (10_000, 16), (50_000, 16))
VIEWS = ("view_after", "view_both", "view_difference")

_START = """
import sys, time
from PySide6.QtCore import QTimer
from duv_studio.ui.app.startup import run
from duv_studio.ui.app.main_window import MainWindow

def start(window):
    heavy = [name for name in ("torch", "scipy", "peft", "pyqtgraph") if name in sys.modules]
    print(time.time(), time.process_time(), ",".join(heavy) or "none of torch, scipy, peft, pyqtgraph")
    QTimer.singleShot(0, window.close)

MainWindow.start = start
sys.exit(run([]))
"""

_READY = """
import sys, time
from duv_studio.engine import Humanizer
precision = Humanizer(sys.argv[1]).precision
print(time.time(), time.process_time(), precision)
"""


def main() -> None:
    """Print everything."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["DUV_STUDIO_HOME"] = home
        first_paint()
        model_ready()
        print(
            f"{'notes':>7} {'tracks':>6} {'view':>16} {'median ms':>10} {'95 % ms':>8} {'CPU ms':>7} {'fps by CPU':>11}"
        )
        for size, tracks in SIZES:
            for view in VIEWS:
                wall, worst, cpu = intensity_steps(size, tracks, view)
                print(f"{size:7d} {tracks:6d} {view:>16} {wall:10.1f} {worst:8.1f} {cpu:7.1f} {1000 / cpu:11.0f}")


def first_paint() -> None:
    """Start the program three times; the first start may read from a cold disk."""
    for _ in range(3):
        begin = time.time()
        done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True)
        painted, cpu, imported = done.stdout.split(maxsplit=2)
        print(f"first paint after {float(painted) - begin:.2f} s, {float(cpu):.2f} s CPU; imported: {imported.strip()}")


def model_ready() -> None:
    """Load a model of the full size four times, the first time with the choice of its number format."""
    from tests.benchmarks.random_models import write_model

    with tempfile.TemporaryDirectory() as folder:
        path = write_model("full", Path(folder))
        environment = {**os.environ, "DUV_STUDIO_HOME": folder}
        for start in ("first start, measures formats", "later", "later", "later"):
            begin = time.time()
            command = [sys.executable, "-c", _READY, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            ready, cpu, precision = done.stdout.split()
            size = f"{path.stat().st_size / 1e6:.1f} MB"
            print(f"model of {size} ready after {float(ready) - begin:.2f} s, {cpu:.4} s CPU, {precision} ({start})")


def intensity_steps(size: int, tracks: int, view: str) -> tuple[float, float, float]:
    """Return median and 95th percentile of the wall time of one step, and its mean processor time, in ms."""
    app, window = make_application(), open_window(size, tracks)
    window.commands[view].trigger()
    shares = np.tile(np.r_[np.linspace(0.9, 0.1, STEPS // 2), np.linspace(0.1, 0.9, STEPS // 2)], 1)
    step(app, window, 0.5)
    walls, cpu = [], time.process_time()
    for share in shares:
        begin = time.perf_counter()
        step(app, window, float(share))
        walls.append(time.perf_counter() - begin)
    cpu = time.process_time() - cpu
    window.close()
    window.deleteLater()
    return float(np.median(walls)) * 1e3, float(np.percentile(walls, 95)) * 1e3, cpu / len(walls) * 1e3


def step(app: QApplication, window: MainWindow, intensity: float) -> None:
    """What one move of the slider does, up to the pixels."""
    window.document.change("Intensity", "intensity", intensity=round(intensity, 3))
    window.document.settle()
    app.processEvents()


def open_window(size: int, tracks: int) -> MainWindow:
    """Return a window of 1280 x 720 with a song whose performance is there."""
    window = MainWindow(Preferences(Path(os.environ["DUV_STUDIO_HOME"]) / "window.ini"))
    window.resize(1280, 720)
    window.show()
    document, song = window.document, band(size, tracks)
    document.set_song(song)
    document.add_prediction(document.missing_readings(), predict(song))
    document.set_draw(document.wanted_draw, draw(song, document.prediction, seed=0, variation=0.5))
    document.settle()
    return window


if __name__ == "__main__":
    main()
