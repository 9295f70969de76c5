"""Colour maps whose steps look even: anchors in OKLCH (lightness, chroma, hue), interpolated in OKLab, out as sRGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Argb = NDArray[np.uint32]
Anchor = tuple[float, float, float]  # lightness 0..1, chroma 0..0.4, hue in degrees

# Björn Ottosson's OKLab: LMS from Lab, then linear sRGB from cubed LMS.
_LMS_FROM_LAB = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def oklab_from_rgb(rgb: Rgb) -> NDArray[np.float64]:
    """OKLab coordinates (n, 3) of sRGB colours (n, 3): the space in which lightness is what the eye sees."""
    linear = srgb_to_linear(rgb)
    lms = np.cbrt(linear @ np.linalg.inv(_RGB_FROM_LMS).T)
    return np.asarray(lms @ np.linalg.inv(_LMS_FROM_LAB).T, dtype=np.float64)


def srgb_to_linear(rgb: Rgb) -> NDArray[np.float64]:
    """Linear light 0..1 of 8-bit sRGB values, any shape."""
    value = np.asarray(rgb, dtype=np.float64) / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _rgb_from_oklab(lab: NDArray[np.float64]) -> Rgb:
    linear = np.clip((lab @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T, 0.0, 1.0)
    value = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(value * 255.0).astype(np.uint8)


def _lab(anchor: Anchor) -> tuple[float, float, float]:
    lightness, chroma, hue = anchor
    return lightness, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))


def ramp(anchors: tuple[Anchor, ...], steps: int, places: tuple[float, ...] | None = None) -> Rgb:
    """A table of `steps` sRGB colours (steps, 3) through the anchors, which sit at `places` 0..1 (default: evenly)."""
    at = np.linspace(0.0, 1.0, len(anchors)) if places is None else np.asarray(places)
    labs = np.array([_lab(anchor) for anchor in anchors])
    x = np.linspace(0.0, 1.0, steps)
    return _rgb_from_oklab(np.stack([np.interp(x, at, labs[:, axis]) for axis in range(3)], axis=1))


def argb(rgb: Rgb) -> Argb:
    """Opaque QImage pixels 0xFFRRGGBB, one per row of (n, 3)."""
    r, g, b = (rgb[..., axis].astype(np.uint32) for axis in range(3))
    return np.asarray(np.uint32(0xFF000000) | (r << np.uint32(16)) | (g << np.uint32(8)) | b, dtype=np.uint32)


def mix(rgb: Rgb, towards: tuple[int, int, int], amount: float) -> Rgb:
    """Colours (n, 3) moved by `amount` 0..1 towards one colour, in sRGB as a transparent overlay would."""
    mixed = rgb.astype(np.float64) * (1.0 - amount) + np.asarray(towards, dtype=np.float64) * amount
    return np.round(mixed).astype(np.uint8)


def contrast(first: tuple[int, int, int], second: tuple[int, int, int]) -> float:
    """WCAG contrast ratio, 1..21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    lights = sorted(float(srgb_to_linear(np.array(colour, dtype=np.uint8)) @ weights) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)
