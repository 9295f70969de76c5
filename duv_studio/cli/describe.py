"""The facts about a song that `inspect` prints, as plain values that JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from duv_studio.engine.midi.instruments import program_label

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import IntArray, Song, Track
    from duv_studio.engine.music.selection import TrackSelection


def describe(song: Song, selection: tuple[TrackSelection, ...]) -> dict[str, Any]:
    """Clocks, size and one entry per track of `song`; `selection` has one entry per track too."""
    return {
        "format": song.source.format,
        "ppq": song.ppq,
        "notes": song.note_count,
        "bars": int(song.meter.position(_last_note_tick(song)).bar) + 1,
        "seconds": round(float(song.tempo.seconds(song.end_tick)), 2),
        "tempo": _tempo(song),
        "meter": _meter(song),
        "tracks": [_track(track, chosen) for track, chosen in zip(song.tracks, selection, strict=True)],
        "warnings": list(song.warnings),
    }


def _last_note_tick(song: Song) -> int:
    return max(int(track.notes.onset.max()) for track in song.tracks)


def _tempo(song: Song) -> list[dict[str, Any]]:
    bars = song.meter.position(song.tempo.tick).bar + 1
    bpm = song.tempo.bpm_at(song.tempo.tick)
    return [{"bar": int(bar), "bpm": round(float(value), 2)} for bar, value in zip(bars, bpm, strict=True)]


def _meter(song: Song) -> list[dict[str, Any]]:
    meter = song.meter
    bars = meter.first_bar + 1
    return [
        {"bar": int(bar), "meter": f"{numerator}/{denominator}"}
        for bar, numerator, denominator in zip(bars, meter.numerator, meter.denominator, strict=True)
    ]


def _track(track: Track, chosen: TrackSelection) -> dict[str, Any]:
    return {
        "index": track.index,
        "name": track.name,
        "channel": track.channel + 1,
        "port": track.port,
        "program": track.program,
        "sound": program_label(track),
        "family": str(track.family),
        "family_reason": track.family_reason,
        "notes": len(track.notes),
        "pitch": _bounds(track.notes.pitch),
        "velocity": _bounds(track.notes.velocity),
        "selected": chosen.included,
        "reason": chosen.reason,
        "protected": int(np.sum(chosen.protected)),
        "protected_reason": chosen.protected_reason,
    }


def _bounds(values: IntArray) -> list[int]:
    return [int(values.min()), int(values.max())]
