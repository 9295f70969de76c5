"""The right side bar: how much, which variation, which tracks, what is protected, and what it does to velocities."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from duv_studio.engine.midi.song import IntArray, Performance, Song
from duv_studio.engine.music.name_patterns import Patience, matched_name
from duv_studio.engine.music.selection import compile_pattern
from duv_studio.engine.music.settings import AUTO, KEYS, MOST_INTENSITY, MOST_LEVEL, SOUND, Settings
from duv_studio.errors import DuvError
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.panels.style_row import StyleBox
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.fields import (
    LABEL_WIDTH,
    ChoiceRow,
    Fold,
    LimitRow,
    NumberBox,
    PatternField,
    SliderRow,
    bare_scroll,
    share_row,
)
from duv_studio.ui.widgets.histogram import VelocityHistogram
from duv_studio.ui.widgets.message_bar import sentence
from duv_studio.ui.widgets.slider import Slider

HIGHEST_SEED = 999_999
WIDTH = 304


class HumanizePanel(QWidget):
    """Shows the document's settings and changes them; it keeps none of its own."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_settings()
        self._on_performance()

    def sizeHint(self) -> QSize:
        """A side bar."""
        return QSize(WIDTH, 560)

    def hide_histogram(self) -> None:
        """Leave away what is only about the song that is open."""
        for part in self._below:
            part.hide()

    def _make_controls(self) -> None:
        self.sliders = {
            "intensity": share_row(
                tr("&Intensity"),
                tr("0 % is the file as it was, 100 % the whole performance, above it is exaggerated ([ and ])"),
                MOST_INTENSITY,
            ),
            "velocity": share_row(tr("Vel&ocity"), tr("How much of the intensity reaches the velocities")),
            "duration": share_row(tr("&Duration"), tr("How much of the intensity reaches the durations")),
            "variation": share_row(tr("V&ariation"), tr("0 % plays what is most expected, 100 % varies as players do")),
        }
        self.level = SliderRow(
            tr("&Level"),
            tr("Louder or softer by so many velocity units at full intensity; at 0 every track keeps its level"),
            Slider(
                -round(MOST_LEVEL),
                round(MOST_LEVEL),
                detent=0,
                is_bipolar=True,
                captions=(tr("softer"), "", tr("louder")),
            ),
        )
        self.seed = NumberBox(0, HIGHEST_SEED, prefix="# ")
        self.seed.setMinimumWidth(90)
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setToolTip(tr("The same number and settings give the same performance, byte for byte"))
        self.next_button = QPushButton(tr("Next"))
        icons.assign(self.next_button, "dice")
        self.next_button.setToolTip(tr("Play it another way with the same settings (N)"))
        self.next_button.setAccessibleName(tr("Next variation"))
        self.include = PatternField(
            tr("I&nclude"),
            tr("all tracks"),
            tr("Regular expression: only tracks whose name matches are humanized, such as (?i)piano|bass"),
        )
        self.exclude = PatternField(
            tr("E&xclude"),
            tr("none"),
            tr("Regular expression: tracks whose name matches stay as they are, such as (?i)drum"),
        )
        self.keyswitches = QCheckBox(tr("Protect key-s&witches"))
        self.keyswitches.setToolTip(tr("Notes that choose an articulation instead of sounding stay as they are"))
        self.drums = QCheckBox(tr("Change d&rum durations too"))
        self.drums.setToolTip(tr("Drums ring as long as they ring: their note lengths stay as they are unless you ask"))
        self.performed = QCheckBox(tr("Chan&ge performed durations too"))
        self.performed.setToolTip(
            tr("Tracks that were played without a click have a player's note lengths: they stay unless you ask")
        )
        self.piano_lengths = ChoiceRow(
            tr("Piano lengths"),
            [(tr("automatic"), AUTO), (tr("of the keys"), KEYS), (tr("of the sound"), SOUND)],
            tr(
                "Keys are let go early where a pedal holds the sound; without one notes last as long as they sound."
                " Automatic: as the file has a sustain pedal or none"
            ),
        )
        self.velocity_limit = LimitRow(
            tr("Velocity at &most"), NumberBox(1, 126, prefix="± "), tr("No note's velocity changes by more than this")
        )
        self.duration_limit = LimitRow(
            tr("D&uration at most"), NumberBox(1, 400, " %", "± "), tr("No note's duration changes by more than this")
        )
        self.velocity_limit.number.setValue(20)
        self.duration_limit.number.setValue(50)
        self.style_box = StyleBox(self.document)
        self.histogram = VelocityHistogram()

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_S)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(_heading(tr("Humanize")))
        for row in self.sliders.values():
            column.addWidget(row)
        column.addLayout(self._seed_row())
        column.addSpacing(theme.SPACE_XS)
        column.addWidget(_heading(tr("Style")))
        column.addWidget(self.level)
        column.addWidget(self.style_box)
        column.addSpacing(theme.SPACE_XS)
        column.addWidget(_heading(tr("Tracks by name")))
        column.addWidget(self.include)
        column.addWidget(self.exclude)
        column.addSpacing(theme.SPACE_XS)
        column.addWidget(_heading(tr("Notes")))
        column.addWidget(self.keyswitches)
        column.addWidget(self.drums)
        column.addWidget(self.performed)
        column.addWidget(self.piano_lengths)
        column.addWidget(self._limits())
        column.addStretch(1)
        scroll = bare_scroll(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        self._below = (_rule(), self._footer())
        for part in self._below:
            outer.addWidget(part)

    def _seed_row(self) -> QHBoxLayout:
        label = QLabel(tr("&Seed"))
        label.setBuddy(self.seed)
        label.setFixedWidth(LABEL_WIDTH)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addWidget(label)
        row.addWidget(self.seed, 1)
        row.addWidget(self.next_button)
        return row

    def _limits(self) -> Fold:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(theme.SPACE_S, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.velocity_limit)
        column.addWidget(self.duration_limit)
        self.limits = Fold(tr("Limits per note"), content)
        return self.limits

    def _footer(self) -> QWidget:
        footer = QWidget()
        column = QVBoxLayout(footer)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        self.histogram_title = _heading("")
        column.addWidget(self.histogram_title)
        column.addWidget(self.histogram)
        return footer

    def _connect(self) -> None:
        document = self.document
        for name, row in self._rows().items():
            row.setProperty("setting", name)
            row.changed.connect(self._on_slider)
            row.held.connect(document.hold)
            row.released.connect(document.release)
        self.seed.valueChanged.connect(self._on_seed)
        self.include.changed.connect(self._on_include)
        self.exclude.changed.connect(self._on_exclude)
        for field in (self.include, self.exclude):
            field.line.held.connect(document.hold)
            field.line.released.connect(document.release)
        self.keyswitches.toggled.connect(self._on_keyswitches)
        self.drums.toggled.connect(self._on_drums)
        self.performed.toggled.connect(self._on_performed)
        self.piano_lengths.chosen.connect(self._on_piano_lengths)
        self.velocity_limit.changed.connect(self._on_velocity_limit)
        self.duration_limit.changed.connect(self._on_duration_limit)
        document.settings_changed.connect(self._on_settings)
        document.song_changed.connect(self._on_settings)
        for signal in (document.performance_changed, document.song_changed, document.current_track_changed):
            signal.connect(self._on_performance)

    # From the controls to the document

    def _rows(self) -> dict[str, SliderRow]:
        """Every row by the setting that it shows."""
        return {**self.sliders, "level": self.level}

    def _on_slider(self, amount: float) -> None:
        name = str(self.sender().property("setting"))
        label = self._rows()[name].slider.accessibleName()
        self.document.change(label, name, **{name: amount})

    def _on_seed(self, seed: int) -> None:
        self.document.change(tr("Seed"), "seed", seed=seed)

    def _on_include(self, text: str) -> None:
        self.document.change(tr("Include Pattern"), "include", include=text or None)

    def _on_exclude(self, text: str) -> None:
        self.document.change(tr("Exclude Pattern"), "exclude", exclude=text or None)

    def _on_keyswitches(self, protect: bool) -> None:
        self.document.change(tr("Protect Key-Switches"), protect_keyswitches=protect)

    def _on_drums(self, change: bool) -> None:
        self.document.change(tr("Drum Durations"), drum_durations=change)

    def _on_performed(self, change: bool) -> None:
        self.document.change(tr("Performed Durations"), performed_durations=change)

    def _on_piano_lengths(self, lengths: str) -> None:
        self.document.change(tr("Piano Lengths"), lengths=lengths)

    def _on_velocity_limit(self, limit: float | None) -> None:
        self.document.change(
            tr("Velocity Limit"), "velocity limit", max_velocity_change=None if limit is None else round(limit)
        )

    def _on_duration_limit(self, limit: float | None) -> None:
        self.document.change(
            tr("Duration Limit"), "duration limit", max_duration_change=None if limit is None else limit / 100
        )

    # From the document to the controls

    def _on_settings(self) -> None:
        settings = self.document.settings
        for name, row in self._rows().items():
            row.set_amount(getattr(settings, name))
        boxes = {
            self.keyswitches: settings.protect_keyswitches,
            self.drums: settings.drum_durations,
            self.performed: settings.performed_durations,
        }
        for control, value in boxes.items():
            control.blockSignals(True)
            control.setChecked(value)
            control.blockSignals(False)
        self.piano_lengths.set_choice(settings.lengths)
        self.seed.blockSignals(True)
        self.seed.setValue(settings.seed)
        self.seed.blockSignals(False)
        self.velocity_limit.set_value(settings.max_velocity_change)
        ratio = settings.max_duration_change
        self.duration_limit.set_value(None if ratio is None else ratio * 100)
        if settings.max_velocity_change is not None or ratio is not None:
            self.limits.open()  # a limit that is on must not be hidden
        self._show_patterns(settings)

    def _show_patterns(self, settings: Settings) -> None:
        for field, what in ((self.include, "include"), (self.exclude, "exclude")):
            text = getattr(settings, what)
            field.set_text(text or "")
            field.set_verdict(*verdict(self.document.song, text, what))

    def _on_performance(self) -> None:
        document, index = self.document, self.document.current_track
        song = document.song
        name = tr("all tracks") if song is None or index is None else matched_name(song.tracks[index])
        title = tr("Velocities · {name}", name=name)
        metrics = self.histogram_title.fontMetrics()
        self.histogram_title.setText(metrics.elidedText(title, Qt.TextElideMode.ElideRight, WIDTH - 2 * theme.SPACE_M))
        before = velocities(song.as_written(), index) if song else None
        after = velocities(document.performance, index) if document.performance else None
        self.histogram.set_velocities(before, after)


def verdict(song: Song | None, text: str | None, what: str) -> tuple[str, bool]:
    """Say how many tracks a pattern matches, or what is wrong with it; the second value tells an error."""
    try:
        pattern = compile_pattern(text, what)
        if pattern is None or song is None:
            return "", False
        patience = Patience()
        matches = sum(patience.search(pattern, matched_name(track)) for track in song.tracks)
    except DuvError as error:
        return sentence(error.message), True
    total = count(len(song.tracks), "track", "tracks")
    return tr("matches {n} of {total}", n=matches, total=total), False


def velocities(performance: Performance, track: int | None) -> IntArray:
    """Return the velocities (n,) of one track or of all."""
    played = performance if track is None else performance[track : track + 1]
    return np.concatenate([p.velocity for p in played]) if played else np.zeros(0, np.int64)


def _rule() -> QWidget:
    """A line between the part that scrolls and the part that stays."""
    rule = QWidget()
    rule.setFixedHeight(1)
    rule.setBackgroundRole(QPalette.ColorRole.Mid)
    rule.setAutoFillBackground(True)
    return rule


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
