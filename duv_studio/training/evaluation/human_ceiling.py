"""What one human says of another: the ceiling of every humanizer, from several performances of one composition."""

from __future__ import annotations

import warnings

import numpy as np

from duv_studio.training.data.paired_piece import PieceTrack, Played

MIN_OTHERS = 3  # players whose mean is worth the name


def another(track: PieceTrack) -> Played:
    """One other player."""
    return track.others[0] if track.others else _nobody(track)


def mean_of_others(track: PieceTrack) -> Played:
    """The mean of all others, where there are enough of them."""
    if len(track.others) < MIN_OTHERS:
        return _nobody(track)
    velocity = np.stack([other.velocity for other in track.others])
    log_ratio = np.stack([other.log_ratio for other in track.others])
    enough = np.isfinite(velocity).sum(axis=0) >= MIN_OTHERS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nobody is nan, as it should be
        means = np.nanmean(velocity, axis=0), np.nanmean(log_ratio, axis=0)
    return Played(np.where(enough, np.round(means[0]), np.nan), np.where(enough, means[1], np.nan))


def _nobody(track: PieceTrack) -> Played:
    return Played(np.full(len(track), np.nan), np.full(len(track), np.nan))
