"""What the window is about: song, settings, selection, prediction, draw and performance; widgets read it and listen."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from duv_studio.engine.midi.song import Family, Performance, Song, Track
from duv_studio.engine.model.prediction import Draw, Prediction
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.selection import TrackSelection, select
from duv_studio.engine.music.settings import OF_ONE_SONG, Settings
from duv_studio.errors import DuvError
from duv_studio.ui.document.prediction_cache import READ_BY_MODEL, PredictionCache, Reading, readings_of
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.document.undo import History
from duv_studio.ui.i18n import tr

FRAME_MS = 16  # performances follow a dragged slider once per frame of a 60 Hz screen
PAUSE_S = 1.0  # changes of one setting further apart than this are separate undo steps
_SELECTING = (
    "include",
    "exclude",
    "track_included",
    "protect_keyswitches",
    "track_family",
    "protected_pitches",
    "keyswitches",
)

DrawKey = tuple[
    int, float, frozenset[tuple[int, Reading]]
]  # seed, variation, tracks that are drawn and how they were read


class Document(QObject):
    """The one state of the window. It computes what is cheap (selection, blend) and never starts a thread."""

    song_changed = Signal()
    settings_changed = Signal()  # also when only the undo history changed
    selection_changed = Signal()
    prediction_changed = Signal()  # a prediction or a draw came in, or went away
    performance_changed = Signal()
    current_track_changed = Signal()
    locks_changed = Signal()

    def __init__(self, settings: Settings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._song: Song | None = None
        self._settings = settings or Settings()
        self._selection: tuple[TrackSelection, ...] = ()
        self._selection_error: DuvError | None = None
        self._predictions = PredictionCache()
        self._readings: tuple[Reading, ...] = ()  # how the settings want each track to be read
        self._shown: Mapping[int, Reading] = {}  # how the tracks that are drawn were read
        self._draw: Draw | None = None
        self._draw_key: DrawKey | None = None
        self._performance: Performance | None = None
        self._current_track: int | None = None
        self._history = History()
        self._gesture, self._held, self._last_change = 0, False, 0.0
        self._blending = Throttle(FRAME_MS, self._blend, self)

    @property
    def song(self) -> Song | None:
        """The song that is open."""
        return self._song

    @property
    def settings(self) -> Settings:
        """Every choice of the user."""
        return self._settings

    @property
    def selection(self) -> tuple[TrackSelection, ...]:
        """Per track, whether it is humanized and why not; empty without a song."""
        return self._selection

    @property
    def selection_error(self) -> DuvError | None:
        """Why nothing at all is selected: a wrong regular expression."""
        return self._selection_error

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of the song in the families that the user chose."""
        return () if self._song is None else with_families(self._song, self._settings.track_family).tracks

    @property
    def prediction(self) -> Prediction:
        """What the model says of every track: under the present settings, or until it has read again, what it said."""
        return self._predictions.prediction(self._shown)

    @property
    def performance(self) -> Performance | None:
        """How the song is played with the present settings, None until the model has spoken."""
        return self._performance

    @property
    def current_track(self) -> int | None:
        """The track that stands out, None for all."""
        return self._current_track

    @property
    def ready(self) -> bool:
        """Whether `performance` is the one that the settings ask for, so that it may be exported."""
        up_to_date = self._draw_key == self.wanted_draw and not self._blending.waiting
        return self._performance is not None and up_to_date and not self.missing_tracks()

    # Song and tracks

    def set_song(self, song: Song | None) -> None:
        """Show another song; what was chosen for single tracks of the old one goes, the other settings stay."""
        general: dict[str, Any] = {name: _frozen({}) for name in OF_ONE_SONG}
        self._settings = replace(self._settings, **general)
        self._history.clear()
        self.release()  # the row whose slider was held is gone, and no one else will let it go
        self._current_track = None
        self._show_song(song)

    def reread_song(self, song: Song) -> None:
        """Show the same song with other names; where it has the same tracks, all that was chosen for them stays."""
        if self._song is None or [t.key for t in song.tracks] != [t.key for t in self._song.tracks]:
            self.set_song(song)
        else:
            self._show_song(song)

    def _show_song(self, song: Song | None) -> None:
        self._song = song
        self._select()
        self.forget_predictions()
        self.song_changed.emit()
        self.locks_changed.emit()
        self.selection_changed.emit()
        self.settings_changed.emit()

    def set_current_track(self, index: int | None) -> None:
        """Let one track stand out, or all."""
        if index != self._current_track:
            self._current_track = index
            self.current_track_changed.emit()

    # Settings and their history

    def change(self, label: str, merge: str | None = None, **fields: Any) -> None:
        """Change settings as one undo step called `label`; quick changes with the same `merge` word are one step."""
        before, after = self._settings, replace(self._settings, **fields)
        if before == after:
            return
        self._history.push(label, before, after, self._merge_key(merge))
        self._use(after)

    def set_track_intensity(self, key: str, share: float, label: str) -> None:
        """Set the factor 0..1 on the intensity of one track."""
        factors = {**self._settings.track_intensity, key: share}
        self.change(label, f"track {key}", track_intensity=_frozen(factors))

    def switch_velocity(self, key: str, on: bool, label: str) -> None:
        """Leave the velocities of one track as they are, or let them be played again."""
        self.change(label, track_velocity=_with(self._settings.track_velocity, key, None if on else 0.0))

    def set_track_share(self, setting: str, key: str, share: float, label: str) -> None:
        """Set `track_velocity` or `track_duration` of one track, 0..1."""
        self.change(label, f"{setting} {key}", **{setting: _with(getattr(self._settings, setting), key, share)})

    def set_protected_pitches(self, key: str, pitches: frozenset[int], label: str) -> None:
        """Say which pitches of a track stay as they are."""
        every = _with(self._settings.protected_pitches, key, pitches or None)
        self.change(label, f"protected {key}", protected_pitches=every)

    def set_keyswitches(self, key: str, pitches: frozenset[int] | None, label: str) -> None:
        """Say which pitches of a track are key-switches; None leaves it to what they do."""
        self.change(label, f"keyswitches {key}", keyswitches=_with(self._settings.keyswitches, key, pitches))

    def set_track_included(self, keys: Mapping[str, bool | None], label: str) -> None:
        """Include or exclude tracks by hand; None leaves the choice to the regular expressions again."""
        chosen: dict[str, bool | None] = {**self._settings.track_included, **keys}
        self.change(label, track_included=_frozen({k: v for k, v in chosen.items() if v is not None}))

    def set_track_family(self, key: str, family: Family | None, label: str) -> None:
        """Say which family a track belongs to; None leaves it to the guess again."""
        self.change(label, track_family=_with(self._settings.track_family, key, family))

    def set_locked(self, locked: Mapping[str, frozenset[int]], label: str) -> None:
        """Set which notes of the tracks named are locked; the other tracks keep theirs."""
        every = {**self._settings.locked_notes, **locked}
        self.change(label, locked_notes=_frozen({key: notes for key, notes in every.items() if notes}))

    def hold(self) -> None:
        """A gesture begins, such as dragging a slider: its changes are one undo step, however slow it is."""
        self._gesture += 1
        self._held = True

    def release(self) -> None:
        """The gesture is over."""
        self._gesture += 1
        self._held = False

    @property
    def undo_label(self) -> str | None:
        """Name of the step that undo takes back."""
        return self._history.undo_label

    @property
    def redo_label(self) -> str | None:
        """Name of the step that redo repeats."""
        return self._history.redo_label

    def undo(self) -> None:
        """Take the last step back."""
        self._step(self._history.undo())

    def redo(self) -> None:
        """Repeat the step that was taken back."""
        self._step(self._history.redo())

    def _step(self, settings: Settings | None) -> None:
        self._gesture += 1
        if settings is not None:
            self._use(settings)

    def _merge_key(self, merge: str | None) -> str | None:
        now = time.monotonic()
        if not self._held and now - self._last_change > PAUSE_S:
            self._gesture += 1
        self._last_change = now
        return None if merge is None else f"{merge} {self._gesture}"

    def _use(self, settings: Settings) -> None:
        before, self._settings = self._settings, settings
        if _differ(before, settings, READ_BY_MODEL):
            self._read()
        if _differ(before, settings, _SELECTING):
            self._select()
            self.selection_changed.emit()
        if before.locked_notes != settings.locked_notes:
            self.locks_changed.emit()
        self._blending.call()
        self.settings_changed.emit()

    # Prediction, draw and performance

    def missing_tracks(self) -> frozenset[int]:
        """Tracks that are selected and that the model has not read yet as the settings want it."""
        return frozenset(self.missing_readings())

    def missing_readings(self) -> Mapping[int, Reading]:
        """The same, and how they are to be read."""
        if self._song is None:
            return {}
        tracks = zip(self._song.tracks, self._selection, self._readings, strict=True)
        return {
            t.index: reading
            for t, chosen, reading in tracks
            if chosen.included and len(t.notes) and not self._predictions.has(t.index, reading)
        }

    @property
    def is_read_anew(self) -> bool:
        """Whether everything that is missing was read under other settings, so that there is something to see."""
        missing = self.missing_tracks()
        return bool(missing) and missing <= self._shown.keys()

    @property
    def wanted_draw(self) -> DrawKey:
        """Names the draw that the settings and the prediction ask for."""
        return (self._settings.seed, self._settings.variation, frozenset(self._shown.items()))

    @property
    def draw_key(self) -> DrawKey | None:
        """Names the draw that is there."""
        return self._draw_key

    def add_prediction(self, readings: Mapping[int, Reading], prediction: Prediction) -> None:
        """Take what the model says of the tracks of the present song that it has read."""
        self._predictions.add(readings, prediction)
        self._shown = self._predictions.show(self._readings)
        self.prediction_changed.emit()

    def forget_predictions(self) -> None:
        """Drop what another model, or the same about another song, has said."""
        self._predictions = PredictionCache()
        self._read()
        self._draw = self._draw_key = None
        self._blending.call()
        self._blending.flush()
        self.prediction_changed.emit()

    def _read(self) -> None:
        self._readings = () if self._song is None else readings_of(self._song, self._settings)
        self._shown = self._predictions.show(self._readings)

    def set_draw(self, key: DrawKey, draw: Draw) -> None:
        """Take the performance at full strength that was drawn for `key`."""
        self._draw_key, self._draw = key, draw
        self._blending.call()
        self.prediction_changed.emit()

    def settle(self) -> None:
        """Make `performance` follow the settings now, not with the next frame."""
        self._blending.flush()

    def _blend(self) -> None:
        before = self._performance
        self._performance = None
        if self._song is not None and self._draw is not None:
            # Late, because it imports scipy: the pool has done so by now, and the first paint need not wait for it.
            from duv_studio.engine.performance.blend import blend

            self._performance = blend(self._song, self._draw, self._settings, self._selection)
        if before is not None or self._performance is not None:
            self.performance_changed.emit()

    def _select(self) -> None:
        self._selection_error = None
        try:
            self._selection = () if self._song is None else select(self._song, self._settings)
        except DuvError as error:
            # A wrong pattern is never "no filter": nothing is humanized until it is mended.
            self._selection_error = error
            self._selection = nothing_selected(self._song, tr("a pattern is wrong")) if self._song else ()


def nothing_selected(song: Song, reason: str) -> tuple[TrackSelection, ...]:
    """Exclude every track of a song for one reason."""
    nothing = [np.zeros(len(track.notes), dtype=bool) for track in song.tracks]
    return tuple(TrackSelection(False, reason, none, "", none) for none in nothing)


def _differ(before: Settings, after: Settings, names: Sequence[str]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _with(of_tracks: Mapping[str, Any], key: str, value: Any) -> Mapping[str, Any]:
    """The same with another value for one track, None for none."""
    others = {k: v for k, v in of_tracks.items() if k != key}
    return _frozen(others if value is None else {**others, key: value})


def _frozen(values: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(values)
