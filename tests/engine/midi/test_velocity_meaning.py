"""Tracks on which velocity means little: organs, harpsichords, and dynamics made with a controller."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.midi_file import parse
from tests.midi_builder import Event, TrackSpec, build_song

BARS = 8
ORGAN, HARPSICHORD = (f"{what} sounds the same at every velocity" for what in ("an organ", "a harpsichord"))


def notes(velocities: tuple[int, ...] = (80,), length: int = 900) -> list[tuple[int, int, int, int]]:
    return [(i * 960, length, 60 + i % 5, velocities[i % len(velocities)]) for i in range(BARS * 2)]


def swells(number: int, low: int = 30, high: int = 110, channel: int = 0, until: int = BARS) -> list[Event]:
    """A controller that rises and falls once a bar."""
    ticks = np.arange(0, until * 1920, 120)
    value = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * ticks / 1920))
    return [(int(t), bytes([0xB0 | channel, number, round(float(v))])) for t, v in zip(ticks, value, strict=True)]


def vibrato() -> list[Event]:
    """A modulation wheel that is moved at the end of every second."""
    return [
        (i * 960 + at, bytes([0xB0, 1, value]))
        for i in range(BARS * 2)
        for at, value in ((0, 0), (1, 0), (700, 40 + i), (850, 0))
    ]


CASES: dict[str, tuple[TrackSpec, str]] = {
    "church organ": (TrackSpec(notes(), program=19), ORGAN),
    "drawbar organ": (TrackSpec(notes((60, 100)), program=16), ORGAN),
    "named an organ": (TrackSpec(notes(), name="Hammond B3"), ORGAN),
    "named an organ elsewhere": (TrackSpec(notes(), name="Kirchenorgel"), ORGAN),
    "named an organ in Cyrillic": (TrackSpec(notes(), name="Орган", program=0), ORGAN),
    "a chosen program says otherwise": (TrackSpec(notes(), name="Organ", program=40), ""),
    "harpsichord": (TrackSpec(notes(), program=6), HARPSICHORD),
    "named a harpsichord": (TrackSpec(notes(), name="Cembalo"), HARPSICHORD),
    "harmonica": (TrackSpec(notes(), program=22), ""),
    "piano": (TrackSpec(notes(), program=0), ""),
    "a name that only sounds so": (TrackSpec(notes(), name="Morgan"), ""),
    "expression": (TrackSpec(notes(), program=48, events=swells(11)), "its dynamics are in CC11"),
    "modulation": (TrackSpec(notes(), program=48, events=swells(1)), "its dynamics are in CC1"),
    "breath": (TrackSpec(notes((80, 84)), program=71, events=swells(2, 0, 100)), "its dynamics are in CC2"),
    "expression and played velocities": (TrackSpec(notes((50, 90)), program=48, events=swells(11)), ""),
    "a fade-out": (TrackSpec(notes(), program=48, events=[
        (BARS * 1920 - 1200 + i * 60, bytes([0xB0, 11, 120 - 6 * i])) for i in range(16)]), ""),
    "expression set once": (TrackSpec(notes(), program=48, events=[(0, bytes([0xB0, 11, 100]))]), ""),
    "expression of another channel": (TrackSpec(notes(), program=48, events=swells(11, channel=3)), ""),
    "hardly any expression": (TrackSpec(notes(), program=48, events=swells(11, 98, 104)), ""),
    "expression before each short note": (TrackSpec(notes(length=60), program=48, events=[
        (i * 960 + 500, bytes([0xB0, 11, 40 + 5 * (i % 9)])) for i in range(BARS * 2)]), ""),
    "vibrato": (TrackSpec(notes(), program=40, events=vibrato()), ""),
    "drums": (TrackSpec(notes(), channel=9, program=16, events=swells(11, channel=9)), ""),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "note"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("smf_format", [0, 1])
def test_where_velocity_means_little_it_is_said(spec: TrackSpec, note: str, smf_format: int) -> None:
    tracks = parse(build_song([spec], smf_format=smf_format)).tracks
    assert tracks[0].velocity_note == note
