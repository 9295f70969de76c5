"""The table of files with its filter: everything, what is used, what is skipped, what cannot be read."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from duv_studio.training.lora.survey.survey import FAILED, OK, SKIPPED, DataSummary
from duv_studio.ui.i18n import tr
from duv_studio.ui.widgets.table_view import RowTable
from duv_studio.ui.wizard.data.file_model import Column, FileModel

_WIDTHS: dict[int, int] = {Column.NOTES: 64, Column.LENGTH: 62, Column.PART: 70}


class FileTable(RowTable):
    """The files of a survey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model = FileModel()
        groups = {"": tr("All"), OK: tr("Used"), SKIPPED: tr("Skipped"), FAILED: tr("Failed")}
        super().__init__(self.model, groups, _WIDTHS, parent)
        self.model.setParent(self)

    def set_summary(self, summary: DataSummary) -> None:
        """Show the files of a survey."""
        self.set_counts({status: summary.count(status) if status else len(summary.files) for status in self.buttons})
        self.model.set_rows(summary.files)
