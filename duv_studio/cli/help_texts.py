"""What stands at the end of each command's help: examples, and what its exit statuses mean."""

from __future__ import annotations

import textwrap

from duv_studio.cli.guard import COULD_NOT_RUN, DONE, INTERRUPTED, SOME_FAILED
from duv_studio.text_width import COLUMNS

# What each status means for every command; what 1 means for one of them stands in ONE.
STATUSES = {
    DONE: "done",
    SOME_FAILED: "some part failed, or what was found is not good",
    COULD_NOT_RUN: "could not run; one sentence on standard error says why",
    INTERRUPTED: "stopped by Ctrl-C",
}
_UNSAID = "what it prints could not be written, though its files were"

# Command -> what 1 means; no command that is missing here ends with it.
ONE = {
    "humanize": f"a part of the file could not be read: the rest was played; or {_UNSAID}",
    "render": f"a part of the file could not be read: the rest was written; or {_UNSAID}",
    "batch": f"a file failed, or could be read only in part; or {_UNSAID}",
    "inspect": "a part of the file could not be read",
    "demo": _UNSAID,
    "enrich": f"a file could not be read; or {_UNSAID}",
    "train-base": f"stopped: the same command goes on from there; or {_UNSAID}",
    "train-lora": f"stopped, a check failed, or the adapter harms; or {_UNSAID}",
    "adapters": _UNSAID,
    "evaluate": f"with --gate: the model must not be released; with --adapter: the adapter harms; or {_UNSAID}",
}

# Command -> what one does, and how.
EXAMPLES = {
    "humanize": (
        ("play a song", "duv-studio humanize song.mid -o played.mid"),
        (
            "a little less, and not the drums",
            "duv-studio humanize song.mid -o played.mid --intensity 0.7 --exclude '(?i)drum'",
        ),
        ("with a kick that stays", "duv-studio humanize song.mid -o played.mid --set '(?i)drums: protect=kick'"),
    ),
    "render": (
        ("hear a song as it is", "duv-studio render song.mid -o before.flac"),
        ("and as the model plays it", "duv-studio render song.mid -o after.flac --humanize --intensity 0.9"),
        ("the guitars of some bars", "duv-studio render song.mid -o solo.wav --tracks '(?i)guitar' --bars 9-16"),
        ("with another SoundFont", "duv-studio render song.mid -o song.flac --soundfont piano.sf2"),
    ),
    "batch": (
        ("play all songs of a folder", "duv-studio batch songs played --report played.csv"),
        ("go on after it was stopped", "duv-studio batch songs played --resume"),
        ("see first what would be done", "duv-studio batch songs played --dry-run"),
    ),
    "inspect": (
        ("look at a song", "duv-studio inspect song.mid"),
        ("which tracks a pattern leaves out", "duv-studio inspect song.mid --exclude '(?i)drum|fx'"),
        ("for a program", "duv-studio inspect song.mid --json"),
    ),
    "demo": (("hear and see what it does", "duv-studio demo -o demo"),),
    "enrich": (
        (
            "a manifest of one's own playing",
            "duv-studio enrich --input takes --output manifests/guitar_enriched.jsonl --instrument guitar",
        ),
        ("of data sets", "duv-studio enrich --sets gmd,pop909 --data datasets --output manifests/replay.jsonl"),
    ),
    "train-base": (
        ("by a recipe, from data sets", "duv-studio train-base --config base-v1.yaml --data datasets --work runs/base"),
        (
            "from tables of notes",
            "duv-studio train-base --csv-train t.csv --csv-valid v.csv --stats-json s.json --out base.ckpt",
        ),
    ),
    "train-lora": (
        ("by a recipe that ships", "duv-studio train-lora --config guitar_Lora.yaml"),
        ("by one's own, on the processor", "duv-studio train-lora --config my_guitar.yaml --devices cpu"),
        ("judge one that was stopped", "duv-studio train-lora --config my_guitar.yaml --judge"),
    ),
    "adapters": (
        ("which there are", "duv-studio adapters"),
        ("let a new one play by itself", "duv-studio adapters --install checkpoints/duv_guitar_lora"),
        ("remove it", "duv-studio adapters --remove duv_guitar_lora"),
    ),
    "device": (
        ("what computes by default", "duv-studio device"),
        ("what would with a GPU", "duv-studio device --device auto"),
    ),
    "evaluate": (
        ("the model that ships", "duv-studio evaluate --data datasets --json figures.json"),
        ("an adapter on one's own songs", "duv-studio evaluate --adapter duv_guitar_lora --songs takes/later"),
    ),
}

PROGRAM = (
    ("open the window with a song", "duv-studio song.mid"),
    ("play a song", "duv-studio humanize song.mid -o played.mid"),
    ("all options of a command", "duv-studio humanize --help"),
)


def epilog(command: str | None = None) -> str:
    """Examples and exit statuses, of `duv-studio` itself where no command is named."""
    lines = ["examples:"]
    for what, line in PROGRAM if command is None else EXAMPLES[command]:
        lines += [f"  # {what}", f"  {line}"]
    lines += ["", "exit status:"]
    for status, meaning in statuses(command).items():
        lines += textwrap.wrap(meaning, COLUMNS, initial_indent=f"  {status:<4} ", subsequent_indent=" " * 7)
    return "\n".join(lines)


def statuses(command: str | None = None) -> dict[int, str]:
    """Each exit status that a command ends with, and what it means."""
    if command is None:
        return STATUSES
    own = {SOME_FAILED: ONE.get(command)}
    return {status: meaning for status, general in STATUSES.items() if (meaning := own.get(status, general))}
