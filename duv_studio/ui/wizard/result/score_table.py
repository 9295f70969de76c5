"""The table of scores on unseen songs, and the texts of its measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from duv_studio.engine.adapters.score_rows import ADAPTER, BASE, LOOKUP, STATISTICS_ONLY
from duv_studio.ui.i18n import tr
from duv_studio.ui.wizard.result.gain_plot import GainRow
from duv_studio.ui.wizard.result.run_result import Outcome

_ROW = 28
ADAPTER_ROW, MODEL_ROW, NOTHING_ROW = "With the adapter", "Trained model", "Does nothing"
NOTHING = "Every note left at its track's level and its written length: who is not better than that has learned nothing"
# Rows of result.json that are shown, and what they are called here.
ROWS = (
    (BASE, "Base model"),
    (LOOKUP, "Mean of each place in the bar"),
    (STATISTICS_ONLY, "Base, level and spread only"),
    (ADAPTER, ADAPTER_ROW),
    ("flat", NOTHING_ROW),
)


class ScoreTable(QTableWidget):
    """A row for each player, a column for each measure; the adapter's row stands out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setAccessibleName(tr("Scores on unseen songs"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)

    def show_rows(self, columns: Sequence[Shown], rows: Sequence[tuple[str, list[str]]]) -> None:
        """Show other figures."""
        self.clear()
        self.setColumnCount(len(columns) + 1)
        self.setRowCount(len(rows))
        self._show_head(columns)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for r, (name, cells) in enumerate(rows):
            for c, text in enumerate([name, *cells]):
                item = QTableWidgetItem(text)
                item.setTextAlignment(right if c else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                font = item.font()
                font.setBold(name in (tr(ADAPTER_ROW), tr(MODEL_ROW)))
                item.setFont(font)
                item.setToolTip(tr(NOTHING) if name == tr(NOTHING_ROW) else "")
                self.setItem(r, c, item)
        self.setFixedHeight(_ROW * len(rows) + self.horizontalHeader().sizeHint().height() + 2)

    def _show_head(self, columns: Sequence[Shown]) -> None:
        first = QTableWidgetItem(tr("Performance"))
        first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setHorizontalHeaderItem(0, first)
        for c, shown in enumerate(columns, start=1):
            head = QTableWidgetItem(tr(shown.heading))
            head.setToolTip(tr(shown.tip))
            head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(c, head)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if columns:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


@dataclass(frozen=True)
class Shown:
    """A measure by its name in result.json; `better` is the sign of a wanted gain, 0 where nearest to 1 is best."""

    name: str
    heading: str  # of a column
    words: str  # of a row
    tip: str
    better: int
    form: str


SHOWN = (
    Shown(
        "velocity_r", "Velocity r", "Velocity follows the player (r)",
        "Correlation of the velocities with the player's: 1 is exactly alike, 0 is chance.", 1, ".3f",
    ),
    Shown(
        "velocity_mae", "Velocity error", "Velocity error",
        "Mean distance to the player's velocities, in MIDI units of 1 to 127.", -1, ".1f",
    ),
    Shown(
        "nll", "Surprise", "Surprise at the player (NLL)",
        "How unlikely the model found what the player did, in nats a note: less is better.", -1, ".3f",
    ),
    Shown(
        "velocity_sd_ratio", "Velocity spread", "Velocity spread",
        "How widely velocities spread, against the player's: 1 is as lively as the player.", 0, ".2f",
    ),
    Shown(
        "articulation_r", "Length r", "Length follows the player (r)",
        "Correlation of the notes' lengths with the player's, against the written ones.", 1, ".3f",
    ),
    Shown(
        "articulation_mae", "Length error", "Length error (octaves)",
        "Mean distance to the player's lengths; 1 octave is twice or half as long.", -1, ".3f",
    ),
)  # fmt: skip


def gain_rows(outcome: Outcome) -> list[GainRow]:
    """Return what the plot shows: every measure with a better side, where it is known."""
    rows = []
    for shown in SHOWN:
        gain = outcome.gain(shown.name)
        if shown.better and gain is not None:
            rows.append(GainRow(tr(shown.words), gain.value, gain.low, gain.high, shown.better, shown.form))
    return rows


def table(outcome: Outcome) -> tuple[list[Shown], list[tuple[str, list[str]]]]:
    """Return the measures that anyone has, and the cells of every row that was measured."""
    ours = MODEL_ROW if outcome.is_model else ADAPTER_ROW
    named = [(key, ours if name == ADAPTER_ROW else name) for key, name in ROWS]
    rows = [(name, outcome.scores[key]) for key, name in named if outcome.scores.get(key)]
    columns = [shown for shown in SHOWN if any(shown.name in scores for _, scores in rows)]
    return columns, [(tr(name), [_cell(scores, shown) for shown in columns]) for name, scores in rows]


def _cell(scores: Mapping[str, float], shown: Shown) -> str:
    value = scores.get(shown.name)
    return "–" if value is None else format(value, shown.form).replace("-", "−")
