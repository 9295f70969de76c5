"""Prints how close voices are to FluidSynth's: python -m tests.benchmarks.bench_voices, from the root.

For each instrument: our level minus FluidSynth's by velocity, the mean of its keys, in dB; the largest difference of
any key; and the least correlation of any note's levels of 50 ms.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.find import shipped_soundfont
from duv_studio.sound.synth.synth import Synth
from tests.sound import fluidsynth
from tests.sound.fluidsynth import CASES, VELOCITIES


def main() -> None:
    """Print the table."""
    if not fluidsynth.is_there():
        print("needs the command fluidsynth: apt-get install fluidsynth")
        return
    soundfont = shipped_soundfont()
    synth = Synth(SoundFont.open(soundfont))
    print("| velocity |", " | ".join(map(str, VELOCITIES)), "| largest | correlation |")
    print("|---|" + "---:|" * (len(VELOCITIES) + 2))
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            found = fluidsynth.compare(case, synth, soundfont, Path(folder))
            levels = " | ".join(f"{level:+.2f}" for level in found.levels.mean(axis=0))
            print(f"| {case.name} | {levels} | {found.largest:.2f} | {found.correlation:.3f} |", flush=True)


if __name__ == "__main__":
    main()
