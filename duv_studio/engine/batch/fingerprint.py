"""What the bytes of a batch's results depend on, beside the files: only a run of the same task is resumed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from duv_studio import __version__
from duv_studio.engine.adapters.resolve import ModelChoice
from duv_studio.engine.batch.request import Request
from duv_studio.engine.json_text import shown
from duv_studio.engine.model.precision import AUTO, PRECISION_VARIABLE
from duv_studio.engine.music.settings import OF_ONE_SONG, Settings
from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError

_MOST_TOLD, _LONGEST_NUMBER = 12, 20
Task = dict[str, Any]


def without_song_settings(settings: Settings) -> Settings:
    """The settings without those that name tracks and notes of one song."""
    return replace(settings, **{name: getattr(Settings(), name) for name in OF_ONE_SONG})


def describe_task(request: Request, choice: ModelChoice) -> Task:
    """The task as JSON can keep it; files of models by digest, for any byte of theirs may matter."""
    settings = {f.name: getattr(request.settings, f.name) for f in fields(Settings) if f.name not in OF_ONE_SONG}
    return {
        "program": __version__,
        **settings,
        "families": [[pattern, str(family)] for pattern, family in request.families],
        "parts": [rule.as_row() for rule in request.parts],
        "charset": request.charset,
        "model": digest_of(choice.base.path),
        "adapters": {str(family): digest_of(file.path) for family, file in choice.adapters},
        "device": request.device,
    }


def requested_precision(request: Request) -> str | None:
    """The number format that is asked for by name; None where what suits the processor is to be chosen."""
    asked = request.precision or os.environ.get(PRECISION_VARIABLE) or AUTO
    return None if asked == AUTO else asked


def check_same_task(before: Mapping[str, Any], now: Mapping[str, Any], journal: Path) -> None:
    """DuvError that names what differs between the task of an earlier run and this one."""
    told = list(_differences(before, now))
    if told:
        told[_MOST_TOLD:] = ["more"] if len(told) > _MOST_TOLD else []
        raise DuvError(
            f"The earlier run was another one: it differs in {', '.join(told)}",
            hint="ask for the same as then; or begin anew, in another folder or overwriting what is there",
            file=journal,
        )


def digest_of(path: Path) -> str:
    """A digest of a file's bytes; DuvError when it cannot be read."""
    with open_regular(path, "model file") as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DuvError(f"cannot be read: {error.strerror or error}", file=path) from error


def digest(data: bytes) -> str:
    """A digest of bytes, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        then, today = before.get(name), now.get(name)
        if then == today:
            continue
        # Digests and lists tell no one anything.
        plain = (
            all(value is None or isinstance(value, str | int | float) for value in (then, today)) and name != "model"
        )
        plain_name = name.replace("_", " ") if name in now else shown(name)
        yield f"{plain_name} ({_shown(then)} then, {_shown(today)} now)" if plain else plain_name


def _shown(value: object) -> str:
    return "none" if value is None else shown(value) if isinstance(value, str) else str(value)[:_LONGEST_NUMBER]
