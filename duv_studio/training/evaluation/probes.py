"""The questions that every model is asked of a track: what it makes of human, shuffled, accented and flat input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from duv_studio.engine.features.note_features import Features, features, note_table
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import FloatArray, Performance, Song, TrackPerformance
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.engine.performance.histograms import moments
from duv_studio.training.data.paired_piece import PieceTrack
from duv_studio.training.evaluation.competitors import Predictor
from duv_studio.training.evaluation.coverage import calibration
from duv_studio.training.evaluation.metrics import correlation, spread_ratio

ACCENT = 14.0  # MIDI units that a downbeat is written louder by
NEAR = 1 / 16  # quarters between a note and its bar line

# What a network expects of n notes with these features: mean velocity deviation (n,), any unit.
Network = Callable[[Features], FloatArray]


def probe_track(model: Predictor, track: PieceTrack, settings: Settings) -> dict[str, float]:
    """The answers of one track."""
    full = replace(settings, intensity=1.0, variation=0.0)
    reading = TrackProbe(model, full, track, model.predict(track.song, full))
    return _probe_given_velocities(reading) | _probe_flat(reading) | _probe_repeatability(reading)


@dataclass(frozen=True)
class TrackProbe:
    """One track of a deadpan file, the model, and what it predicts of the file."""

    model: Predictor
    settings: Settings
    track: PieceTrack
    flat: Prediction

    def perform(self, **changes: Any) -> Performance:
        """The deadpan file, rendered with these settings but for the changes."""
        return render(self.track.song, self.flat, replace(self.settings, **changes))

    def play(self, **changes: Any) -> FloatArray:
        """The velocities (n,) of that."""
        return self._velocities(self.perform(**changes))

    def answer(self, written: FloatArray) -> FloatArray:
        """Velocities (n,) that come out where `written` (n,) stand in the file."""
        song = revoiced(self.track, written)
        return self._velocities(render(song, self.model.predict(song, self.settings), self.settings))

    def _velocities(self, performance: Performance) -> FloatArray:
        return performance[self.track.index].velocity[self.track.notes].astype(np.float64)


def revoiced(track: PieceTrack, velocity: FloatArray) -> Song:
    """The track's file with other velocities (n,) of its notes, as a user would open it."""
    performance = list(track.song.as_written())
    changed = performance[track.index].velocity.copy()
    changed[track.notes] = np.clip(np.round(velocity), 1, 127).astype(np.int64)
    performance[track.index] = TrackPerformance(changed, performance[track.index].duration)
    return midi_file.parse(midi_file.encode(track.song, tuple(performance)))


def _probe_given_velocities(reading: TrackProbe) -> dict[str, float]:
    """Human, shuffled and accented input."""
    track, rng = reading.track, np.random.default_rng(reading.settings.seed)
    human = track.human.velocity
    back, shuffled = reading.answer(human), rng.permutation(human)
    answers = {"human_r": correlation(back, human), "human_sd": spread_ratio(human, back)}
    answers["shuffled_r"] = correlation(reading.answer(shuffled), shuffled)
    downbeat = (track.beat < NEAR) | (track.bar_length - track.beat < NEAR)
    if 0 < downbeat.sum() < len(downbeat) and not track.free:
        accented = track.velocity + ACCENT * downbeat
        heard = correlation(reading.answer(accented), accented)
        answers["accent"] = heard - correlation(reading.play(), accented)
    return answers


def _probe_flat(reading: TrackProbe) -> dict[str, float]:
    """Flat input: as uneven as the player, nearer to the player, and honest about the rest."""
    track, prediction = reading.track, reading.flat[reading.track.index]
    human = track.human.velocity
    expected, _ = moments(prediction.velocity_edges, prediction.velocity_cdf)
    near = (expected - expected.mean())[np.searchsorted(prediction.notes, track.notes)]
    far = float(np.mean(np.abs(human - human.mean())))
    answers = {
        "flat_sd": spread_ratio(human, reading.play()),
        "flat_sd_varied": spread_ratio(human, reading.play(variation=0.5)),
        "gain": 1 - float(np.mean(np.abs(near - (human - human.mean())))) / max(far, 1e-6),
    }
    measured = calibration(track, prediction)
    return answers | ({"cover_80": measured["cover_80"]} if measured else {})


def _probe_repeatability(reading: TrackProbe) -> dict[str, float]:
    """Seeds, and what must not matter: who else is humanized, and how often it is done."""
    song, index = reading.track.song, reading.track.index
    varied = replace(reading.settings, variation=0.5)
    first, other = reading.perform(variation=0.5), reading.perform(variation=0.5, seed=varied.seed + 1)
    again = render(song, reading.model.predict(song, varied), varied)
    alone = replace(varied, track_included={track.key: track.index == index for track in song.tracks})
    by_itself = render(song, reading.model.predict(song, alone), alone)
    off = midi_file.encode(song, reading.perform(variation=0.5, intensity=0.0))
    return {
        "seeds": float(np.mean(first[index].velocity != other[index].velocity)),
        "same_seed": float(midi_file.encode(song, first) != midi_file.encode(song, again)),
        "alone": float(not _same(first[index], by_itself[index])),
        "off": float(off != song.source.data),
    }


def _same(one: TrackPerformance, other: TrackPerformance) -> bool:
    return np.array_equal(one.velocity, other.velocity) and np.array_equal(one.duration, other.duration)


def context(track: PieceTrack, network: Network, seed: int = 0) -> float:
    """How much r with the player is lost when the notes keep what they read of themselves and change places."""
    song = track.song
    read = features(
        note_table(song, song.tracks[track.index], np.ones(len(song.tracks[track.index].notes), dtype=bool))
    )
    order = np.random.default_rng(seed).permutation(len(read.onset))
    mixed = np.empty(len(order))
    mixed[order] = network(replace(read, floats=read.floats[order], indices=read.indices[order]))
    human = track.human.velocity
    return correlation(network(read)[track.notes], human) - correlation(mixed[track.notes], human)


def load_network(path: Path) -> Network:
    """The network of a model file, in full precision."""
    from duv_studio.engine.model.checkpoint import load
    from duv_studio.engine.model.inference import predict_track

    model, _ = load(path)

    def expect(read: Features) -> FloatArray:
        found = predict_track(model, read).velocity.astype(np.float64)
        return np.asarray(found @ np.arange(found.shape[1]))

    return expect
