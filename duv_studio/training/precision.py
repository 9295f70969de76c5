"""Which number format a training computes in, by what the processor or GPU can multiply itself."""

from __future__ import annotations

from duv_studio.engine.model.precision import cpu_has_bf16

EXACT = "32-true"  # Lightning's names
_OTHERS = {"bf16": "fp16", "fp16": "bf16"}


def lightning_precision(asked: str, device_type: str) -> tuple[str, str | None]:
    """Lightning's name of "bf16", "fp16" or "32" on "cpu", "cuda" …; a sentence where it had to be another.

    Asks the processor, and measures nothing: a run that is resumed must get the same answer.
    """
    if asked == "32" or has_format(asked, device_type):
        return {"bf16": "bf16-mixed", "fp16": "16-mixed", "32": EXACT}[asked], None
    other = _OTHERS[asked]
    instead = f'precision: {other} or precision: "32"' if has_format(other, device_type) else 'precision: "32"'
    return EXACT, (
        f"{asked} not available on this {_called(device_type)}: training in 32-bit numbers instead;"
        f" write {instead} in the recipe to settle it."
    )


def has_format(asked: str, device_type: str) -> bool:
    """Whether "cpu", "cuda" … multiplies "bf16" or "fp16" by itself: emulated, they are slower than 32 bits."""
    if device_type == "cuda":
        return asked == "fp16" or cuda_has_bf16()
    return device_type == "cpu" and asked == "bf16" and cpu_has_bf16()


def cuda_has_bf16() -> bool:
    """Whether the first GPU multiplies bfloat16."""
    import torch

    # Without emulation, which older cards have and which is slower than 32 bits.
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def _called(device_type: str) -> str:
    return {"cuda": "GPU", "cpu": "processor"}.get(device_type, f"device ({device_type})")
