"""On what a training runs: from the words of the command line to Lightning's."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from duv_studio.engine.model.device import no_gpu_reason
from duv_studio.errors import DuvError

MOST_PROCESSES = 1024


@dataclass(frozen=True)
class Devices:
    """Lightning's accelerator, the number of processes on this machine, of machines, and how they work together."""

    accelerator: str
    count: int
    nodes: int = 1
    strategy: str = "auto"

    @property
    def kind(self) -> str:
        """Torch's word: cpu, cuda or mps."""
        return "cuda" if self.accelerator == "gpu" else self.accelerator

    @property
    def processes(self) -> int:
        return self.count * self.nodes

    @property
    def name(self) -> str:
        """For people, the model of a GPU included."""
        first = torch.cuda.get_device_name(0) if self.kind == "cuda" else self.kind.upper()
        return first if self.processes == 1 else f"{self.processes} × {first}"


def devices(asked: str, nodes: int = 1, strategy: str = "auto") -> Devices:
    """What "auto", "cpu", "cuda", "mps" or a number stand for on this machine; DuvError when it does not have that."""
    if nodes < 1:
        raise DuvError(f"--num-nodes must be at least 1, not {nodes}")
    gpus = torch.cuda.device_count()
    if asked == "auto":
        return Devices("gpu" if gpus else "cpu", 1, nodes, strategy)
    if asked == "cpu":
        return Devices("cpu", 1, nodes, strategy)
    if asked == "cuda":
        if not gpus:
            why = no_gpu_reason() or "torch counts none"
            raise DuvError(f"there is no CUDA device on this machine: {why}", hint="use --devices cpu or auto")
        return Devices("gpu", 1, nodes, strategy)
    if asked == "mps":  # never by itself: no such machine has trained with it yet
        if not torch.backends.mps.is_available():
            raise DuvError("there is no Apple GPU on this machine", hint="use --devices cpu or auto")
        return Devices("mps", 1, nodes, strategy)
    if not asked.isdigit() or not 1 <= int(asked) <= MOST_PROCESSES:
        raise DuvError(f'there are no devices called "{asked}"', hint="use auto, cpu, cuda or how many")
    count = int(asked)
    if gpus and count > gpus:
        raise DuvError(f"there are {gpus} CUDA devices on this machine, not {count}", hint="use a smaller number")
    return Devices("gpu" if gpus else "cpu", count, nodes, strategy)
