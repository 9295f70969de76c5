"""The report of a manifest: what was dropped and why, by file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from duv_studio.training.manifest.journal import Journal


def write_report(journal: Journal, path: Path, about: dict[str, Any]) -> None:
    """Write counts, options and every file of which something was left out as JSON, without holding them all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = json.dumps({**about, **journal.tally.facts()}, indent=2)
    with path.open("w", encoding="utf-8") as file:
        file.write(head.removesuffix("\n}") + ',\n  "by_file": [')
        comma = ""
        for entry in _entries(journal):
            file.write(f"{comma}\n    {json.dumps(entry)}")
            comma = ","
        file.write("\n  ]\n}\n")


def _entries(journal: Journal) -> Iterator[dict[str, Any]]:
    for record in journal.records():
        dropped = [{"track": track, "reason": reason} for track, reason in record["dropped"]]
        entry = {"error": record["error"], "warnings": record["warnings"], "dropped": dropped}
        told = {key: value for key, value in entry.items() if value}
        if told:
            yield {"file": record["file"], "kept": len(record["kept"]), **told}
