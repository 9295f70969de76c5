"""`python -m duv_studio`: the same as the command `duv-studio`."""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    # First of all: a worker process of the frozen program begins here too, and goes no further.
    multiprocessing.freeze_support()

    from duv_studio.cli import main

    sys.exit(main())
