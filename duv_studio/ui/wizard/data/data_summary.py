"""What the data holds, beside its files: how much, what is doubtful, how it was played, and how songs are divided."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from duv_studio.training.lora.survey.survey import DataSummary
from duv_studio.ui.i18n import clock, count, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.widgets.message_bar import Message, sentence
from duv_studio.ui.wizard.data.histograms import coarser, length_chart, spread, velocity_chart
from duv_studio.ui.wizard.data.split_bar import SplitBar

INFO = "info"  # doubts that do no harm are no messages
_VELOCITIES = 4  # a bar


class DataSummaryView(QScrollArea):
    """A column that scrolls where the window is low."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.amount = _label("title")
        self.songs = _label("muted")
        self.velocity, self.length = velocity_chart(), length_chart()
        self.split = SplitBar()
        self.enough, self.unjudged, self.remarks = _label("muted"), _label("warning"), _label("muted")
        self.licence = _label("muted")
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, theme.SPACE_S, 0)
        column.setSpacing(theme.SPACE_M)
        for widgets in ((self.amount, self.songs), (self.velocity,), (self.length,)):
            self._add(column, *widgets)
        self._add(column, self.split)
        self._add(column, self.enough, self.unjudged, self.remarks, self.licence)
        column.addStretch(1)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)  # setWidget has turned it on
        self.viewport().setAutoFillBackground(False)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _add(self, column: QVBoxLayout, *widgets: QWidget) -> None:
        part = QVBoxLayout()
        part.setSpacing(theme.SPACE_XS)
        for widget in widgets:
            part.addWidget(widget)
        column.addLayout(part)

    def set_summary(self, summary: DataSummary, base_licence: str = "") -> None:
        """Show another survey; `base_licence` is a sentence about the model that the adapter builds on."""
        self.amount.setText(count(summary.notes, "note", "notes"))
        parts = (
            count(summary.tracks, "track", "tracks"),
            count(summary.songs, "song", "songs"),
            clock(summary.seconds),
        )
        self.songs.setText(" · ".join(parts))
        self.velocity.set_histogram(coarser(summary.velocity, _VELOCITIES), _velocity_words(summary))
        self.length.set_histogram(summary.duration, _length_words(summary))
        self.split.set_split(summary.split if summary.usable else None)
        for widget in (self.velocity, self.length, self.split):
            widget.setVisible(summary.usable)
        self._say(self.enough, sentence(summary.tier.sentence) if summary.usable else "")
        set_property(self.enough, "role", "warning" if summary.tier.warns else "muted")
        self._say(self.unjudged, sentence(summary.split.sentence) if summary.usable else "")
        self._say(self.remarks, "\n".join(d.text for d in summary.doubts if d.kind == INFO))
        self._say(self.licence, "\n".join([base_licence, *summary.licences] if base_licence else summary.licences))

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))


def messages_of(summary: DataSummary) -> dict[str, Message]:
    """Return what must be reported of a survey by topic, the worst first."""
    rank = {"error": 0, "warning": 1}
    told = sorted((d for d in summary.doubts if d.kind != INFO), key=lambda d: rank[d.kind])
    return {d.topic: Message(d.kind, tr(d.title), sentence(d.text), d.hint) for d in told}


def _velocity_words(summary: DataSummary) -> str:
    mean, deviation = spread(summary.velocity)
    return "" if math.isnan(mean) else tr("{mean} ± {sd}", mean=round(mean - 0.5), sd=f"{deviation:.1f}")


def _length_words(summary: DataSummary) -> str:
    mean, _ = spread(summary.duration)
    return "" if math.isnan(mean) else tr("{p} % on average", p=round(100 * 2**mean))


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
