"""Lines of a manifest: a played track as one JSON object with parallel arrays, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.engine.regular_file import NoSuchFile, read_text_lines
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.arrays import AGAIN, NO_DATA, Line, exact, plain, short
from duv_studio.training.data.manifest.bars import bars_of, onsets_of
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.guide_features import guide_features, hint_features, seconds_of
from duv_studio.training.data.played_track import PlayedTrack, notated_duration, split_of

OWN = "own"  # the corpus of files that belong to no data set
DRUM_LENGTH = 0.25  # beats: what a drum's note is written as, see corpora.common.without_lengths
LONGEST_LINE = 2**28  # characters; some million notes
SHORTEST = 1 / 64  # beats
LISTED = ("strum_dir_hint",)  # hints that are written in full, as the guide shows them


def line_of(track: PlayedTrack, *, file: str = "", section_source: str = "none") -> dict[str, Any]:
    """A track as the object that its line holds: the guide's keys, the hints, and what is ours."""
    guide = {name: plain(values) for name, values in guide_features(track).items()}
    hints = {name: plain(values) for name, values in hint_features(track).items()}
    meter = [f"{a}/{b}" for a, b in zip(track.numerator.tolist(), track.denominator.tolist(), strict=True)]
    return {
        "file": file,
        **guide,
        **{name: values if name in LISTED else short(values) for name, values in hints.items()},
        "onset_beats": plain(track.onset),
        "notated_beats": short(plain(track.duration)),
        "sustained_beats": short(plain(track.sustained_duration)),
        "bar": short(plain(track.bar)),
        "bar_length": short(plain(track.bar_length)),
        "meter": short(meter),
        "bpm": short(plain(track.bpm)),
        **_about(track),
        "section_source": section_source,
    }


def _about(track: PlayedTrack) -> dict[str, Any]:
    return {
        "instrument": str(track.family),
        "song": track.song,
        "player": track.player,
        "split": track.split,
        "corpus": track.corpus,
        "pedal": track.pedal,
        "free": track.free,
        "duration_sec": round(seconds_of(track), 3),
        "fingerprint": fingerprint(track),
    }


def song_of(file: str) -> str:
    """The song of a file where nothing else names it: files of one name in two folders are two songs."""
    return Path(file).with_suffix("").as_posix() if file else ""


def track_of(line: object, where: str, family: Family | None = None) -> PlayedTrack:
    """The track that a line holds; keys that are not known are passed over.

    The guide's own keys are enough: what else a track needs is worked out from them, as docs/manifest.md says. `family`
    is that of a line that names none. DuvError tells the place (`where`), the key and what is wrong with it.
    """
    read = Line(line, where)
    onset, instrument = onsets_of(read), _instrument(read, family)
    bars = bars_of(read, onset)
    played = _lengths(read, "dur_beats", instrument)
    corpus, song = read.text("corpus", OWN), read.text("song", song_of(read.text("file", "")))
    numerator, denominator = _meter(read, bars.length)
    return PlayedTrack(
        corpus=corpus,
        song=song,
        player=read.text("player", ""),
        family=instrument,
        split=_split(read, corpus, song),
        onset=onset,
        duration=_notated(read, played, onset),
        pitch=read.whole("pitch", 0, 127),
        velocity=read.numbers("velocity", 1, 127),
        played_duration=played,
        sustained_duration=_lengths(read, "sustained_beats", instrument) if read.has("sustained_beats") else played,
        bar=bars.bar,
        beat=bars.beat,
        bar_length=bars.length,
        numerator=numerator,
        denominator=denominator,
        bpm=read.numbers("bpm", 1, 10_000) if read.has("bpm") else np.full(read.notes, 120.0),
        pedal=read.flag("pedal"),
        free=read.flag("free"),
        hints=_known_hints(read),
    )


def read_manifest(path: str | Path, family: Family | None = None) -> Iterator[PlayedTrack]:
    """Every track of a manifest, one line in memory at a time.

    `family` is that of lines that name none; without it the file's name tells, else they are piano. DuvError "No data
    loaded from manifest" where the file is empty or a line is malformed, when it is reached.
    """
    return (track for _, track in read_lines(path, family))


def read_lines(path: str | Path, family: Family | None = None) -> Iterator[tuple[dict[str, Any], PlayedTrack]]:
    """The same, each track behind the object that its line holds."""
    path = Path(path)
    family = family or family_of_name(path.stem) or Family.PIANO
    found = False
    for number, text in _texts(path):
        try:
            line: Any = _parsed(text, number)
            yield line, track_of(line, f"line {number}", family)
        except DuvError as error:
            raise DuvError(error.message, hint=error.hint, file=path, title=NO_DATA) from error
        found = True
    if not found:
        raise DuvError(f"{NO_DATA}: the file is empty", hint=AGAIN, file=path, title=NO_DATA)


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not blank."""
    lines = enumerate(read_text_lines(path, LONGEST_LINE, "manifest"), start=1)
    while True:
        try:
            number, text = next(lines)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise DuvError(f"{NO_DATA}: it is no text", hint=AGAIN, file=path, title=NO_DATA) from error
        except DuvError as error:
            missing = isinstance(error, NoSuchFile)
            message, hint = ("there is no such file", AGAIN) if missing else (error.message, error.hint)
            raise DuvError(f"{NO_DATA}: {message}", hint=hint, file=path, title=NO_DATA) from error
        if text.strip():
            yield number, text


def _parsed(text: str, number: int) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deep")
        raise DuvError(f"{NO_DATA}: line {number} is not JSON: {reason}", hint=AGAIN) from error


def _instrument(read: Line, family: Family | None) -> Family:
    name = read.text("instrument", "").strip().lower()
    if not name:
        return family or family_of_name(Path(read.text("file", "")).stem) or Family.PIANO
    if name not in tuple(Family):
        read.wrong("instrument", f'is "{name[:40]}"; there are {", ".join(Family)}', "correct it")
    return Family(name)


def _split(read: Line, corpus: str, song: str) -> str:
    split = read.text("split", split_of(corpus, song))
    if split not in ("train", "dev"):
        read.wrong("split", f'is "{split[:40]}"; there are train and dev', "correct it")
    return split


def _lengths(read: Line, key: str, family: Family) -> FloatArray:
    """Lengths (n,) in beats, NaN where unknown; those of drums are their trigger's and mean nothing."""
    values = read.numbers(key, 0, unknown=True)
    if family is Family.DRUMS:
        return np.full(read.notes, np.nan)
    return np.maximum(values, SHORTEST)


def _notated(read: Line, played: FloatArray, onset: FloatArray) -> FloatArray:
    if read.has("notated_beats"):
        return exact(np.maximum(read.numbers("notated_beats", 0), SHORTEST))
    known = ~np.isnan(played)
    notated = np.full(read.notes, DRUM_LENGTH)
    if known.any():
        notated[known] = notated_duration(played, onset)[known]
    return notated


def _meter(read: Line, length: FloatArray) -> tuple[IntArray, IntArray]:
    """Numerators and denominators (n,); a line without a meter has quarters, or eighths where bars are no whole."""
    if not read.has("meter"):
        parts = np.where(length == np.round(length), 4, 8)
        return np.maximum(np.round(length * parts / 4), 1).astype(np.int64), parts.astype(np.int64)
    pairs = [text.split("/") for text in read.texts("meter", "4/4")]
    if not all(len(pair) == 2 and all(x.isdecimal() and len(x) < 4 and int(x) for x in pair) for pair in pairs):
        read.wrong("meter", 'should be like "4/4"', "correct it")
    numbers = np.array([[int(x) for x in pair] for pair in pairs], dtype=np.int64)
    return numbers[:, 0], numbers[:, 1]


def _known_hints(read: Line) -> dict[str, FloatArray]:
    """What only the song tells. Hints that velocities or lengths tell are never taken from a line.

    They would tell a training what the player did; it works them out from what it lets the model see.
    """
    known = {name: hint for name, hint in HINTS.items() if hint.compute is None and read.has(name)}
    columns = {name: read.numbers(name, -1e6, 1e6, width=hint.columns) for name, hint in known.items()}
    return {name: values.reshape(read.notes, -1) for name, values in columns.items()}
