"""Compose with pretty_midi and let it be played: python examples/humanize_pretty_midi.py played.mid"""

from __future__ import annotations

import sys

from pretty_midi import Instrument, Note, PrettyMIDI

from duv_studio import apply_duv_to_pretty_midi


def main(target: str) -> None:
    """Write four bars of chords above a bass line, as a player might play them."""
    beat = 60 / 96
    keys, bass = Instrument(program=0, name="Keys"), Instrument(program=33, name="Low")
    for bar, root in enumerate((57, 53, 60, 55)):
        keys.notes += [sound(root + step, beat * (4 * bar + place), beat) for place in range(4) for step in (0, 4, 7)]
        bass.notes += [sound(root - 24, beat * (4 * bar + place / 2), beat / 2) for place in range(8)]
    song = PrettyMIDI(initial_tempo=96)
    song.instruments += [keys, bass]

    played = apply_duv_to_pretty_midi(song, intensity=1.0, dynamics=0.5, seed=3)
    for written, humanized in zip(song.instruments, played.instruments, strict=True):
        velocities = sorted(note.velocity for note in humanized.notes)
        print(f"{written.name}: velocity {written.notes[0].velocity} became {velocities[0]} to {velocities[-1]}")
    played.write(target)


def sound(pitch: int, start: float, length: float) -> Note:
    """A note as a sequencer writes it, always equally loud; seconds."""
    return Note(velocity=80, pitch=pitch, start=start, end=start + length)


if __name__ == "__main__":
    main(*sys.argv[1:])
