"""How a batch ended, as one message."""

from __future__ import annotations

from PySide6.QtGui import QAction

from duv_studio.engine.batch.events import Status, Summary
from duv_studio.ui.i18n import clock, count, tr
from duv_studio.ui.widgets.message_bar import Message


def outcome(summary: Summary, failed: tuple[QAction, ...], folder: QAction) -> Message:
    """Say how many files are done, and what the others are."""
    done, waiting = summary.count(Status.OK), summary.count(Status.WAITING)
    files = count(len(summary.rows), "file", "files")
    if summary.cancelled:
        title = tr("The batch was stopped")
        return Message("info", title, _counts(summary), tr("Resume goes on where it was stopped."), actions=failed)
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
