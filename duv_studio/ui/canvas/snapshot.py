"""A picture of a song before and after, made without a window: for the README and for machines without a screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSaveFile, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from duv_studio.errors import DuvError
from duv_studio.ui.canvas.lane_painter import LanePainter
from duv_studio.ui.canvas.lane_view import paint_lane_axis
from duv_studio.ui.canvas.piano_keyboard import GUTTER_WIDTH, paint_keyboard
from duv_studio.ui.canvas.roll_painter import RollPainter, hatching
from duv_studio.ui.canvas.ruler import RULER_HEIGHT, paint_ruler
from duv_studio.ui.canvas.scene import Scene, ViewMode
from duv_studio.ui.canvas.viewport import EDGE_PX
from duv_studio.ui.i18n import count
from duv_studio.ui.style.apply import ensure_font
from duv_studio.ui.style.theme import Theme, painting

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Performance, Song
    from duv_studio.engine.music.selection import TrackSelection

_MARGIN, _HEADER, _GAP, _CAPTION = 28, 76, 18, 26
_LANE_SHARE = 0.34
_kept: list[QApplication] = []  # an application object that is garbage-collected takes every font with it


@dataclass(frozen=True)
class _Panel:
    """One performance in the picture: a caption, and roll and lane below it."""

    caption: str
    scene: Scene
    area: QRectF


def save_before_after_png(
    song: Song,
    before: Performance,
    after: Performance,
    path: str | Path,
    *,
    size: tuple[int, int] = (1600, 900),
    theme: str = "dark",
    scale: float = 1.0,
    bars: int | None = 16,
    selection: Sequence[TrackSelection] = (),
    title: str = "",
) -> None:
    """Write a PNG with `before` above and `after` below, each with its velocity lane.

    `size` is in device-independent pixels, `scale` how many pixels each of them has. Shown are `bars` bars from the
    first note on, None: the whole song. Notes that `selection` leaves alone are hatched. DuvError when the file cannot
    be written.
    """
    application()
    image = QImage(round(size[0] * scale), round(size[1] * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    with painting(theme) as look:
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(QRectF(0, 0, *size), look.color("window"))
        scenes = _scenes(song, before, after, tuple(selection))
        panels = _panels(scenes, size, bars)
        _paint_header(painter, look, panels, title or _title(song), size)
        for panel in panels:
            _paint_panel(painter, look, panel, scale)
        painter.end()
    _write(image, Path(path))


def application() -> QApplication:
    """The application object that pixmaps and fonts need; on a machine without a screen, one that needs none."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    has_screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and not has_screen:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made = QApplication(sys.argv[:1])
    ensure_font(made)
    _kept.append(made)
    return made


def _scenes(
    song: Song, before: Performance, after: Performance, selection: tuple[TrackSelection, ...]
) -> tuple[Scene, Scene]:
    plain = Scene().with_song(song)
    assert plain.table is not None
    start = replace(plain, table=replace(plain.table, before=plain.table.played(before)))
    if selection:
        start = start.with_selection(selection)
    return replace(start, view_mode=ViewMode.AFTER), replace(start, view_mode=ViewMode.BOTH).with_performance(after)


def _panels(scenes: tuple[Scene, Scene], size: tuple[int, int], bars: int | None) -> list[_Panel]:
    height = (size[1] - _HEADER - _MARGIN - _GAP) / 2
    made = []
    for place, (scene, name) in enumerate(zip(scenes, ("Before", "After"), strict=True)):
        area = QRectF(_MARGIN, _HEADER + place * (height + _GAP), size[0] - 2 * _MARGIN, height)
        made.append(_Panel(f"{name}  ·  {_statistics(scene)}", _looking(scene, area, bars), area))
    return made


def _looking(scene: Scene, area: QRectF, bars: int | None) -> Scene:
    """The scene fitted into the note area of a panel."""
    assert scene.song is not None and scene.table is not None
    inner = area.height() - _CAPTION - RULER_HEIGHT
    first, last = _excerpt(scene, bars)
    view = scene.viewport.resized(area.width() - GUTTER_WIDTH, round(inner * (1 - _LANE_SHARE)))
    onset = scene.table.onset
    pitch = scene.table.pitch[(onset >= first) & (onset < last)]
    low, high = (int(pitch.min()), int(pitch.max())) if len(pitch) else (view.low, view.high)
    view = view.showing(view.end, view.ppq, low, high)
    shown = (last - first) / max(view.width - 2 * EDGE_PX, 1.0)
    view = view.zoomed(view.ticks_per_px / max(shown, 1e-9), 0.0)
    return replace(scene, viewport=view.at(left=first - EDGE_PX * view.ticks_per_px))


def _excerpt(scene: Scene, bars: int | None) -> tuple[int, int]:
    """First and last tick shown: whole bars, from the one of the first note."""
    assert scene.song is not None and scene.table is not None
    end = scene.viewport.end
    if bars is None or len(scene.table) == 0:
        return 0, end
    meter = scene.song.meter
    lines = meter.bar_ticks(end)
    first = int(meter.position(int(scene.table.onset[0])).bar)
    return int(lines[first]), int(lines[first + bars]) if first + bars < len(lines) else end


def _statistics(scene: Scene) -> str:
    playing = scene.played
    if playing is None or len(playing.velocity) == 0:
        return "no notes"
    velocity = playing.velocity
    return f"velocity {velocity.mean():.0f} on average, spread {velocity.std():.1f}"


def _title(song: Song) -> str:
    return song.path.stem if song.path is not None else "Untitled"


def _paint_header(painter: QPainter, look: Theme, panels: list[_Panel], title: str, size: tuple[int, int]) -> None:
    song = panels[0].scene.song
    assert song is not None
    legend = 560 if size[0] >= 1100 else 0
    painter.setFont(_font(22, bold=True))
    painter.setPen(look.color("text"))
    room = QRectF(_MARGIN, 13, size[0] - 2 * _MARGIN - legend, 30)
    shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    painter.setFont(_font(12))
    painter.setPen(look.color("text_muted"))
    tracks = count(sum(len(track.notes) > 0 for track in song.tracks), "track", "tracks")
    painter.drawText(QRectF(_MARGIN, 46, room.width(), 20), f"{song.note_count:,} notes on {tracks}")
    if legend:
        _paint_legend(painter, look, QRectF(size[0] - _MARGIN - legend, 22, legend, 40))


def _paint_legend(painter: QPainter, look: Theme, area: QRectF) -> None:
    """Say what outline, hatching and colours stand for, each beside a sample."""
    y, x = area.top() + 14, area.left()
    outline, hatched = QRectF(x, y, 28, 10), QRectF(x + 128, y, 28, 10)
    painter.setPen(QPen(look.color("outline"), 1))
    painter.drawRect(outline)
    painter.fillRect(hatched, hatching(look, 1.0))
    painter.drawRect(hatched)
    bar = QRectF(x + 330, y, 168, 10)
    for velocity in range(128):
        step = bar.width() / 128
        painter.fillRect(QRectF(bar.left() + velocity * step, y, step + 0.5, 10), look.velocity_color(velocity))
    painter.setPen(look.color("text_muted"))
    for left, text in ((x + 36, "as written"), (x + 164, "left alone"), (x + 256, "velocity   1"), (x + 504, "127")):
        place = QRectF(left, y - 6, 110, 22)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_panel(painter: QPainter, look: Theme, panel: _Panel, scale: float) -> None:
    area, view, font = panel.area, panel.scene.viewport, _font(11)
    painter.setFont(_font(13, bold=True))
    painter.setPen(look.color("text"))
    painter.drawText(QRectF(area.left(), area.top(), area.width(), _CAPTION - 4), panel.caption)
    left, top = area.left() + GUTTER_WIDTH, area.top() + _CAPTION
    paint_ruler(painter, QRectF(left, top, view.width, RULER_HEIGHT), panel.scene, font)
    roll, lane = top + RULER_HEIGHT, top + RULER_HEIGHT + view.height + 1
    lane_height = area.bottom() - lane
    gutter = QRectF(area.left(), roll, GUTTER_WIDTH, view.height)
    painter.setClipRect(gutter)
    paint_keyboard(painter, gutter, view, font)
    painter.setClipping(False)
    RollPainter().paint(painter, panel.scene, scale, QPoint(round(left), round(roll)))
    paint_lane_axis(painter, QRectF(area.left(), lane, GUTTER_WIDTH, lane_height), panel.scene, font)
    painter.setClipRect(QRectF(left, lane, view.width, lane_height))
    LanePainter().paint(painter, panel.scene, lane_height, scale, QPoint(round(left), round(lane)))
    painter.setClipping(False)
    painter.setPen(QPen(look.color("border"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(area.left(), top, area.width(), area.bottom() - top))
    painter.drawLine(round(area.left()), round(lane - 1), round(area.right()), round(lane - 1))


def _font(pixels: int, bold: bool = False) -> QFont:
    made = QFont(QGuiApplication.font())
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made


def _write(image: QImage, path: Path) -> None:
    """Write to a temporary file first, so that no half of a picture is left behind."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise DuvError(f"the picture cannot be written: {file.errorString()}", file=path)
    whole = image.save(file, "PNG")  # type: ignore[call-overload]
    if not whole or not file.commit():
        raise DuvError(f"the picture cannot be written: {file.errorString()}", file=path)
