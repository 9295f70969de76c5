"""Texts about notes: the line about the one under the mouse, its tooltip, and the line about those selected."""

from __future__ import annotations

from duv_studio.engine.midi.time_maps import BarPosition
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.i18n import count, tr

_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def pitch_name(pitch: int) -> str:
    """The name of a MIDI pitch; 60 is C4."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def hover_text(scene: Scene, note: int) -> str:
    """One line about a note of the table: "C4 · bar 3 beat 2 · 62 → 74 (+12) · 0.48 → 0.44 beat · Piano".

    Durations are in beats of the meter at the note, as the position is. One value stands for both without a
    performance and for a note left alone.
    """
    assert scene.song is not None and scene.table is not None
    table = scene.table
    at = scene.song.meter.position(int(table.onset[note]))
    beat = _quarters_of_beat(at) * scene.song.ppq
    parts = [pitch_name(int(table.pitch[note])), position_text(at), *_values(scene, note, beat)]
    name = scene.song.tracks[int(table.track[note])].name.strip()
    return " · ".join([*parts, *([name] if name else []), *tooltip_parts(scene, note)])


def tooltip_parts(scene: Scene, note: int) -> list[str]:
    """Why a note was left alone, or nothing."""
    assert scene.table is not None
    why = scene.why_untouched(note)
    return ([tr("locked")] if scene.table.locked[note] else []) + ([why] if why else [])


def tooltip(scene: Scene, note: int) -> str:
    """A sentence about a note that is left alone, "" about any other."""
    assert scene.table is not None
    if scene.table.locked[note]:
        return tr("Locked: keeps its velocity and duration (K)")
    why = scene.why_untouched(note)
    return tr("Left as it is: {why}", why=why) if why else ""


def picked_text(scene: Scene) -> str:
    """What is selected, and what the keys do with it; "" when nothing is."""
    if scene.table is None or not len(scene.picked):
        return ""
    locked = int(scene.table.locked[scene.picked].sum())
    verb = tr("unlocks") if locked == len(scene.picked) else tr("locks")
    what = count(len(scene.picked), "note", "notes")
    some = tr(" ({n} locked)", n=f"{locked:,}") if locked else ""
    return tr("{what} selected{some} · K {verb} · Esc selects none", what=what, some=some, verb=verb)


def position_text(at: BarPosition) -> str:
    """Like "bar 3 beat 2" or "bar 3 beat 2.5", in beats of the meter: dotted quarters in 6/8, 9/8 and 12/8."""
    return f"bar {int(at.bar) + 1} beat {_short(1 + float(at.beat) / _quarters_of_beat(at))}"


def _quarters_of_beat(at: BarPosition) -> float:
    numerator, denominator = int(at.numerator), int(at.denominator)
    compound = denominator >= 8 and numerator % 3 == 0 and numerator > 3
    return 4.0 / denominator * (3 if compound else 1)


def _values(scene: Scene, note: int, beat: float) -> list[str]:
    assert scene.table is not None
    before = scene.table.before
    old, old_beats = int(before.velocity[note]), int(before.duration[note]) / beat
    if scene.after is None or scene.hatched[note] or scene.table.locked[note]:
        return [str(old), f"{old_beats:.2f} beat"]
    new, new_beats = int(scene.after.velocity[note]), int(scene.after.duration[note]) / beat
    return [f"{old} → {new} ({signed(new - old)})", f"{old_beats:.2f} → {new_beats:.2f} beat"]


def signed(change: int) -> str:
    """A change with its sign: +12, −3, ±0."""
    return "±0" if change == 0 else f"{'+' if change > 0 else '−'}{abs(change)}"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
