"""What went wrong with one file of a batch, as one sentence without the file's name: it stands in a row of its own."""

from __future__ import annotations

from duv_studio.errors import DuvError

PROCESS_ENDED = "the process ended while this file was being humanized, perhaps because memory ran out"


def sentence(error: Exception) -> str:
    """Say what an exception means, expected or not."""
    return " ".join(_said(error).split())


def _said(error: Exception) -> str:
    if isinstance(error, DuvError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    if isinstance(error, MemoryError):
        return "there is not enough memory for this file"
    if isinstance(error, OSError) and error.strerror:
        return f"the file could not be read: {error.strerror}"
    return f"something went wrong inside the program: {type(error).__name__}: {error}"
