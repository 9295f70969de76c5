"""How long something will take, in the words of an estimate."""

from __future__ import annotations

import math

MINUTE, HOUR = 60, 3600


def about(seconds: float) -> str:
    """Seconds as "about 40 s", "about 4 min" or "about 1 h 20 min", no finer than an estimate is; "" for nan or inf."""
    if not math.isfinite(seconds):
        return ""
    if seconds < MINUTE - 2.5:
        return f"about {max(round(seconds / 5) * 5, 1)} s"
    if seconds < HOUR - MINUTE / 2:
        return f"about {max(round(seconds / MINUTE), 1)} min"
    minutes = round(seconds / 300) * 5
    return f"about {minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
