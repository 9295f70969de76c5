"""Humanize a MIDI file and lose nothing of it: python examples/humanize_file.py song.mid played.mid"""

from __future__ import annotations

import sys

from duv_studio.engine import Humanizer, Settings, read, write


def main(source: str, target: str) -> None:
    """Read, humanize, write: of the file only velocities and the times of note-offs change."""
    song = read(source)
    for warning in song.warnings:  # what a damaged file lost
        print(warning)

    settings = Settings(intensity=0.9, seed=7, exclude="(?i)click")
    performance = Humanizer().humanize(song, settings)
    for track, played in zip(song.tracks, performance, strict=True):
        changed = (played.velocity != track.notes.velocity) | (played.duration != track.notes.duration)
        print(f"{track.name or 'unnamed'} ({track.family}): {changed.sum()} of {len(track.notes)} notes changed")

    write(song, performance, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
