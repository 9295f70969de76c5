"""Which tracks were performed: their onsets keep to no grid, so their lengths are a player's and not a sequencer's."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.features.note_features import FREE_NOTES, free_timing
from duv_studio.engine.features.part_merging import merge_tracks
from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.engine.music.chords import chords_of
from duv_studio.engine.music.ensemble import groups
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.music.settings import Settings

PERFORMED = "performed without a grid: its lengths stay"


def performed_tracks(song: Song) -> tuple[bool, ...]:
    """Whether each track of the song was played without a grid, remembered as long as the song lives.

    Parts of one instrument are judged together. A part with too few notes to be judged counts as the whole song does.
    """
    return _remembered(in_felt_beats(song))


def keeps_lengths(song: Song, settings: Settings) -> tuple[bool, ...]:
    """Which tracks keep their lengths because someone played them, and no setting asks for others."""
    if settings.performed_durations or settings.articulation is not None:
        return (False,) * len(song.tracks)
    performed = zip(song.tracks, performed_tracks(song), strict=True)
    # Who sets a share for a track means it; a drum's lengths have a setting of their own.
    return tuple(
        found and track.key not in settings.track_duration and track.family is not Family.DRUMS
        for track, found in performed
    )


def _work_out(song: Song) -> tuple[bool, ...]:
    verdicts: dict[int, bool] = {}
    for group in groups(song):
        members = [song.tracks[index] for index in group]
        verdict = _verdict(song, members)
        if verdict is not None:
            verdicts |= dict.fromkeys(group, verdict)
    of_all = len(verdicts) < len(song.tracks) and bool(_verdict(song, song.tracks))
    return tuple(verdicts.get(track.index, of_all) for track in song.tracks)


def _verdict(song: Song, tracks: list[Track] | tuple[Track, ...]) -> bool | None:
    """Whether what these tracks play together keeps to no grid; None where there is too little of it."""
    merged, _ = merge_tracks(tracks)
    chord = chords_of(song, merged)
    if np.count_nonzero(np.diff(chord, prepend=-1)) < FREE_NOTES:
        return None
    return free_timing(merged.notes.onset / song.ppq, chord)


_remembered = PerSong(_work_out)
