"""The one exception for expected errors, and the one for a cancelled job."""

from __future__ import annotations

from pathlib import Path


class DuvError(Exception):
    """Something the user can understand and mend; shown as one sentence, never as a traceback.

    `message` says what is wrong, `hint` what to do, `file` which file it is about, `title` heads a dialog.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | Path | None = None,
        title: str = "That did not work",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.file = None if file is None else Path(file)
        self.title = title

    def __str__(self) -> str:
        text = f"{self.file}: {self.message}" if self.file is not None else self.message
        return f"{text} ({self.hint})" if self.hint else text

    @property
    def lines(self) -> list[str]:
        """The same for a terminal: a sentence a line where there are several things to mend."""
        return [str(self)]


class Cancelled(Exception):
    """Raised inside a long job when its caller asked it to stop."""
