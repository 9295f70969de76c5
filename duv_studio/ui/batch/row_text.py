"""What is said of a file of a batch: its result, its numbers, its tool tip."""

from __future__ import annotations

from duv_studio.engine.batch.events import FileResult, Status
from duv_studio.ui.i18n import count, percent, tr
from duv_studio.ui.widgets.message_bar import sentence

_MINUTE = 60.0


def word(row: FileResult) -> str:
    """Return the result in a word or two."""
    if row.status is Status.OK:
        return tr("Done before") if row.before else tr("Done")
    return {
        Status.WAITING: tr("Waiting"),
        Status.WORKING: tr("Playing"),
        Status.SKIPPED: tr("Skipped"),
        Status.FAILED: tr("Failed"),
    }[row.status]


def result(row: FileResult) -> str:
    """Return the result and the reason for it."""
    return f"{word(row)} · {sentence(row.why)}" if row.why else word(row)


def notes(row: FileResult) -> str:
    """Return the number of its notes, where they were counted."""
    return f"{row.notes:,}" if row.status is Status.OK else ""


def changed(row: FileResult) -> str:
    """Return how many of them changed."""
    return f"{row.notes_changed:,}" if row.status is Status.OK else ""


def velocity(row: FileResult) -> str:
    """Return the mean change of velocity."""
    return f"±{row.mean_velocity_change:.1f}" if row.status is Status.OK else ""


def duration(row: FileResult) -> str:
    """Return the mean change of duration."""
    return f"±{percent(row.mean_duration_change)}" if row.status is Status.OK else ""


def seconds(row: FileResult) -> str:
    """Return what it took."""
    if row.status is not Status.OK or not row.seconds:
        return ""
    return f"{row.seconds:.1f} s" if row.seconds < _MINUTE else f"{row.seconds / _MINUTE:.1f} min"


def tip(row: FileResult) -> str:
    """Return all that is known of a file, line by line."""
    lines = [str(row.source)]
    if row.target is not None:
        lines.append(f"→ {row.target}")
    lines.append(result(row))
    if row.status is Status.OK:
        total = count(row.notes, "note", "notes")
        lines.append(tr("{n} of {total} changed", n=f"{row.notes_changed:,}", total=total))
        shifts = tr("velocity by {v}, duration by {d} on average", v=velocity(row)[1:], d=duration(row)[1:])
        lines.append(shifts)
    return "\n".join(lines)
