"""What even little playing tells of a player: level, spread and articulation, and an adapter that holds no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from duv_studio.engine.adapter import STATISTICS, AdapterHeader, PlayerStatistics
from duv_studio.engine.inputs import TARGETS
from duv_studio.engine.settings import MOST_STYLE
from duv_studio.engine.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.lora.split import song_name
from duv_studio.training.played import PlayedTrack
from duv_studio.training.style import StyleScale, articulation
from duv_studio.training.style_scale import shipped_scale


def player_statistics(tracks: Sequence[PlayedTrack], scale: StyleScale | None = None) -> PlayerStatistics:
    """Statistics of all playing of one player in one family; a track counts by its notes.

    Styles are told against `scale`, by default the one that ships. DuvError when there is no track.
    """
    if not tracks:
        raise DuvError("there are no tracks to measure a player by")
    scale = scale or shipped_scale()
    styles = [scale.style_of(track) for track in tracks]
    held = [articulation(track) for track in tracks]
    return PlayerStatistics(
        notes=sum(len(track) for track in tracks),
        files=len({song_name(track) for track in tracks}),
        level=_mean(tracks, [float(track.velocity.mean()) for track in tracks]) or 0.0,
        spread=(_mean(tracks, [float(np.var(track.velocity)) for track in tracks]) or 0.0) ** 0.5,
        articulation=_mean(tracks, held),
        dynamics_style=_asked(_mean(tracks, [style.dynamics for style in styles])),
        articulation_style=_asked(_mean(tracks, [style.articulation for style in styles])),
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


def _mean(tracks: Sequence[PlayedTrack], values: Sequence[float | None]) -> float | None:
    """The mean of one value per track by their notes, over those that are known; None where none is."""
    known = [(value, len(track)) for value, track in zip(values, tracks, strict=True) if value is not None]
    known = [(value, notes) for value, notes in known if np.isfinite(value)]
    if not known:
        return None
    return float(np.average([value for value, _ in known], weights=[notes for _, notes in known]))


def _asked(style: float | None) -> float | None:
    """A style within what can be asked of a performance."""
    return None if style is None else float(np.clip(style, -MOST_STYLE, MOST_STYLE))
