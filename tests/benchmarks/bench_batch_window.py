"""Prints what the table of a batch costs the window: python -m tests.benchmarks.bench_batch_window, from the root.

A page further down 100,000 rows, painted; a thousand results taken in at once, painted; and filtering and sorting all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

from duv_studio.ui.style.apply import apply_theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from duv_studio.engine.batch.events import FileFinished, Started, Status
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.batch.model import DONE, Column
from duv_studio.ui.batch.table import BatchTable
from tests.ui.batch.staged import results

ROWS, RESULTS, PAGES, TIMES = 100_000, 1_000, 200, 30


def main() -> None:
    """Print a line for each."""
    app = make_application()
    apply_theme(app, "dark")
    table = BatchTable()
    table.resize(1600, 900)
    table.show()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {ROWS:,} rows, window of 1600 × 900")
    _say("show all rows", _timed(app, lambda k: table.model.show_rows(ROWS_MADE), 5))
    _say("scroll by a page", _timed(app, lambda k: _scroll(table), PAGES))
    _say(f"take in {RESULTS:,} results", _timed(app, lambda k: _take(table, k), TIMES))
    table.view.scrollToTop()
    _say("filter by group", _timed(app, lambda k: table.model.set_filter("", DONE if k % 2 else ""), 10))
    _say("filter by text", _timed(app, lambda k: table.model.set_filter(f"0{k}"), 10))
    table.model.set_filter("")
    _say("sort by notes", _timed(app, lambda k: table.model.sort(Column.NOTES, Qt.SortOrder(k % 2)), 10))
    _say("sort by name", _timed(app, lambda k: table.model.sort(Column.FILE, Qt.SortOrder(k % 2)), 10))


ROWS_MADE = results(ROWS)


def _scroll(table: BatchTable) -> None:
    bar = table.view.verticalScrollBar()
    bar.setValue((bar.value() + bar.pageStep()) % bar.maximum())


def _take(table: BatchTable, k: int) -> None:
    """Results of files all over the list, some of which are in sight."""
    rows = table.model.rows
    first = table.view.rowAt(0)
    numbers = [first + n if n < 20 else (n * 97 + k) % ROWS for n in range(RESULTS)]
    done = [FileFinished(replace(rows[n], status=Status.OK, notes=100 + k, why="")) for n in numbers]
    table.model.take([*(Started(n) for n in numbers), *done])
    table.refresh()


def _timed(app: QApplication, act: Callable[[int], object], times: int) -> list[float]:
    """Milliseconds of each act and the paint that follows."""
    spent = []
    for k in range(times):
        begin = time.perf_counter()
        act(k)
        app.processEvents()
        spent.append((time.perf_counter() - begin) * 1e3)
    return spent


def _say(what: str, spent: list[float]) -> None:
    middle, late = np.percentile(spent, [50, 99])
    print(f"{what}: {middle:.1f} ms at the median, {late:.1f} ms at the 99th percentile")


if __name__ == "__main__":
    main()
