"""Texts of the batch window: results, numbers and tool tips of files, and how a batch ended."""

from __future__ import annotations

from PySide6.QtGui import QAction

from duv_studio.engine.batch.events import FileResult, Status, Summary
from duv_studio.ui.i18n import clock, count, percent, tr
from duv_studio.ui.widgets.message_bar import Message, sentence

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
        if row.unsure:
            lines.append(tr("Unsure what plays: {tracks}", tracks=row.unsure))
    return "\n".join(lines)


def outcome(summary: Summary, failed: tuple[QAction, ...], folder: QAction) -> Message:
    """Say how many files are done, and what the others are."""
    done, waiting = summary.count(Status.OK), summary.count(Status.WAITING)
    files = count(len(summary.rows), "file", "files")
    if summary.moved is not None:
        hint = tr("Resume goes on there.") if summary.moved.now is not None else sentence(summary.moved.hint)
        text = f"{sentence(summary.moved.message)} {_counts(summary)}"
        actions = failed if summary.moved.now is None else (*failed, folder)
        return Message("error", tr("The batch was stopped"), text, hint, summary.moved.file, actions)
    if summary.cancelled:
        title = tr("The batch was stopped")
        hint = tr("Resume leaves the files that are done as they are, and plays the others.")
        return Message("info", title, _counts(summary), hint, actions=failed)
    if summary.rows and summary.count(Status.SKIPPED) == len(summary.rows):
        title, hint = tr("Nothing was left to do"), tr("To play them again, replace what is there or keep both.")
        return Message("info", title, _counts(summary), hint, actions=(folder,))
    kind = "warning" if summary.count(Status.FAILED) or waiting else "success"
    title = tr("{n} of {files} humanized", n=f"{done:,}", files=files)
    return Message(kind, title, _counts(summary), actions=(*failed, folder))


def _counts(summary: Summary) -> str:
    """Every kind of file, and the time."""
    before = sum(row.before for row in summary.rows)
    said = [
        (summary.count(Status.OK) - before, tr("{n} done now") if before else tr("{n} done")),
        (before, tr("{n} done before")),
        (summary.count(Status.SKIPPED), tr("{n} skipped")),
        (summary.count(Status.FAILED), tr("{n} failed")),
        (summary.count(Status.WAITING), tr("{n} left")),
        (sum(bool(row.why) for row in summary.rows if row.status is Status.OK), tr("{n} only partly readable")),
    ]
    parts = [text.format(n=f"{n:,}") for n, text in said if n]
    return tr("{counts}. It took {time}.", counts=", ".join(parts) or tr("Nothing"), time=clock(summary.seconds))
