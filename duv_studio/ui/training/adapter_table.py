"""The table of the adapter manager."""

from __future__ import annotations

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from duv_studio.ui.i18n import tr
from duv_studio.ui.training.adapter_entries import Column

_LEAST_WIDTH = 150


def adapter_table(model: QSortFilterProxyModel) -> QTableView:
    """Return a table whose rows are chosen as a whole and sorted by their columns."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(tr("Adapters"))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSortingEnabled(True)
    table.sortByColumn(Column.FAMILY, Qt.SortOrder.AscendingOrder)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(30)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(60)
    for column in Column:
        whole = QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch if column is Column.TITLE else whole)
    table.setMinimumWidth(_LEAST_WIDTH)
    return table
