"""Where the player stands and what fades there: a value that can be put back, and the audio that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from duv_studio.sound import RATE
from duv_studio.sound.takes.block import BLOCK, Stereo
from duv_studio.sound.takes.mixer import Missing, Mixer
from duv_studio.sound.takes.store import BlockStore
from duv_studio.sound.takes.take import Take

FADE = RATE // 100  # frames of every crossfade, 10 ms
_RISE = ((np.arange(FADE, dtype=np.float32) + 1) / np.float32(FADE + 1))[:, None]
_FALL = 1 - _RISE


@dataclass(frozen=True, eq=False)
class Source:
    """What is to be heard: a take at levels of its tracks. Another one is crossfaded to."""

    take: Take
    levels: tuple[float, ...] = field(repr=False)

    def is_same(self, other: Source | None) -> bool:
        """Whether going on with the other changes nothing."""
        return other is not None and self.take is other.take and self.levels == other.levels


@dataclass(frozen=True)
class Playhead:
    """A place in the song, what plays there, and what is fading out. Serials tell which commands were followed."""

    frame: int = 0
    source: Source | None = None  # None: silence
    parting: Stereo | None = None  # (FADE, 2): what would have been heard, if nothing had changed
    faded: int = 0  # frames of it that are over
    seek: int = 0  # serial of the last jump
    ended: int = 0  # serial of the start that has come to the end of the song

    def jumped(self, frame: int, source: Source | None, parting: Stereo) -> Playhead:
        """At another frame or with another source, while what was heard fades."""
        return replace(self, frame=frame, source=source, parting=parting if parting.any() or source else None, faded=0)


class Desk:
    """Mixes the blocks of sources. For one thread at a time."""

    def __init__(self, store: BlockStore) -> None:
        self._store = store
        self._mixer = Mixer()

    def heard(self, at: Playhead, frames: int) -> Stereo:
        """The next frames (frames, 2) from a playhead, if nothing changes; silence where blocks are missing."""
        out = np.zeros((frames, 2), np.float32)
        if at.source is not None:
            self._play(at.source, at.frame, out)
        if at.parting is not None:
            fading = min(frames, FADE - at.faded)
            span = slice(at.faded, at.faded + fading)
            out[:fading] = out[:fading] * _RISE[span] + at.parting[span] * _FALL[span]
        return out

    def parting(self, at: Playhead) -> Stereo:
        """What a change at a playhead fades from, (FADE, 2)."""
        return self.heard(at, FADE)

    def forget(self) -> None:
        """Let mixed blocks go."""
        self._mixer.forget()

    def _play(self, source: Source, frame: int, out: Stereo) -> None:
        done = 0
        while done < len(out):
            block, inside = divmod(frame + done, BLOCK)
            count = min(len(out) - done, BLOCK - inside)
            if block < source.take.blocks:
                audio = self._block(source, block)
                if audio is not None:
                    out[done : done + count] = audio[inside : inside + count]
            done += count

    def _block(self, source: Source, block: int) -> Stereo | None:
        take, store = source.take, self._store
        try:
            return self._mixer.block(take, source.levels, block, lambda number: take.rendered(number, store))
        except Missing:
            return None
