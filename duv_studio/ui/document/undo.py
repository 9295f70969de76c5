"""Undo and redo: a list of Settings with a name for each step between them."""

from __future__ import annotations

from dataclasses import dataclass

from duv_studio.engine.music.settings import Settings


@dataclass(frozen=True)
class _Step:
    label: str  # what the step did, as the Edit menu says it
    merge: str | None  # steps with the same key become one, None never merges
    before: Settings
    after: Settings


class History:
    """Steps that lie behind (undo) and ahead (redo) of the present settings."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._done = 0  # how many of the steps are behind us

    @property
    def undo_label(self) -> str | None:
        """Name of the step that undo takes back, None when there is none."""
        return self._steps[self._done - 1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        """Name of the step that redo repeats, None when there is none."""
        return self._steps[self._done].label if self._done < len(self._steps) else None

    def push(self, label: str, before: Settings, after: Settings, merge: str | None = None) -> None:
        """Record a step and forget what was undone; it joins the last step when both have the same merge key."""
        del self._steps[self._done :]
        if merge is not None and self._steps and self._steps[-1].merge == merge:
            before = self._steps.pop().before
        if before != after:  # a drag that came back to where it began is no step
            self._steps.append(_Step(label, merge, before, after))
        self._done = len(self._steps)

    def undo(self) -> Settings | None:
        """Step back; return the settings to use, None when there is nothing to undo."""
        if not self._done:
            return None
        self._done -= 1
        return self._steps[self._done].before

    def redo(self) -> Settings | None:
        """Step forward; return the settings to use, None when there is nothing to redo."""
        if self._done == len(self._steps):
            return None
        self._done += 1
        return self._steps[self._done - 1].after

    def clear(self) -> None:
        """Forget every step."""
        self._steps.clear()
        self._done = 0
