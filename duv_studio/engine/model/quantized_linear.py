"""Linear layers that multiply in bfloat16 or in 8-bit integers."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from duv_studio.engine.model.precision import Precision
from duv_studio.engine.model.transformer import DuvTransformer


class Bf16Linear(nn.Module):
    """A linear layer with weights and inputs rounded to bfloat16."""

    weight: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.register_buffer("weight", layer.weight.detach().bfloat16())
        self.register_buffer("bias", layer.bias.detach().bfloat16())

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) float32 to (..., out) float32."""
        return functional.linear(x.bfloat16(), self.weight, self.bias).float()


class Int8Linear(nn.Module):
    """A linear layer whose weights have one scale per output and whose inputs have one scale per note.

    One scale for all inputs together, which is common, would blur every note by the largest value of any: measured,
    that moves four times as many velocities. The sums are of integers, so they are exact in any order.
    """

    weight: Tensor
    scale: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        weight, scale = _to_int8(layer.weight.detach().float())
        self.register_buffer("weight", weight.t().contiguous())
        self.register_buffer("scale", scale[:, 0])
        self.register_buffer("bias", layer.bias.detach().float())

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) float32 to (..., out) float32."""
        whole, scale = _to_int8(x.reshape(-1, x.shape[-1]))
        sums = torch._int_mm(whole, self.weight).float()
        return sums.mul_(scale).mul_(self.scale).add_(self.bias).view(*x.shape[:-1], -1)


def _to_int8(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (n, k) as int8 in -127..127, and the scale (n, 1) of each."""
    scale = rows.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
    return (rows / scale).round_().to(torch.int8), scale


_KINDS: dict[Precision, type[Bf16Linear] | type[Int8Linear]] = {
    Precision.BF16: Bf16Linear,
    Precision.INT8: Int8Linear,
}


def in_precision(model: DuvTransformer, precision: Precision) -> DuvTransformer:
    """The model with the matrix products of its blocks in this format, a copy unless it is fp32.

    Input and heads, which cost little, and all that lies between the products stay float32.
    """
    if precision is Precision.FP32:
        return model
    result = copy.deepcopy(model)
    for module in list(result.blocks.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                module._modules[name] = _KINDS[precision](child)
    return result
