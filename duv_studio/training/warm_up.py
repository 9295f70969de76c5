"""Imports what training needs, so that whoever waits in another thread hardly notices."""

from __future__ import annotations


def warm_up() -> None:
    """Import torch, Lightning and peft, and let them do what they put off until their first use."""
    import lightning  # noqa: F401
    import peft  # noqa: F401
    import torch

    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # imports torch._dynamo
