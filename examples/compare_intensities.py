"""Look at what the model expects, and write takes of it: python examples/compare_intensities.py song.mid FOLDER"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine import Humanizer, Settings, read, render, write


def main(source: str, folder: str) -> None:
    """Ask the model once, print its distributions, and render them at three intensities, which is quick."""
    song, settings = read(source), Settings(seed=1)
    prediction = Humanizer().predict(song, settings)

    for index, expected in prediction.items():
        track = song.tracks[index]
        change, spread = moments(expected.velocity_edges, expected.velocity_cdf)
        octaves, _ = moments(expected.duration_edges, expected.duration_cdf)
        print(f"{track.name or 'unnamed'}: pitch, velocity as written and as expected, length in % of the written one")
        for row, note in enumerate(expected.notes[:8]):
            velocity = f"{track.notes.velocity[note]} -> {expected.level + change[row]:.0f} ± {spread[row]:.0f}"
            print(f"  {track.notes.pitch[note]:3d}  {velocity:16}  {100 * 2 ** octaves[row]:.0f} %")

    Path(folder).mkdir(parents=True, exist_ok=True)
    for intensity in (0.3, 0.6, 1.0):
        performance = render(song, prediction, replace(settings, intensity=intensity))
        write(song, performance, Path(folder) / f"intensity-{100 * intensity:.0f}.mid")


def moments(edges: np.ndarray, cdf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of m distributions, (m,) each, from `edges` (b + 1,) and `cdf` (m, b)."""
    share, middle = np.diff(cdf, prepend=0.0), (edges[1:] + edges[:-1]) / 2
    mean = share @ middle
    return mean, np.sqrt(np.maximum(share @ middle**2 - mean**2, 0.0))


if __name__ == "__main__":
    main(*sys.argv[1:])
