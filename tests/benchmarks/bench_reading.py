"""Prints the processor time that reading the worst files takes: python -m tests.benchmarks.bench_reading."""

from __future__ import annotations

import time
from contextlib import suppress

from duv_studio.engine.midi.midi_file import parse
from duv_studio.errors import DuvError
from tests.engine.midi.test_bounded_reading import FILES

SIZES = (500_000, 1_000_000)  # bytes, about


def main() -> None:
    """Read every kind of file of that test at both sizes."""
    print(f"{'':40} " + " ".join(f"{size / 1e6:6.1f} MB" for size in SIZES))
    for name, made in FILES.items():
        print(f"{name:40} " + " ".join(f"{seconds(made(size)):7.2f} s" for size in SIZES), flush=True)


def seconds(data: bytes) -> float:
    """Processor time of reading, or of refusing to."""
    started = time.process_time()
    with suppress(DuvError):
        parse(data)
    return time.process_time() - started


if __name__ == "__main__":
    main()
