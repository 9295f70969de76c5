"""A song as long and as full as a pop song, for the benchmark and for tests that need one."""

from __future__ import annotations

from tests.midi_builder import NoteTuple, TrackSpec, build_song

PPQ = 480
_BAR = 4 * PPQ
_BPM = 120.0
_CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))  # A minor, F, C, G


def long_song(seconds: float = 180.0, tracks: int = 10) -> bytes:
    """A MIDI file of at most 16 tracks with pedals, controllers, bends and a drum kit.

    With all 16 some 45 notes begin in a second and 12 sound at a time, as in songs of that many tracks.
    """
    bars = max(1, round(seconds / 60 * _BPM / 4))
    parts = [
        TrackSpec(_drums(bars), channel=9, name="Drums"),
        TrackSpec(_bass(bars), channel=1, name="Bass", program=33),
        TrackSpec(_comping(bars, 2), channel=2, name="Piano", program=0, events=_pedal(bars, 2)),
        TrackSpec(_pad(bars, 2, 0), channel=3, name="Strings", program=48, events=_swell(bars, 3)),
        TrackSpec(_strum(bars), channel=4, name="Guitar", program=25),
        TrackSpec(_arpeggio(bars, 1, 72), channel=5, name="Vibraphone", program=11),
        TrackSpec(_melody(bars, 76), channel=6, name="Trumpet", program=56, events=_bends(bars, 6)),
        TrackSpec(_pad(bars, 1, 12, 2), channel=7, name="Choir", program=52),
        TrackSpec(_arpeggio(bars, 2, 60), channel=8, name="Muted guitar", program=28),
        TrackSpec(_melody(bars, 64), channel=0, name="Cello", program=42),
        TrackSpec(_pad(bars, 1, 0, 2), channel=10, name="Organ", program=16),
        TrackSpec(_arpeggio(bars, 2, 84), channel=11, name="Harp", program=46),
        TrackSpec(_melody(bars, 79), channel=12, name="Flute", program=73),
        TrackSpec(_comping(bars, 1), channel=13, name="Electric piano", program=4),
        TrackSpec(_pad(bars, 1, -12, 2), channel=14, name="Horns", program=60),
        TrackSpec(_arpeggio(bars, 4, 48), channel=15, name="Lead", program=81),
    ]
    return build_song(parts[:tracks], ppq=PPQ, tempos=[(0, _BPM)])


def _velocity(place: int) -> int:
    return 50 + place * 37 % 61


def _drums(bars: int) -> list[NoteTuple]:
    notes: list[NoteTuple] = []
    for bar in range(bars):
        at = bar * _BAR
        notes += [(at + k * PPQ // 2, 60, 46 if k == 7 else 42, _velocity(bar + k)) for k in range(8)]
        notes += [(at + k * PPQ, 60, 36 if k % 2 == 0 else 38, _velocity(bar * 3 + k)) for k in range(4)]
        if bar % 8 == 0:
            notes.append((at, 60, 49, 100))
    return notes


def _bass(bars: int) -> list[NoteTuple]:
    return [
        (bar * _BAR + k * PPQ // 2, PPQ // 2 - 20, _CHORDS[bar % 4][0] - 24 + 12 * (k % 4 == 3), _velocity(bar + k))
        for bar in range(bars)
        for k in range(8)
    ]


def _comping(bars: int, per_bar: int) -> list[NoteTuple]:
    step = _BAR // per_bar
    return [
        (bar * _BAR + k * step + k % 2 * 40, step // 2, pitch, _velocity(bar + k + pitch))
        for bar in range(bars)
        for k in range(per_bar)
        for pitch in _CHORDS[bar % 4]
    ]


def _pad(bars: int, voices: int, shift: int, every: int = 1) -> list[NoteTuple]:
    return [
        (bar * _BAR, _BAR - 10, pitch + shift, _velocity(bar))
        for bar in range(0, bars, every)
        for pitch in _CHORDS[bar % 4][:voices]
    ]


def _strum(bars: int) -> list[NoteTuple]:
    return [
        (bar * _BAR + k * PPQ // 2 + string * 12, PPQ // 2 - 60, pitch, _velocity(bar + k + string))
        for bar in range(bars)
        for k in (0, 3, 6)
        for string, pitch in enumerate((*_CHORDS[bar % 4], _CHORDS[bar % 4][0] + 12))
    ]


def _arpeggio(bars: int, per_beat: int, base: int) -> list[NoteTuple]:
    step = PPQ // per_beat
    return [
        (bar * _BAR + k * step, step * 3 // 5, base + _CHORDS[bar % 4][k % 3] - 48, _velocity(bar + k))
        for bar in range(bars)
        for k in range(4 * per_beat)
    ]


def _melody(bars: int, base: int) -> list[NoteTuple]:
    return [
        (
            bar * _BAR + beat * PPQ,
            length * PPQ * 3 // 4,
            base + (0, 3, 5, 7, 10)[(bar + beat) % 5],
            _velocity(bar + beat),
        )
        for bar in range(bars)
        for beat, length in ((0, 1), (1, 2), (3, 1))
    ]


def _pedal(bars: int, channel: int) -> list[tuple[int, bytes]]:
    return [
        (bar * _BAR + at, bytes([0xB0 | channel, 64, value]))
        for bar in range(bars)
        for at, value in ((60, 127), (1900, 0))
    ]


def _swell(bars: int, channel: int) -> list[tuple[int, bytes]]:
    return [
        (bar * _BAR + k * 120, bytes([0xB0 | channel, 11, 80 + 3 * min(k, 15 - k)]))
        for bar in range(bars)
        for k in range(16)
    ]


def _bends(bars: int, channel: int) -> list[tuple[int, bytes]]:
    return [
        (bar * _BAR + k * 60, bytes([0xE0 | channel, 0, 64 if k > 6 else 52 + 2 * k]))
        for bar in range(bars)
        for k in range(8)
    ]
