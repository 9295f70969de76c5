"""How notes look in each view: palettes for their bodies and rims, one entry per tone in front and behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas.note_table import NoteTable, PlayedNotes
from duv_studio.ui.canvas.scene import ViewMode
from duv_studio.ui.style.colormap import Argb, Rgb, argb, mix
from duv_studio.ui.style.theme import Theme

BACK_DIM = 0.74  # how far the colours of notes of other tracks are moved towards the canvas
_HOLLOW = 0.86
_RIM = 0.30
LOW_KEY_PX = 6.0
_BANDS = 8  # of a note in the difference view: four above the middle for louder, four below for softer
FULL_DIFFERENCE = 32  # velocity steps that give the strongest colour and the highest bar
TONES = 129  # 0..127 velocities, or 0..128 differences
# Palette: 0 nothing, then the tones of notes behind, then those of notes in front, so that the larger index hides.
BACK, FRONT = 1, 1 + TONES
PALETTE = 1 + 2 * TONES


@dataclass(frozen=True)
class NoteStyle:
    """Pixels by palette index: `bodies` (bands, PALETTE) from the top of a note to its bottom, `rim` (PALETTE,)."""

    bodies: NDArray[np.uint32]
    rim: Argb


@lru_cache(maxsize=16)
def style_of(theme: Theme, mode: ViewMode, low: bool = False) -> NoteStyle:
    """The look of notes in a view mode; `low` when keys are so low that a rim would leave nothing of a body."""
    if mode is ViewMode.DIFFERENCE:
        return _difference(theme)
    if mode is ViewMode.BEFORE:
        colors = _tones(theme)
        return NoteStyle(_palette(theme, _sunk(theme, colors, _HOLLOW))[None], _palette(theme, colors))
    return _solid(theme, low)


@lru_cache(maxsize=4)
def hatched_style(theme: Theme) -> NoteStyle:
    """The ground on which untouched notes get their hatching."""
    colors = _tones(theme)
    return NoteStyle(_palette(theme, _sunk(theme, colors, 0.72))[None], _palette(theme, _sunk(theme, colors, 0.25)))


def tones(table: NoteTable, playing: PlayedNotes, notes: IntArray, mode: ViewMode) -> IntArray:
    """(m,) the tone of each of the notes: its velocity, or how its velocity differs from the file's."""
    if mode is not ViewMode.DIFFERENCE:
        return playing.velocity[notes]
    return difference_tones(playing.velocity[notes] - table.before.velocity[notes], FULL_DIFFERENCE)


def difference_tones(change: NDArray[np.number], full: float) -> IntArray:
    """Tones 0..128 of changes; 64 is none, the ends are `full` or more."""
    return np.rint(64 + np.clip(change / full, -1.0, 1.0) * 64).astype(np.int64)


def outline_pixels(theme: Theme, mode: ViewMode) -> tuple[int, int]:
    """Pixels of the outline of the file's notes: of those in front, of those behind."""
    front = np.array([theme.rgb("outline")], dtype=np.uint8)
    if mode is ViewMode.DIFFERENCE:  # there the colours matter most
        front = mix(front, theme.rgb("canvas"), 0.45)
    return int(argb(front)[0]), int(argb(mix(front, theme.rgb("canvas"), BACK_DIM))[0])


def _solid(theme: Theme, low: bool) -> NoteStyle:
    colors = _tones(theme)
    return NoteStyle(
        _palette(theme, colors)[None], _palette(theme, mix(colors, theme.rgb("rim"), 0.0 if low else _RIM))
    )


def _difference(theme: Theme) -> NoteStyle:
    colors = theme.difference_rgb
    hollow = _sunk(theme, np.repeat(colors[64:65], TONES, axis=0), 0.55)
    change = (np.arange(TONES) - 64) / 64
    half = _BANDS // 2
    bodies = []
    for band in range(_BANDS):
        # The band next to the middle is filled by the smallest change, the outermost by the largest.
        needed = (half - 1 - band) / half if band < half else (half - band) / half
        filled = change > needed if band < half else change < needed
        bodies.append(_palette(theme, np.where(filled[:, None], colors, hollow)))
    return NoteStyle(np.array(bodies), _palette(theme, colors))


def _tones(theme: Theme) -> Rgb:
    return np.vstack([theme.velocity_rgb, theme.velocity_rgb[-1:]])


def _sunk(theme: Theme, colors: Rgb, amount: float) -> Rgb:
    return mix(colors, theme.rgb("canvas"), amount)


def _palette(theme: Theme, colors: Rgb) -> Argb:
    """(PALETTE,): nothing, the dimmed colours for notes behind, the colours for notes in front."""
    pixels = np.zeros(PALETTE, dtype=np.uint32)
    pixels[BACK:FRONT], pixels[FRONT:] = argb(_sunk(theme, colors, BACK_DIM)), argb(colors)
    return pixels
