"""Rows that say by track name how a part is played: shares, protected pitches, family, selection, key-switches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.music.drum_pieces import is_piece, pitches_of_piece
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.name_patterns import NamePattern, Patience, compile_pattern, matched_name
from duv_studio.engine.music.pitch_names import parse_pitches
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError

ALL = "all"  # every pitch
_EVERY_PITCH = frozenset(range(128))


@dataclass(frozen=True)
class PartRule:
    """One row; None leaves a field to earlier rows and to the settings of the whole song."""

    match: str  # regular expression, searched in track names, or in the names of sounds where there are none
    intensity: float | None = None  # 0..1, factor on the intensity
    velocity: float | None = None  # 0..1, share of it that reaches velocities
    duration: float | None = None  # 0..1, share of it that reaches durations
    protect: tuple[str, ...] | None = None  # pitches, ranges of them, pieces of a drum kit, or "all"; () for none
    keyswitch: tuple[str, ...] | None = None  # pitches and ranges of them; () says that there are none
    family: Family | None = None
    include: bool | None = None
    where: str = field(default="", compare=False)  # names the row in messages

    @property
    def said(self) -> dict[str, Any]:
        """The fields that it sets, by name."""
        every = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("match", "where")}
        return {name: value for name, value in every.items() if value is not None}

    def as_row(self) -> dict[str, Any]:
        """The row as JSON and YAML hold it."""
        lists = {name: list(value) if isinstance(value, tuple) else value for name, value in self.said.items()}
        return {"match": self.match} | {n: str(v) if isinstance(v, Family) else v for n, v in lists.items()}


def check_patterns(rules: Iterable[PartRule]) -> None:
    """DuvError for a row whose regular expression is wrong."""
    for rule in rules:
        _pattern(rule)


def settings_with(song: Song, settings: Settings, rules: Sequence[PartRule], *, strict: bool = True) -> Settings:
    """The settings with what the rows say of this song's tracks; of several rows for a track the later win by field.

    DuvError for an expression that is wrong or takes too long; and if `strict`, for a row that matches no track, or
    that protects a piece of the drum kit where no drums match. A batch is not strict: a row is for those songs that
    have such a track.
    """
    if not rules:
        return settings
    patience = Patience()
    chosen = [(rule, _named(song, rule, patience)) for rule in rules]
    families = {key: rule.family for rule, keys in chosen if rule.family is not None for key in keys}
    settings = replace(settings, track_family={**settings.track_family, **families})
    # What a kick is depends on what is a drum kit.
    tracks = {track.key: track for track in with_families(song, settings.track_family).tracks}
    if strict:
        for rule, keys in chosen:
            _check_use(rule, [tracks[key] for key in keys])
    told: dict[str, dict[str, Any]] = {}
    for rule, keys in chosen:
        for key in keys:
            told[key] = told.get(key, {}) | rule.said
    merged: dict[str, Any] = {name: _merged(settings, name, told, tracks) for name in _FIELDS}
    return replace(settings, **merged)


def _pattern(rule: PartRule) -> NamePattern | None:
    try:
        return compile_pattern(rule.match, "track")
    except DuvError as error:
        raise DuvError(_in_row(rule, error.message), hint=error.hint) from None


def _named(song: Song, rule: PartRule, patience: Patience) -> list[str]:
    """The keys of the tracks that a row is about."""
    pattern = _pattern(rule)
    try:
        return [t.key for t in song.tracks if pattern is not None and patience.search(pattern, matched_name(t))]
    except DuvError as error:
        raise DuvError(_in_row(rule, error.message), hint=error.hint) from None


def _check_use(rule: PartRule, matched: Sequence[Track]) -> None:
    if not matched:
        message = f'no track has a name that matches "{rule.match}"'
        raise DuvError(_in_row(rule, message), hint="'duv-studio inspect' shows the names")
    pieces = [word for word in rule.protect or () if is_piece(word)]
    if pieces and not any(pitches_of_piece(track, word) for track in matched for word in pieces):
        raise DuvError(
            _in_row(rule, f'"{pieces[0]}" is a piece of a drum kit, and no track that matches "{rule.match}" has one'),
            hint="name its pitch instead, or say family=drums where the guess is wrong",
        )


def _in_row(rule: PartRule, message: str) -> str:
    return f"{rule.where}: {message}" if rule.where else message


def _merged(
    settings: Settings, of_settings: str, told: Mapping[str, Mapping[str, Any]], tracks: Mapping[str, Track]
) -> dict[str, Any]:
    """A mapping of the settings by Track.key, with what the rows say over it."""
    name, read = _FIELDS[of_settings]
    said = {key: read(tracks[key], values[name]) for key, values in told.items() if name in values}
    return {**getattr(settings, of_settings), **said}


def pitches_named(track: Track, words: Iterable[str]) -> frozenset[int]:
    """The pitches that the words of a row mean on a track: pitches, ranges, pieces of the drum kit, "all"."""
    return frozenset[int]().union(*(_pitches_of(track, word) for word in words))


def _pitches_of(track: Track, word: str) -> frozenset[int]:
    if word == ALL:
        return _EVERY_PITCH
    return pitches_of_piece(track, word) if is_piece(word) else parse_pitches(word) or frozenset()


def _as_it_is(track: Track, value: Any) -> Any:
    return value


# Field of Settings -> field of a row, and what is made of it.
_FIELDS: dict[str, tuple[str, Callable[[Track, Any], Any]]] = {
    "track_intensity": ("intensity", _as_it_is),
    "track_velocity": ("velocity", _as_it_is),
    "track_duration": ("duration", _as_it_is),
    "track_included": ("include", _as_it_is),
    "protected_pitches": ("protect", pitches_named),
    "keyswitches": ("keyswitch", pitches_named),
}
