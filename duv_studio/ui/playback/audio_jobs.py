"""Audio files on their way: one export at a time, and one file that is to be dragged out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from duv_studio.ui.document.jobs import Activity
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.audio_render import Recorded, Recording, Report, record

AUDIO, DRAGGED = "audio", "dragged audio"  # kinds of tasks
Record = Callable[[Sequence[Recording], Report, Callable[[], bool]], Recorded]


@dataclass(frozen=True)
class _Work:
    text: str
    share: float = 0.0


class AudioJobs(QObject):
    """Renders in the pool and tells how far it is. A newer request of a kind takes the place of the older one."""

    activity_changed = Signal()
    done = Signal(str, object)  # kind, Recorded
    failed = Signal(str, object)  # kind, Exception

    def __init__(self, tasks: Tasks, make: Record | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tasks = tasks
        self._record = make or record
        self._work: dict[str, _Work] = {}
        tasks.running_changed.connect(self.activity_changed)

    @property
    def activity(self) -> Activity | None:
        """What is being made, None when nothing is."""
        for kind in (AUDIO, DRAGGED):
            if self.tasks.running(kind):
                return Activity(kind, self._work[kind].text, self._work[kind].share, can_cancel=True)
        return None

    def cancel(self) -> bool:
        """Give up what is being made; False when nothing is."""
        activity = self.activity
        if activity is not None:
            self.tasks.cancel(activity.kind)
        return activity is not None

    def start(self, kind: str, recordings: Sequence[Recording]) -> None:
        """Make these files."""
        make = self._record
        self._work[kind] = _Work(tr("Writing {name}…", name=recordings[0].path.name))

        def work(context: TaskContext) -> Recorded:
            return make(recordings, context.progress, context.cancelled)

        on = {AUDIO: (self._on_exported, self._on_export_failed, self._on_export_progress),
              DRAGGED: (self._on_dragged, self._on_drag_failed, self._on_drag_progress)}  # fmt: skip
        self.tasks.start(kind, work, *on[kind])

    def _on_exported(self, recorded: Recorded) -> None:
        self.done.emit(AUDIO, recorded)

    def _on_dragged(self, recorded: Recorded) -> None:
        self.done.emit(DRAGGED, recorded)

    def _on_export_failed(self, error: Exception) -> None:
        self.failed.emit(AUDIO, error)

    def _on_drag_failed(self, error: Exception) -> None:
        self.failed.emit(DRAGGED, error)

    def _on_export_progress(self, share: float) -> None:
        self._progress(AUDIO, share)

    def _on_drag_progress(self, share: float) -> None:
        self._progress(DRAGGED, share)

    def _progress(self, kind: str, share: float) -> None:
        self._work[kind] = _Work(self._work[kind].text, share)
        self.activity_changed.emit()
