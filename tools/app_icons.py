"""Draws resources/icons/app.svg in every size that desktops ask for: python -m tools.app_icons, from the root."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from duv_studio.paths import resource

LINUX = (16, 24, 32, 48, 64, 128, 256, 512)
WINDOWS = (16, 24, 32, 48, 64, 128, 256)
# macOS names sizes by four letters: those of plain screens, then of those with two pixels for one.
MACOS = {
    **{"icp4": 16, "icp5": 32, "ic07": 128, "ic08": 256, "ic09": 512},
    **{"ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512, "ic10": 1024},
}


def main() -> None:
    """Write them to resources/icons/app."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    folder = resource("icons", "app")
    folder.mkdir(exist_ok=True)
    svg = resource("icons", "app.svg").read_bytes()
    for size in LINUX:
        (folder / f"{size}.png").write_bytes(png(svg, size))
    (folder / "app.ico").write_bytes(ico({size: png(svg, size) for size in WINDOWS}))
    (folder / "app.icns").write_bytes(icns({name: png(svg, size) for name, size in MACOS.items()}))
    print(f"Drew {len(list(Path(folder).iterdir()))} icons in {folder}")
    application.quit()


def png(svg: bytes, size: int) -> bytes:
    """The drawing as a PNG of `size` x `size` pixels on nothing."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """An icon file of Windows that holds PNGs, by their size in pixels."""
    at = 6 + 16 * len(pictures)
    entries = b""
    for size, data in pictures.items():
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at)  # 0 stands for 256
        at += len(data)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures.values())


def icns(pictures: dict[str, bytes]) -> bytes:
    """An icon file of macOS that holds PNGs, by the names of their sizes."""
    parts = b"".join(struct.pack(">4sI", name.encode(), 8 + len(data)) + data for name, data in pictures.items())
    return struct.pack(">4sI", b"icns", 8 + len(parts)) + parts


if __name__ == "__main__":
    main()
