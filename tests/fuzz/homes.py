"""A home of the hunt's own for what the program keeps for its user."""

from __future__ import annotations

import os
from pathlib import Path


def move_home(folder: Path) -> Path:
    """Let this process find the user's files below `folder`, and compute as tests do."""
    folder = folder.absolute()
    os.environ.update(
        {
            "DUV_STUDIO_HOME": str(folder),
            "HOME": str(folder),
            "DUV_STUDIO_PRECISION": "fp32",
            "OMP_NUM_THREADS": "1",
            "QT_QPA_PLATFORM": "offscreen",
        }
    )
    return folder
