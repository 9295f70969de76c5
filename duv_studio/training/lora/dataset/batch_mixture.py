"""What an adapter is trained on: the player's windows, and of every batch a share from what the base learned."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch.utils.data import DataLoader, Dataset, Sampler

from duv_studio.training.config import Curriculum
from duv_studio.training.data.windows import Batch, WindowSource, stack


@dataclass(frozen=True)
class Mixture:
    """Batches of a player's windows, `replayed` of each from other music so that what the base knows is not lost."""

    own: WindowSource
    replay: WindowSource | None
    size: int
    replayed: int
    curriculum: Curriculum

    def batch(self, number: int) -> Batch:
        """Batch `number` of a run: a function of the seed and the number alone."""
        mix = (self.curriculum.velocity, self.curriculum.duration)
        others = 0 if self.replay is None else self.replayed
        examples = self.own.examples(number, self.size - others, *mix)
        if self.replay is not None and others:
            examples += self.replay.examples(number, others, *mix)
        return stack(examples)


class Batches(Dataset[Batch]):
    """The batches of a run by number, one for each process that trains."""

    def __init__(self, mixture: Mixture, rank: int, ranks: int) -> None:
        self.mixture, self.rank, self.ranks = mixture, rank, ranks

    def __getitem__(self, step: int) -> Batch:
        return self.mixture.batch(step * self.ranks + self.rank)


class StepsFrom(Sampler[int]):
    """Steps of an epoch from where the run stands, so that one that goes on draws what it would have drawn."""

    def __init__(self, steps_per_epoch: int, stands_at: Callable[[], int]) -> None:
        self.steps_per_epoch, self.stands_at = steps_per_epoch, stands_at

    def __iter__(self) -> Iterator[int]:
        step = self.stands_at()
        end = (step // self.steps_per_epoch + 1) * self.steps_per_epoch
        return iter(range(step, end))

    def __len__(self) -> int:
        return self.steps_per_epoch


def loader(batches: Batches, steps: StepsFrom, workers: int) -> DataLoader[Batch]:
    """Whole batches, made by `workers` processes beside the training, or by itself for 0."""
    return DataLoader(
        batches,
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        persistent_workers=workers > 0,  # starting one takes seconds, for it imports torch
        multiprocessing_context="spawn" if workers else None,
        worker_init_fn=_leave_interrupts,
    )


def _leave_interrupts(worker: int) -> None:
    """Ctrl-C reaches workers, too; they must live until the training has answered it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
