"""The work of judging a stopped run, for a thread beside the window's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.lora.fit.run_files import summary_of
from duv_studio.ui.document.task_pool import TaskContext
from duv_studio.ui.wizard.result.run_result import Outcome, read_run_result


def judging(folder: Path) -> Callable[[TaskContext], Outcome]:
    """Return the work that judges the run in a folder by its own recipe; DuvError where that is not possible."""

    def judge(context: TaskContext) -> Outcome:
        run = summary_of(folder)
        recipe = None if run is None else run.read_recipe()
        if run is None or recipe is None or run.family is None:
            raise DuvError("The run's recipe cannot be read", hint="train it anew", file=folder)
        from duv_studio.training.warm_up import warm_up

        warm_up()
        if context.cancelled():
            raise Cancelled
        from duv_studio.training.lora.fit.judge_run import judge_stopped

        judge_stopped(
            recipe,
            run.family,
            on_song=lambda done, total: context.progress(done / max(total, 1)),
            stop=context.cancelled,
        )
        return read_run_result(folder)

    return judge
