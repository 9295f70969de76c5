"""Saves a picture of a window for the documentation with the 256 colours it needs most: a fifth of the bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage, QPixmap, qRgb

MOST_BYTES = 150_000
_COLOURS, _OFTEN = 256, 64


def save(pixmap: QPixmap, path: Path) -> None:
    """Write a PNG file; a colour beyond the first 256, such as an edge of a letter, becomes the nearest of them."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())[:, : width * 3]
    colours, places, counts = np.unique(rows.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    palette, nearest = chosen(colours.astype(np.int32), counts)
    pixels = np.zeros((height, (width + 3) // 4 * 4), np.uint8)  # a line of an image is whole words long
    pixels[:, :width] = nearest[places.reshape(height, width)]
    data = pixels.tobytes()  # has to live as long as the image
    small = QImage(data, width, height, pixels.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(*(int(part) for part in colour)) for colour in palette])
    small.save(str(path), "PNG", 0)  # type: ignore[call-overload]  # 0 packs closest
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes")


def chosen(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(256, 3) colours of `colours` (N, 3), and for each of those N the number of the nearest.

    Those seen most often are taken first, for surfaces must not change; then each time the one that is worst off, or
    the few red pixels of an error would turn grey.
    """
    palette: list[np.ndarray] = []
    distance, nearest = np.full(len(colours), np.iinfo(np.int32).max), np.zeros(len(colours), np.uint8)
    often = np.argsort(-counts, kind="stable")
    for n in range(min(_COLOURS, len(colours))):
        colour = colours[often[n] if n < _OFTEN else np.argmax(distance)]
        far = ((colours - colour) ** 2).sum(axis=1)
        nearest[far < distance] = n
        distance = np.minimum(distance, far)
        palette.append(colour)
    return np.array(palette), nearest
