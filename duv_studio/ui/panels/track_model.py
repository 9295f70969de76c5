"""The tracks of the song as rows: "All tracks" first, then one row per track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from duv_studio.engine.midi.instruments import GM_PROGRAM_NAMES, family_of_program, is_kit, program_label
from duv_studio.engine.midi.song import Family, Performance, Song, Track
from duv_studio.engine.music.doubles import Relation, followed
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.name_patterns import matched_name
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.told_lengths import told_lengths
from duv_studio.engine.performance.velocity_range import Room
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import count, percent, plain_tip, tr
from duv_studio.ui.playback.mixing import UNCHANGED, Mixing, decibels

AnyIndex = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What the delegate asks for besides Qt's own roles."""

    DETAIL = Qt.ItemDataRole.UserRole + 1  # second line: the sound, or why the track is left out
    COUNT = Qt.ItemDataRole.UserRole + 2  # number of notes, as text
    INTENSITY = Qt.ItemDataRole.UserRole + 3  # factor 0..1, None for the row of all tracks
    BY_HAND = Qt.ItemDataRole.UserRole + 4  # the family of a humanized track that the user chose, "" for a guessed one
    SIGN = Qt.ItemDataRole.UserRole + 5  # "?" for a family in doubt, "!" where velocity means little and is changed
    MIX = Qt.ItemDataRole.UserRole + 6  # a RowMix: how the track is listened to


@dataclass(frozen=True)
class RowMix:
    """How a track is listened to; of all tracks, whether any is muted or solo, and no `gain`."""

    muted: bool
    solo: bool
    gain: float | None
    is_heard: bool


class TrackModel(QAbstractListModel):
    """Reads the document; a check or a new intensity becomes a settings change."""

    def __init__(self, document: Document, mixing: Mixing) -> None:
        super().__init__(document)
        self.document, self.mixing = document, mixing
        self._rows = 0
        document.song_changed.connect(self._on_song)
        document.selection_changed.connect(self._on_changed)
        document.settings_changed.connect(self._on_settings)
        document.performance_changed.connect(self._on_performance)
        mixing.changed.connect(self._on_changed)
        mixing.programs_changed.connect(self._on_changed)
        self._room: dict[int, Room] = {}  # by track: what gave way so that its velocities stay in range
        self._shown = _painted(document.settings)
        self._on_song()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - an invalid index, as Qt has it
        """All tracks, and each."""
        return 0 if parent.isValid() else self._rows

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Every row can be chosen and checked."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        return flags | (Qt.ItemFlag.ItemIsAutoTristate if index.row() == 0 else Qt.ItemFlag.ItemNeverHasChildren)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a row says."""
        song = self.document.song
        if song is None or not index.isValid() or index.row() >= self._rows:
            return None
        if index.row() == 0:
            return self._all(song, role)
        return self._one(self.document.tracks[index.row() - 1], role)

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Include or exclude by hand, or set a track's intensity."""
        song = self.document.song
        if song is None or not index.isValid():
            return False
        tracks = song.tracks if index.row() == 0 else (song.tracks[index.row() - 1],)
        if role == Qt.ItemDataRole.CheckStateRole:
            wanted = Qt.CheckState(value) != Qt.CheckState.Unchecked
            label = tr("Include Track") if wanted else tr("Exclude Track")
            self.document.set_track_included({t.key: wanted for t in tracks}, label)
            return True
        if role == Role.INTENSITY and index.row() > 0:
            self.document.set_track_intensity(tracks[0].key, float(value), tr("Track Intensity"))
            return True
        return False

    def _all(self, song: Song, role: int) -> Any:
        included = sum(s.included for s in self.document.selection)
        total = len(song.tracks)
        detail = tr("{n} of {total} humanized", n=included, total=total)
        if role == Qt.ItemDataRole.DisplayRole:
            return tr("All tracks")
        if role == Role.DETAIL:
            return detail
        if role == Role.COUNT:
            return f"{song.note_count:,}"
        if role == Role.MIX:
            return RowMix(self.mixing.has_mutes, self.mixing.has_solos, None, True)
        if role == Qt.ItemDataRole.CheckStateRole:
            whole = Qt.CheckState.Checked if included == total else Qt.CheckState.PartiallyChecked
            return whole if included else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tr('All tracks')}, {detail}, {count(song.note_count, 'note', 'notes')}"
        return None

    def _one(self, track: Track, role: int) -> Any:
        chosen = self.document.selection[track.index]
        if role == Qt.ItemDataRole.DisplayRole:
            return display_name(track)
        if role == Role.DETAIL:
            room = self._room[track.index].amounts[:1] if track.index in self._room else ()
            sounds = (*room, *self._heard_as(track), self._sound(track), *self._lowered(track))
            return " · ".join(sounds) if chosen.included else chosen.reason
        if role == Role.BY_HAND:
            # Of a track that is left alone, the reason is worth the room.
            is_shown = self._is_by_hand(track) and chosen.included
            return tr("{family} · by hand", family=family_label(track.family)) if is_shown else ""
        if role == Role.SIGN:
            return ("?" if track.doubt else "") + ("!" if self._velocity_note(track) else "")
        if role == Role.COUNT:
            return f"{len(track.notes):,}"
        if role == Role.MIX:
            mix = self.mixing.of(track.key)
            return RowMix(mix.muted, mix.solo, mix.gain, self.mixing.is_heard(track.key))
        if role == Role.INTENSITY:
            return self.document.settings.track_intensity.get(track.key, 1.0)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if chosen.included else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tooltip(track))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(track)
        return None

    def _tooltip(self, track: Track) -> str:
        chosen = self.document.selection[track.index]
        state = tr("humanized") if chosen.included else tr("left as it is")
        lines = [
            display_name(track),
            f"{self._sound(track)} · {channels(track)}",
            tr(
                "Family: {family} ({reason}); F changes it",
                family=family_label(track.family),
                reason=track.family_reason,
            ),
            f"{state[:1].upper()}{state[1:]}: {chosen.reason}",
        ]
        if lengths := self._lengths(track):
            lines.append(_sentence(lengths))
        if lowered := self._lowered(track):
            lines.append(tr("Of this track: {shares}", shares=", ".join(lowered)))
        lines += self._advice(track)
        if room := self._room.get(track.index):
            lines.append(_sentence(tr("{room}: its velocities would not fit into 1 to 127", room=room)))
        lines += [_sentence(heard) for heard in self._listened_to(track)]
        if chosen.protected.any():
            protected = count(int(chosen.protected.sum()), "note", "notes")
            lines.append(tr("Protected: {n} ({reason})", n=protected, reason=chosen.protected_reason))
        if relation := followed_in(self.document).get(track.index):
            lines.append(_sentence(str(relation)))
        if locked := self.document.settings.locked_notes.get(track.key):
            lines.append(tr("Locked: {n}", n=count(len(locked), "note", "notes")))
        return "\n".join(lines)

    def _advice(self, track: Track) -> list[str]:
        """What is unsure about a track, and what to do about it."""
        lines = [tr("Unsure: {doubt}; F says what it is", doubt=track.doubt)] if track.doubt else []
        if note := self._velocity_note(track):
            lines.append(tr("Velocity means little: {note}; the menu of the track leaves it as it is", note=note))
        return lines

    def _velocity_note(self, track: Track) -> str:
        """Why velocity means little, "" where it means something or is left as it is."""
        settings = self.document.settings
        share = settings.velocity * settings.track_velocity.get(track.key, 1.0)
        return track.velocity_note if share > 0 and self.document.selection[track.index].included else ""

    def _lengths(self, track: Track) -> str:
        """Which lengths a piano gets, or why a track keeps its own; "" where there is nothing to say."""
        document = self.document
        if document.song is None or not document.selection[track.index].included:
            return ""
        song = with_families(document.song, document.settings.track_family)
        return str(told_lengths(song, document.settings)[track.index])

    def _spoken(self, track: Track) -> str:
        chosen = self.document.selection[track.index]
        state = tr("humanized") if chosen.included else tr("left as it is, {reason}", reason=chosen.reason)
        strength = percent(self.document.settings.track_intensity.get(track.key, 1.0))
        notes = count(len(track.notes), "note", "notes")
        family = tr("family {family} set by hand", family=family_label(track.family))
        by_hand = (family,) if self._is_by_hand(track) else ()
        shares = (tr("intensity {p}", p=strength), *self._lowered(track))
        what = (display_name(track), state, self._sound(track), *by_hand, notes, *shares)
        return ", ".join((*what, *self._listened_to(track), *self._advice(track)))

    def _heard_as(self, track: Track) -> tuple[str, ...]:
        program = self.mixing.of(track.key).program
        return () if program is None else (tr("heard as {program}", program=GM_PROGRAM_NAMES[program]),)

    def _listened_to(self, track: Track) -> list[str]:
        """What is otherwise while one listens."""
        mix = self.mixing.of(track.key)
        words = [tr("muted")] if mix.muted else []
        words += [tr("solo")] if mix.solo else []
        words += [tr("silent while others are solo")] if not mix.muted and not self.mixing.is_heard(track.key) else []
        words += [tr("volume {db}", db=decibels(mix.gain))] if mix.gain != UNCHANGED else []
        return [*words, *self._heard_as(track)]

    def _lowered(self, track: Track) -> list[str]:
        """What reaches the track less than others."""
        settings = self.document.settings
        shares = (
            (tr("velocity {p}"), settings.track_velocity.get(track.key, 1.0)),
            (tr("duration {p}"), settings.track_duration.get(track.key, 1.0)),
        )
        return [words.format(p=percent(share)) for words, share in shares if share != 1]

    def _sound(self, track: Track) -> str:
        return sound(track, with_family=not self._is_by_hand(track))

    def _is_by_hand(self, track: Track) -> bool:
        return track.key in self.document.settings.track_family

    def _on_song(self) -> None:
        self.beginResetModel()
        song = self.document.song
        self._rows = len(song.tracks) + 1 if song else 0
        self.endResetModel()

    def _on_performance(self) -> None:
        before, self._room = self._room, made_room(self.document.performance or ())
        for track in {index for index, _ in _phrases(before) ^ _phrases(self._room)}:
            if track + 1 < self._rows:
                self.dataChanged.emit(self.index(track + 1), self.index(track + 1))

    def _on_settings(self) -> None:
        # Painting every row costs more than the whole piano roll, so not for every step of another slider.
        if self._shown != _painted(self.document.settings):
            self._on_changed()

    def _on_changed(self) -> None:
        self._shown = _painted(self.document.settings)
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(self._rows - 1))


def made_room(performance: Performance) -> dict[int, Room]:
    """Return what gave way so that velocities stay in range, by the index of the tracks where something did."""
    rooms = enumerate(Room(played.level_shift, played.spread_factor) for played in performance)
    return {index: room for index, room in rooms if room.amounts}


def _phrases(rooms: Mapping[int, Room]) -> set[tuple[int, str]]:
    return {(index, str(room)) for index, room in rooms.items()}


def _painted(settings: Settings) -> tuple[object, ...]:
    """The settings that rows show."""
    return settings.track_intensity, settings.track_velocity, settings.track_duration, settings.velocity == 0


def display_name(track: Track) -> str:
    """Return the name of a track on one line; one without a name is called by its sound."""
    return " ".join(matched_name(track).split())


def sound(track: Track, with_family: bool = True) -> str:
    """Return program and family, without what the name or the program says already."""
    program, family = program_label(track), family_label(track.family)
    if program.lower() == display_name(track).lower():
        channel = _sentence(channels(track))
        is_own = (
            track.family is Family.DRUMS if is_kit(track) else track.family is family_of_program(track.program or 0)
        )
        return channel if is_own or not with_family else f"{channel} · {family}"
    is_said = family in program.lower() or track.family is Family.OTHER
    return program if is_said or not with_family else f"{program} · {family}"


def followed_in(document: Document) -> Mapping[int, Relation]:
    """Return whom the humanized tracks follow as doubles and echoes, by index."""
    if document.song is None:
        return {}
    song = with_families(document.song, document.settings.track_family)
    return followed(song, frozenset(i for i, chosen in enumerate(document.selection) if chosen.included))


def _sentence(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def channels(track: Track) -> str:
    """Return the channels of a track as musicians count them, from 1."""
    first, *others = [channel + 1 for channel in track.channels]
    return tr("channels {a} to {b}", a=first, b=others[-1]) if others else tr("channel {n}", n=first)


def family_label(family: Family) -> str:
    """Return what a family is called in a sentence."""
    return tr(str(family))
