"""Songs made without a file: what tests of everything behind the reader need, and strategies that draw them."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family, Notes, Song, Track
from duv_studio.engine.midi.time_maps import MeterMap, TempoMap
from duv_studio.engine.model.prediction import Kernel, TrackPrediction

PPQ = 480
# Examples take long to make on a busy machine; that is no failure.
law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Row = tuple[int, int, int, int]  # onset, duration, pitch, velocity

KERNEL = Kernel(slow=0.17, fast=0.13, band=0.17, chord=0.08, chord_band=0.15, own=0.30)
DURATION_KERNEL = Kernel(slow=0.10, fast=0.0, band=0.0, chord=0.50, chord_band=0.0, own=0.40)


def make_notes(rows: Sequence[Row], unended: Sequence[int] = ()) -> Notes:
    """Notes from (onset, duration, pitch, velocity) rows in any order; `unended` are rows without a note-off."""
    places = sorted(range(len(rows)), key=lambda i: rows[i][0])
    onset, duration, pitch, velocity = np.array([rows[i] for i in places], np.int64).reshape(-1, 4).T.copy()
    on = np.arange(len(rows), dtype=np.int64)
    off = np.array([-1 if i in unended else len(rows) + i for i in places], np.int64)
    for array in (onset, duration, pitch, velocity, on, off):
        array.flags.writeable = False
    return Notes(onset, duration, pitch, velocity, on, off)


def make_track(
    rows: Sequence[Row],
    *,
    index: int = 0,
    name: str = "Piano",
    program: int | None = 0,
    channel: int = 0,
    family: Family = Family.PIANO,
    unended: Sequence[int] = (),
) -> Track:
    return Track(index, index, 0, channel, name, program, family, "test", make_notes(rows, unended))


def make_song(*tracks: Track, ppq: int = PPQ, usec: int = 500_000, signature: tuple[int, int] = (4, 4)) -> Song:
    """A song in one tempo and one meter, that ends bars after its last note; its source holds no chunks."""
    end = 16 * ppq + max((int(t.notes.end.max(initial=0)) for t in tracks), default=0)
    source = cast(Any, SimpleNamespace(ppq=ppq, format=1, chunks=()))
    return Song(source, tuple(tracks), TempoMap(ppq, [(0, usec)]), MeterMap(ppq, [(0, *signature)]), end)


def gaussian_prediction(
    track: Track,
    rng: np.random.Generator,
    *,
    notes: Sequence[int] | None = None,
    spread: float = 9.0,
    sigma: float = 10.0,
) -> TrackPrediction:
    """A prediction whose means differ by `spread` and whose notes vary by `sigma` velocity units."""
    index = np.arange(len(track.notes)) if notes is None else np.asarray(notes, np.int64)
    m = len(index)
    velocity_edges = np.linspace(-64, 64, 65, dtype=np.float32)
    duration_edges = np.linspace(-4, 2, 49, dtype=np.float32)
    return TrackPrediction(
        notes=index,
        level=float(track.notes.velocity.mean()) if len(track.notes) else 64.0,
        velocity_edges=velocity_edges,
        velocity_cdf=gaussian_cdf(velocity_edges, rng.normal(0, spread, m), np.full(m, sigma)),
        velocity_kernel=KERNEL,
        duration_edges=duration_edges,
        duration_cdf=gaussian_cdf(duration_edges, rng.normal(-0.2, 0.3, m), np.full(m, 0.35)),
        duration_kernel=DURATION_KERNEL,
    )


def gaussian_cdf(edges: np.ndarray, mean: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """CDF rows (m, V) of normal distributions, cut to the range of the edges."""
    from scipy.special import ndtr

    cdf = ndtr((edges[None, 1:] - mean[:, None]) / sigma[:, None])
    cdf[:, -1] = 1
    return cdf.astype(np.float32)


FAMILIES = (Family.PIANO, Family.GUITAR, Family.BASS, Family.STRINGS, Family.DRUMS, Family.OTHER)


@st.composite
def rows(draw: st.DrawFn, *, most: int = 14) -> list[Row]:
    """Note rows on a coarse grid of few pitches, so that chords, touching, overlapping and empty notes are common."""
    one = st.tuples(
        st.integers(0, 24).map(lambda i: i * 120),
        st.sampled_from([0, 1, 20, 60, 119, 120, 121, 240, 400, 480, 2000, 9000]),
        st.sampled_from([36, 48, 60, 61, 64, 72]),
        st.integers(1, 127),
    )
    return draw(st.lists(one, min_size=1, max_size=most))


@st.composite
def songs(draw: st.DrawFn, *, most_tracks: int = 2) -> Song:
    """Songs of a few short tracks of any family, some with notes that were never ended."""
    tracks = []
    for index in range(draw(st.integers(1, most_tracks))):
        own = draw(rows())
        family = draw(st.sampled_from(FAMILIES))
        unended = draw(st.sets(st.integers(0, len(own) - 1), max_size=2))
        channel = 9 if family is Family.DRUMS else index
        track = make_track(own, index=index, name=f"{family} {index}", channel=channel, family=family,
                           unended=sorted(unended))  # fmt: skip
        tracks.append(track)
    ppq = draw(st.sampled_from([24, 96, 480, 960]))
    return make_song(*tracks, ppq=ppq, usec=draw(st.sampled_from([250_000, 500_000, 1_500_000])))


def predict(song: Song, seed: int = 0) -> dict[int, TrackPrediction]:
    """A Gaussian prediction of every track of a song."""
    rng = np.random.default_rng(seed)
    return {track.index: gaussian_prediction(track, rng) for track in song.tracks}
