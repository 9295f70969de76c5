"""What even little playing tells of a player: level, spread and articulation, and an adapter that holds no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from duv_studio.engine.adapters.header import STATISTICS, AdapterHeader, PlayerStatistics
from duv_studio.engine.features.feature_groups import INPUTS, TARGETS
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import MOST_STYLE
from duv_studio.engine.performance.sampling import ASKED_OCTAVES
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name
from duv_studio.training.data.style import StyleScale, articulation, played_lengths, shipped_scale

LEAST_STYLE = 0.5  # standard deviations among players


def player_statistics(tracks: Sequence[PlayedTrack], scale: StyleScale | None = None) -> PlayerStatistics:
    """Statistics of all playing of one player in one family; a track counts by its notes.

    Styles are reported against `scale`, by default the one that ships. DuvError when there is no track.
    """
    if not tracks:
        raise DuvError("there are no tracks to measure a player by")
    scale = scale or shipped_scale()
    # Sequenced files hold no pedal, so what counts of a piano is how long its notes sound.
    sounding = [replace(track, pedal=False) for track in tracks]
    usual = scale.articulation[tracks[0].family]
    lively = _certain(tracks, [scale.style_of(track).dynamics for track in tracks], among=1.0)
    away = _certain(tracks, [_typical(track) - usual.mean for track in sounding], among=usual.sd)
    return PlayerStatistics(
        notes=sum(len(track) for track in tracks),
        files=len({song_name(track) for track in tracks}),
        level=_mean(tracks, [float(track.velocity.mean()) for track in tracks]) or 0.0,
        spread=(_mean(tracks, [float(np.var(track.velocity)) for track in tracks]) or 0.0) ** 0.5,
        articulation=_mean(tracks, [articulation(track) for track in sounding]),
        dynamics_style=_as_setting(lively),
        # Players differ less in it than the slider reaches: ask for as many octaves as the player is away.
        articulation_style=None if away is None else _as_setting(away / ASKED_OCTAVES),
    )


def statistics_adapter(
    player: PlayerStatistics, *, family: Family, name: str, title: str, base: str, base_hash: str, **more: object
) -> AdapterHeader:
    """The header of an adapter without weights; `pack_adapter({}, header)` makes its file.

    `more` are further fields of the header, as licence, songs, scores and verdict.
    """
    targets = TARGETS if player.articulation_style is not None else TARGETS[:1]
    fields = {"targets": targets, "created": datetime.now(UTC).isoformat(timespec="seconds")} | more
    return AdapterHeader(
        name=name,
        title=title,
        family=str(family),
        base=base,
        base_hash=base_hash,
        kind=STATISTICS,
        player=player,
        **fields,  # type: ignore[arg-type]
    )


def statistics_alone(header: AdapterHeader) -> AdapterHeader:
    """What an adapter knows of its player's statistics, without what it learned beyond."""
    learned = {"kind": STATISTICS, "r": 0, "alpha": 0.0, "modules": (), "inputs": tuple(INPUTS), "rendering": None}
    return replace(header, **learned)  # type: ignore[arg-type]


def _typical(track: PlayedTrack) -> float:
    """The median of what `articulation` is the mean of: a few notes cut very short say nothing of the others."""
    played = played_lengths(track)
    known = np.isfinite(played)
    return float(np.median(np.log2(played[known] / track.duration[known]))) if known.any() else float("nan")


def _mean(tracks: Sequence[PlayedTrack], values: Sequence[float | None]) -> float | None:
    """The mean of one value per track by their notes, over those that are known; None where none is."""
    known = [(value, len(track)) for value, track in zip(values, tracks, strict=True) if value is not None]
    known = [(value, notes) for value, notes in known if np.isfinite(value)]
    if not known:
        return None
    return float(np.average([value for value, _ in known], weights=[notes for _, notes in known]))


def _certain(tracks: Sequence[PlayedTrack], values: Sequence[float | None], among: float) -> float | None:
    """How far a player is from what is usual, less so the less it holds from track to track (James and Stein).

    `among` is how much tracks differ in general, which is all that is known of the doubt in a single one.
    """
    mean = _mean(tracks, values)
    if not mean:
        return mean
    known = [value for value in values if value is not None and np.isfinite(value)]
    variance = float(np.var(known, ddof=1)) if len(known) > 1 else among**2
    return mean * max(0.0, 1 - variance / len(known) / mean**2)


def _as_setting(style: float | None) -> float | None:
    """A style within what can be asked of a performance; None where the player is about as others are.

    Whoever asks for a style gives up the base's own spread, which was fitted to players of whom nothing is known.
    """
    if style is None or abs(style) < LEAST_STYLE:
        return None
    return float(np.clip(style, -MOST_STYLE, MOST_STYLE))
