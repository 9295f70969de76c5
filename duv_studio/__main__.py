"""`python -m duv_studio`: the same as the command `duv-studio`."""

from __future__ import annotations

import sys

from duv_studio.cli import main

if __name__ == "__main__":
    sys.exit(main())
