"""The look: one dark and one light palette, spacing, and how they reach the application and every painter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtGui import QColor

from duv_studio.ui.style.colormap import Anchor, Rgb, ramp

# Distances in device-independent pixels; everything on screen keeps to this scale.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
ICON_SIZE = 18

DIFFERENCE_STEPS = 129  # index 64 is "no change"; 0 and 128 are the strongest changes


@dataclass(frozen=True)
class Theme:
    """Every colour of one look, as #RRGGBB; text colours reach WCAG contrast 4.5 on every surface."""

    name: str
    # Surfaces, from the deepest to the one nearest to the eye.
    window: str
    panel: str
    raised: str
    hover: str
    pressed: str
    input: str
    border: str
    border_strong: str
    # Text.
    text: str
    text_muted: str
    text_disabled: str
    # The one accent, and states.
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    error: str
    warning: str
    success: str
    # The canvas.
    canvas: str
    canvas_black_key: str
    grid_row: str
    grid_sub: str
    grid_beat: str
    grid_bar: str
    outside: str
    key_white: str
    key_black: str
    key_border: str
    key_text: str
    outline: str
    hatch: str
    hover_ring: str
    rim: str
    playhead: str
    velocity_anchors: tuple[Anchor, ...]
    velocity_places: tuple[float, ...]  # of the anchors, 0 for velocity 0 and 1 for velocity 127
    difference_anchors: tuple[Anchor, ...]

    def color(self, name: str) -> QColor:
        """The colour called `name` for a painter."""
        if name not in self._colors:
            self._colors[name] = QColor(str(getattr(self, name)))
        return self._colors[name]

    def rgb(self, name: str) -> tuple[int, int, int]:
        """The colour called `name` as red, green, blue 0..255."""
        color = self.color(name)
        return color.red(), color.green(), color.blue()

    @cached_property
    def _colors(self) -> dict[str, QColor]:
        return {}

    @cached_property
    def velocity_rgb(self) -> Rgb:
        """(128, 3): the colour of every MIDI velocity; steps look even, also to colour-blind eyes."""
        return ramp(self.velocity_anchors, 128, self.velocity_places)

    @cached_property
    def difference_rgb(self) -> Rgb:
        """(129, 3): softer or shorter below 64, unchanged at 64, louder or longer above."""
        return ramp(self.difference_anchors, DIFFERENCE_STEPS)

    def velocity_color(self, velocity: int) -> QColor:
        """Colour of one MIDI velocity."""
        return QColor(*(int(c) for c in self.velocity_rgb[velocity]))

    def pixel(self, name: str) -> int:
        """The colour called `name` as one QImage pixel 0xFFRRGGBB."""
        return int(self.color(name).rgba())


DARK = Theme(
    name="dark",
    window="#191B1F",
    panel="#202327",
    raised="#2B2F35",
    hover="#353A42",
    pressed="#24272C",
    input="#17191C",
    border="#33373E",
    border_strong="#6E7681",
    text="#E7E9EC",
    text_muted="#A6ACB6",
    text_disabled="#747B86",
    accent="#9D97FF",
    accent_hover="#B4AFFF",
    accent_soft="#34325A",
    on_accent="#14122B",
    error="#FF8A80",
    warning="#F5B95F",
    success="#6FCF97",
    canvas="#181A1E",
    canvas_black_key="#131518",
    grid_row="#1D2024",
    grid_sub="#1F2226",
    grid_beat="#2A2E34",
    grid_bar="#464C55",
    outside="#101114",
    key_white="#C2C6CD",
    key_black="#24272C",
    key_border="#8A909B",
    key_text="#343941",
    outline="#A3ABB7",
    hatch="#7C838F",
    hover_ring="#FFFFFF",
    rim="#101114",
    playhead="#FF6F61",
    velocity_anchors=((0.53, 0.13, 265), (0.61, 0.115, 225), (0.70, 0.105, 180), (0.78, 0.125, 120), (0.86, 0.155, 82)),
    velocity_places=(0.0, 0.25, 0.5, 0.75, 1.0),
    difference_anchors=((0.72, 0.15, 275), (0.55, 0.11, 275), (0.43, 0.0, 275), (0.62, 0.12, 62), (0.82, 0.155, 70)),
)

LIGHT = Theme(
    name="light",
    window="#ECEEF1",
    panel="#F6F7F9",
    raised="#FFFFFF",
    hover="#E9ECF1",
    pressed="#DADFE6",
    input="#FFFFFF",
    border="#D3D8DF",
    border_strong="#7C8592",
    text="#1D2127",
    text_muted="#555D69",
    text_disabled="#8B939E",
    accent="#5A4FDB",
    accent_hover="#4A3FC4",
    accent_soft="#E1DFFB",
    on_accent="#FFFFFF",
    error="#B3261E",
    warning="#8A5300",
    success="#1B7A43",
    canvas="#FCFCFD",
    canvas_black_key="#F2F4F7",
    grid_row="#EBEEF2",
    grid_sub="#EEF0F4",
    grid_beat="#DFE3E9",
    grid_bar="#B4BCC7",
    outside="#E6E9EE",
    key_white="#FFFFFF",
    key_black="#474D57",
    key_border="#C3C9D2",
    key_text="#5A626E",
    outline="#4A525E",
    hatch="#7C8592",
    hover_ring="#000000",
    rim="#1D2127",
    playhead="#C7321F",
    velocity_anchors=(
        (0.66, 0.145, 258),
        (0.62, 0.115, 222),
        (0.59, 0.11, 185),
        (0.565, 0.135, 152),
        (0.54, 0.125, 85),
        (0.50, 0.17, 38),
    ),
    velocity_places=(0.0, 0.2, 0.38, 0.55, 0.78, 1.0),
    difference_anchors=((0.45, 0.18, 275), (0.63, 0.11, 275), (0.80, 0.0, 275), (0.66, 0.12, 62), (0.50, 0.135, 50)),
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
_active: list[Theme] = [DARK]


def activate(theme: Theme) -> None:
    """Make this the theme that widgets paint with."""
    _active[0] = theme


def current() -> Theme:
    """The look in force; painters ask at every paint, so that a change of theme needs only a repaint."""
    return _active[0]


@contextmanager
def painting(name: str) -> Iterator[Theme]:
    """Within this block painters use another look; widgets and the application keep theirs."""
    before = _active[0]
    _active[0] = THEMES[name]
    try:
        yield _active[0]
    finally:
        _active[0] = before
