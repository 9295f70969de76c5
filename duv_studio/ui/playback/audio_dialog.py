"""Asks what an audio file is to hold: after, before or both; how much of the song; which tracks; the format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

AFTER, BEFORE, BOTH = "after", "before", "both"
WHOLE, LOOP = "whole", "loop"
ALL, HEARD = "all", "heard"
FORMATS = {"wav24": (".wav", 24), "wav16": (".wav", 16), "flac24": (".flac", 24), "flac16": (".flac", 16)}


@dataclass(frozen=True)
class AudioChoice:
    """What was answered."""

    sides: str = AFTER
    part: str = WHOLE
    tracks: str = ALL
    format: str = "wav24"

    @property
    def suffix(self) -> str:
        """The ending of a file's name."""
        return FORMATS[self.format][0]

    @property
    def bits(self) -> int:
        """Of a sample."""
        return FORMATS[self.format][1]


def remembered(preferences: Preferences) -> AudioChoice:
    """What was chosen last, as far as it is known."""
    form = preferences.text("sound/format")
    return AudioChoice(format=form if form in FORMATS else AudioChoice().format)


class AudioDialog(QDialog):
    """Three questions with two or three answers each, and the format."""

    def __init__(self, choice: AudioChoice, *, loop: str, heard: str, has_after: bool, parent: QWidget | None) -> None:
        """`loop` says from where to where it goes, "" when there is none; `heard` how many tracks are."""
        super().__init__(parent)
        self.setWindowTitle(tr("Export Audio"))
        self._sides = _answers({AFTER: tr("&After, as humanized"), BEFORE: tr("&Before, as in the file"),
                                BOTH: tr("B&oth, as two files")})  # fmt: skip
        self._part = _answers({WHOLE: tr("The &whole song"), LOOP: tr("The &loop ({span})", span=loop or tr("none"))})
        self._tracks = _answers(
            {ALL: tr("All &tracks, at full volume"), HEARD: tr("As &heard now: {heard}", heard=heard)}
        )
        self._format = QComboBox()
        for name, text in (
            ("wav24", tr("WAV, 24 bits")),
            ("wav16", tr("WAV, 16 bits")),
            ("flac24", tr("FLAC, 24 bits")),
            ("flac16", tr("FLAC, 16 bits")),
        ):
            self._format.addItem(text, name)
        self._format.setCurrentIndex(self._format.findData(choice.format))
        self._format.setAccessibleName(tr("Format"))
        self._lay_out()
        _check(self._sides, choice.sides if has_after else BEFORE)
        _check(self._part, choice.part if loop else WHOLE)
        _check(self._tracks, choice.tracks)
        for name in (AFTER, BOTH):
            _button(self._sides, name).setEnabled(has_after)
        _button(self._part, LOOP).setEnabled(bool(loop))

    @property
    def choice(self) -> AudioChoice:
        """What is answered."""
        return AudioChoice(_chosen(self._sides), _chosen(self._part), _chosen(self._tracks), self._format.currentData())

    def choose(self, **answers: str) -> None:
        """Answer `sides`, `part` or `tracks`, or set the `format`."""
        groups = {"sides": self._sides, "part": self._part, "tracks": self._tracks}
        for name, answer in answers.items():
            if name == "format":
                self._format.setCurrentIndex(self._format.findData(answer))
            else:
                _check(groups[name], answer)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(theme.SPACE_L)
        form.setVerticalSpacing(theme.SPACE_L)
        for name, group in ((tr("Side"), self._sides), (tr("Part"), self._part), (tr("Tracks"), self._tracks)):
            column = QVBoxLayout()
            column.setSpacing(theme.SPACE_XS)
            for button in group.buttons():
                column.addWidget(button)
            form.addRow(name, column)
        form.addRow(tr("Format"), self._format)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("&Choose a File…"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_XL)
        column.addLayout(form)
        column.addWidget(buttons)


def paths_of(chosen: Path, choice: AudioChoice) -> tuple[Path, ...]:
    """The files that are written where `chosen` was answered: for both sides two that are named after it."""
    stem = chosen.name[: -len(chosen.suffix)] if chosen.suffix.lower() in (".wav", ".flac") else chosen.name
    if choice.sides != BOTH:
        return (chosen.with_name(stem + choice.suffix),)
    names = (tr("{stem} (before)", stem=stem), tr("{stem} (after)", stem=stem))
    return tuple(chosen.with_name(name + choice.suffix) for name in names)


def _answers(texts: dict[str, str]) -> QButtonGroup:
    group = QButtonGroup()
    for name, text in texts.items():
        button = QRadioButton(text)
        button.setProperty("answer", name)
        group.addButton(button)
    return group


def _button(group: QButtonGroup, answer: str) -> QRadioButton:
    found = next(button for button in group.buttons() if button.property("answer") == answer)
    assert isinstance(found, QRadioButton)
    return found


def _check(group: QButtonGroup, answer: str) -> None:
    _button(group, answer).setChecked(True)


def _chosen(group: QButtonGroup) -> str:
    checked = group.checkedButton()
    assert checked is not None
    return str(checked.property("answer"))
