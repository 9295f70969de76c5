"""Prints what a training costs the window: python -m tests.benchmarks.bench_training_window, from the root.

How late a timer of 10 ms is while the run page shows a real training, the imports of the first seconds included, and
how often news arrive; the repaint of plots of up to 100,000 points; and what 50 starts and stops leave behind. Each
training has a process of its own, in which nothing was imported before it began.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from duv_studio.ui.app.startup import make_application

TICK_MS = 10
SIZES = (1_000, 10_000, 100_000)
REPAINTS, STARTS = 40, 50
LONGEST_S = 240.0
SHAPES = {"tiny": 1_200, "lite": 60, "full": 60}  # steps of each training

_PREPARE = """
import sys
from pathlib import Path
from tests.benchmarks.bench_training_window import SHAPES
from tests.benchmarks.random_models import write_model
from tests.lora_runs import TRAINER, Run, rule_tracks, write_base, write_manifest
from duv_studio.engine.model.library import MODEL_FILE

for name, steps in SHAPES.items():
    folder = Path(sys.argv[1]) / name
    folder.mkdir()
    base = write_base(folder / "tiny.safetensors") if name == "tiny" else write_model(name, folder)
    base = base / MODEL_FILE if base.is_dir() else base
    manifest = write_manifest(folder / "guitar.jsonl", rule_tracks(notes=384))
    trainer = TRAINER | {"epochs": 2, "min_steps": steps, "max_len": 64 if name == "tiny" else 256}
    run = Run(folder, {"base_checkpoint": str(base), "manifest": str(manifest), "trainer": trainer})
    run.changed(output_dir=str(run.output)).config
"""


def main() -> None:
    """Print everything, or as a process of its own one part of it."""
    if len(sys.argv) == 3:
        part, folder = sys.argv[1], Path(sys.argv[2])
        PARTS[part](folder)
        return
    with tempfile.TemporaryDirectory() as place:
        os.environ["DUV_STUDIO_HOME"] = f"{place}/home"
        subprocess.run([sys.executable, "-c", _PREPARE, place], check=True)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for name in SHAPES:
            _part("lag", Path(place) / name)
        _part("repaint", Path(place))
        _part("starts", Path(place) / "tiny")


def _part(name: str, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bench_training_window", name, str(folder)]
    subprocess.run(command, check=True)


# ---- while a training runs -------------------------------------------------------------------------------------------


class Lag:
    """How much later than it should a timer fires, in ms, and when."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.last = time.perf_counter()
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self._tick)
        self.timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max((now - self.last) * 1e3 - TICK_MS, 0.0))
        self.last = now


def lag(folder: Path) -> None:
    """Train with the page open, and print how late the timer was before and after the first step, and in all."""
    app, page = make_application(), _page(folder)
    session, marks, news = page.session, [], []
    session.progressed.connect(lambda: news.append(time.perf_counter()))
    meter = Lag()
    session.state_changed.connect(lambda: marks.append((session.stage, len(meter.late), time.perf_counter())))
    begin = time.perf_counter()
    page.initializePage()  # begins the training
    _wait(app, lambda: not session.running)
    seconds = time.perf_counter() - begin
    if session.error is not None:
        raise session.error
    first = next(index for stage, index, _ in marks if stage == "training")
    ready = next(when for stage, _, when in marks if stage == "training") - begin
    busiest = max((sum(t <= u < t + 1 for u in news) for t in news), default=0)
    print(
        f"{folder.name}: {session.history.step} steps, {seconds:.1f} s, the first after {ready:.1f} s;"
        f" until then late by {_late(meter.late[:first])}, then {_late(meter.late[first:])},"
        f" in all {_late(meter.late)};"
        f" news at most {busiest} times a second"
    )
    page.shut_down()


def _late(late: list[float]) -> str:
    return f"{np.percentile(late, 99):.0f} ms (99 %), {max(late):.0f} ms (worst)"


def _page(folder: Path) -> Any:
    from duv_studio.ui.wizard.recipe.recipe_document import WizardState
    from duv_studio.ui.wizard.run.run_page import RunPage

    state = WizardState()
    state.open(folder / "guitar_Lora.yaml")
    state.devices = "cpu"
    assert "torch" not in sys.modules and "pyqtgraph" not in sys.modules
    page = RunPage(state)
    page.resize(1060, 600)
    page.show()
    return page


def _wait(app: QApplication, done: Callable[[], bool]) -> None:
    """Run the application as it runs for a user."""
    look = QTimer()
    look.setInterval(50)
    look.timeout.connect(lambda: app.quit() if done() else None)
    look.start()
    QTimer.singleShot(int(LONGEST_S * 1e3), app.quit)
    app.exec()
    if not done():
        raise TimeoutError(f"not done after {LONGEST_S} s")


# ---- plots -----------------------------------------------------------------------------------------------------------


def repaint(folder: Path) -> None:
    """Print how long a plot takes to take in one more point and paint itself."""
    app = make_application()
    from duv_studio.ui.wizard.run.loss_plots import PlotKind
    from duv_studio.ui.wizard.run.plot_panel import PlotPanel

    panel = PlotPanel((PlotKind("train_loss", "", "loss", with_lr=True), PlotKind("val_loss", "", "loss")))
    panel.resize(1050, 410)
    panel.show()
    for size in SIZES:
        history = _history(size)
        panel.show_run(history)
        app.processEvents()
        walls, cpu = [], []
        for k in range(REPAINTS):
            history.add(_event(size + k, size))
            begin, begin_cpu = time.perf_counter(), time.thread_time()
            panel.show_run(history)
            app.processEvents()
            walls.append((time.perf_counter() - begin) * 1e3)
            cpu.append((time.thread_time() - begin_cpu) * 1e3)
        print(
            f"{size:7,d} points: repaint {np.median(walls):.1f} ms by the clock, {np.median(cpu):.1f} ms of processor"
        )


def _history(points: int) -> Any:
    from duv_studio.ui.training.run_history import RunHistory

    history = RunHistory()
    for k in range(points):
        history.add(_event(k, points))
    return history


def _event(k: int, points: int) -> Any:
    noise = float(np.sin(k * 12.9898) * 43758.5453 % 1.0)
    metrics = {"train_loss": 4 + float(np.exp(-3 * k / points)) + noise, "lr": 1e-3 * (1 - k / points / 2)}
    metrics |= {"val_loss": 4.6} if k % (points // 20) == 0 else {}
    return SimpleNamespace(step=k, steps=points, epoch=0, seconds=0.1 * k, metrics=metrics, row="adapter")


# ---- starts and stops ------------------------------------------------------------------------------------------------


def starts(folder: Path) -> None:
    """Start and stop over and over; print threads and memory after some and after all."""
    from duv_studio.training.lora.recipe.load import load_recipe
    from duv_studio.ui.training.session import TrainingSession

    app, session = make_application(), TrainingSession()
    recipe = load_recipe(folder / "guitar_Lora.yaml")
    session.progressed.connect(lambda: session.stop_now() if session.history.step else None)
    for k in range(1, STARTS + 1):
        session.start(recipe, recipe.family("guitar"), "cpu", restart=True)
        _wait(app, lambda: not session.running)
        if session.error is not None:
            raise session.error
        if k % 10 == 0:
            print(f"{k} starts and stops: {_threads()} threads, {_resident():.0f} MB")
    session.shut_down()


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def _resident() -> float:
    """Memory of this process in MB; nan where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), float("nan"))


PARTS: dict[str, Callable[[Path], None]] = {"lag": lag, "repaint": repaint, "starts": starts}

if __name__ == "__main__":
    main()
