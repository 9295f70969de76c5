"""The look: contrast of text on every surface, colour maps with even steps, icons that take the theme's colour."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from duv_studio.paths import resource
from duv_studio.ui.style import icons, style_sheet, theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.style.colormap import contrast, oklab_from_rgb, srgb_to_linear
from duv_studio.ui.style.theme import DARK, LIGHT, Theme

BOTH = pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear light.
COLOUR_BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def seen_by(kind: str, rgb: np.ndarray) -> np.ndarray:
    linear = np.clip(srgb_to_linear(rgb) @ np.array(COLOUR_BLIND[kind]).T, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(coded * 255).astype(np.uint8)


@pytest.fixture
def restore_theme(qapp: QApplication):
    before = theme.current().name
    yield
    apply_theme(qapp, before)


@BOTH
@pytest.mark.parametrize("text", ["text", "text_muted", "error", "warning", "success", "accent"])
@pytest.mark.parametrize("surface", ["window", "panel", "raised", "input", "canvas", "canvas_black_key"])
def test_text_reaches_contrast_4_5_on_every_surface(look: Theme, text: str, surface: str) -> None:
    assert contrast(look.rgb(text), look.rgb(surface)) >= 4.5


@BOTH
@pytest.mark.parametrize(
    ("text", "surface"),
    [("text", "hover"), ("text", "pressed"), ("text", "accent_soft"), ("on_accent", "accent"),
     ("on_accent", "accent_hover"), ("key_text", "key_white")],
)  # fmt: skip
def test_text_reaches_contrast_4_5_in_every_state(look: Theme, text: str, surface: str) -> None:
    assert contrast(look.rgb(text), look.rgb(surface)) >= 4.5


@BOTH
@pytest.mark.parametrize("shape", ["border_strong", "accent", "outline", "hatch", "playhead"])
def test_controls_and_shapes_reach_contrast_3(look: Theme, shape: str) -> None:
    for surface in ("window", "panel", "canvas"):
        assert contrast(look.rgb(shape), look.rgb(surface)) >= 3.0


@BOTH
def test_every_note_colour_stands_out_from_the_canvas(look: Theme) -> None:
    for row in look.velocity_rgb[1:]:
        assert contrast(tuple(int(c) for c in row), look.rgb("canvas")) >= 3.0


@BOTH
def test_velocity_map_is_ordered_by_lightness_in_even_steps(look: Theme) -> None:
    lab = oklab_from_rgb(look.velocity_rgb)
    lightness = lab[::8, 0] if look is DARK else -lab[::8, 0]
    assert np.all(np.diff(lightness) > 0)
    steps = np.linalg.norm(np.diff(lab[::8], axis=0), axis=1)
    assert steps.max() / steps.min() < 2.5


@BOTH
@pytest.mark.parametrize("kind", sorted(COLOUR_BLIND))
def test_velocity_map_is_told_apart_by_colour_blind_eyes(look: Theme, kind: str) -> None:
    lab = oklab_from_rgb(seen_by(kind, look.velocity_rgb[::21]))
    for one, other in pairwise(lab):
        assert np.linalg.norm(one - other) > 0.02
    assert np.linalg.norm(lab[0] - lab[-1]) > 0.15


@BOTH
@pytest.mark.parametrize("kind", [None, "protan", "deutan"])
def test_difference_map_has_two_arms_that_differ(look: Theme, kind: str | None) -> None:
    rgb = look.difference_rgb if kind is None else seen_by(kind, look.difference_rgb)
    lab = oklab_from_rgb(rgb)
    assert np.linalg.norm(lab[0] - lab[128]) > 0.2
    assert np.linalg.norm(lab[64, 1:]) < 0.02 or kind is not None
    assert np.linalg.norm(lab[64] - lab[0]) > 0.15
    assert np.linalg.norm(lab[64] - lab[128]) > 0.15


@BOTH
def test_style_sheet_names_only_files_that_exist_and_leaves_no_placeholder(look: Theme) -> None:
    sheet = style_sheet.build(look)
    assert "$" not in sheet
    paths = re.findall(r'url\("(.+?)"\)', sheet)
    assert paths
    for path in paths:
        assert resource("icons", path.rsplit("/", 1)[1]).is_file()


def test_apply_theme_changes_palette_and_style(qapp: QApplication, restore_theme: None) -> None:
    for look in (LIGHT, DARK):
        assert apply_theme(qapp, look.name) is look
        assert theme.current() is look
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(look.panel)
        assert look.accent in qapp.styleSheet()
    with pytest.raises(KeyError):
        apply_theme(qapp, "solarized")


def test_icons_take_the_colour_they_are_given(qapp: QApplication) -> None:
    image = icons.pixmap("stop", 24, "#12AB34").toImage()
    assert image.pixelColor(12, 12) == QColor("#12AB34")
    assert image.pixelColor(1, 1).alpha() == 0


def test_retint_follows_the_theme(qtbot, qapp: QApplication, restore_theme: None) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    button = QPushButton(root)
    apply_theme(qapp, "dark")
    icons.assign(button, "stop")
    apply_theme(qapp, "light")
    icons.retint(root)
    assert button.icon().pixmap(24, 24).toImage().pixelColor(12, 12) == QColor(LIGHT.text)


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_draws_something(qapp: QApplication, path) -> None:
    image = icons.pixmap(path.stem, 32, "#FF0000").toImage()
    assert any(image.pixelColor(x, y).alpha() > 0 for x in range(32) for y in range(32))


@pytest.mark.parametrize("kind", ["plain", "default", "primary"])
def test_words_of_buttons_are_not_cut_off(kind: str, qtbot, qapp: QApplication, restore_theme: None) -> None:
    apply_theme(qapp, "dark")
    dialog = QDialog()
    qtbot.addWidget(dialog)
    button = QPushButton("Wexttt", dialog)
    button.setProperty("primary", kind == "primary")
    button.setAutoDefault(False)
    button.setDefault(kind == "default")
    dialog.show()
    assert words_width(button, 0) == words_width(button, 60)


def words_width(button: QPushButton, more: int) -> int:
    button.resize(button.sizeHint().width() + more, button.sizeHint().height())
    image = button.grab().toImage()
    y, ground = range(8, image.height() - 8), image.pixel(6, image.height() // 2)
    inked = [x for x in range(6, image.width() - 6) if any(image.pixel(x, k) != ground for k in y)]
    return inked[-1] - inked[0]
