"""The player: told what to play, it hands out the next audio, whichever output asks for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.errors import DuvError
from duv_studio.sound import RATE
from duv_studio.sound.player.course import Course
from duv_studio.sound.player.mix import Mix, Side
from duv_studio.sound.player.playhead import Desk, Playhead
from duv_studio.sound.player.stage import Order, Stage, Task, View
from duv_studio.sound.player.worker import Worker
from duv_studio.sound.schedule.frames import frames_of
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.takes.block import BLOCK, Stereo
from duv_studio.sound.takes.renderer import CAPACITY, Renderer
from duv_studio.sound.takes.take import Take

__all__ = ["Mix", "Player", "Playhead", "Side"]

_MEASUREMENTS = 4  # of half a second each, after which gains are worked out again
_SHARE = 20  # and of what is measured one part in so many: long songs take long to be weighed
_SHORTEST_LOOP = RATE // 20  # frames


class Player:
    """Plays both sides of a song. Thread-safe; commands return at once, and `read` never waits for rendering.

    What is read changes only by crossfades of 10 ms: another side, place, mix or performance, start, stop and the wrap
    of a loop. Away from them each frame is the sum of the tracks' blocks by their levels, bit by bit, however it is
    read.
    """

    def __init__(self, soundfont: SoundFont, *, capacity: int = CAPACITY, threaded: bool = True) -> None:
        """`capacity` bytes of rendered blocks are kept. Without a thread, `work` renders."""
        self._lock = threading.RLock()
        self._stage = Stage(Renderer(Synth(soundfont), capacity), self._lock)
        self._desk = Desk(self._stage.renderer.store)
        self._course = Course(self._stage.takes, self._desk)
        self._generation = 0
        self._epoch = 0
        self._song: Song | None = None
        self._written: Performance = ()
        self._after: Performance | None = None
        self._listening = Listening()
        self._weighed: tuple[tuple[object, ...], int] = (), 0  # what the gains follow from
        self._is_used = False
        self._worker = Worker(self._next_task) if threaded else None

    def close(self) -> None:
        """End its thread and give its memory back."""
        if self._worker is not None:
            self._worker.close()
        with self._lock:
            self._course.wish(is_playing=False)
            self._course.at = Playhead()
            self._desk.forget()
            self._stage.renderer.clear()

    # What is played

    def set_song(self, song: Song | None) -> None:
        """Another song, as its file has it on both sides; stops, goes to the beginning, forgets loop and listening."""
        with self._lock:
            self._epoch += 1
            self._song, self._after, self._listening = song, None, Listening()
            self._written = () if song is None else song.as_written()
            self._course.gains = None
            self._course.trouble, self._is_used = None, False
            wishes = self._course.wishes
            self._course.wish(is_playing=False, loop=None, seek=wishes.seek + 1, frame=0)
            self._order()
            self._changed()

    def set_performance(self, after: Performance | None, song_with_families: Song | None = None) -> None:
        """Another after side; None: as the file has it. What is heard goes on until the new side is ready.

        `song_with_families` is the same song, where the user said of tracks what they are. Only the newest counts.
        """
        with self._lock:
            if song_with_families is not None and song_with_families is not self._song:
                self._song, self._written = song_with_families, song_with_families.as_written()
            self._after = after
            self._order()

    def set_listening(self, listening: Listening) -> None:
        """Other programs for listening, on both sides."""
        with self._lock:
            self._listening = listening
            self._order()

    def set_mix(self, mix: Mix) -> None:
        """Other gains; at once."""
        with self._lock:
            self._course.wish(mix=mix)
            self._changed()

    # How it is played

    def play(self) -> None:
        """Start from where it stands; at the end, from the beginning."""
        with self._lock:
            if self._song is None or self.is_playing:
                return
            if self._length and self._course.place >= self._length:
                self._course.wish(seek=self._course.wishes.seek + 1, frame=0)
            self._course.wish(is_playing=True, start=self._course.wishes.start + 1)
            self._is_used = True
            self._changed()

    def stop(self) -> None:
        """Stop where it is; nothing rings on."""
        with self._lock:
            self._course.wish(is_playing=False)
            self._changed()

    def seek(self, seconds: float) -> None:
        """Go to a place, held within the song."""
        with self._lock:
            frame = min(max(round(seconds * RATE), 0), self._length)
            self._course.wish(seek=self._course.wishes.seek + 1, frame=frame)
            self._changed()

    def show(self, side: Side) -> None:
        """Let the other side be heard, at the same place."""
        with self._lock:
            if side is not self._course.wishes.side:
                self._course.wish(side=side)
                self._changed()

    @property
    def loop(self) -> tuple[float, float] | None:
        """Seconds between which it plays over and over once it comes to the second."""
        loop = self._course.wishes.loop
        return None if loop is None else (loop[0] / RATE, loop[1] / RATE)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Loop between two times in seconds, at least 50 ms apart, or no more."""
        with self._lock:
            frames = None
            if loop is not None:
                start = max(round(min(loop) * RATE), 0)
                frames = start, max(round(max(loop) * RATE), start + _SHORTEST_LOOP)
            self._course.wish(loop=frames)
            self._changed()

    @property
    def is_playing(self) -> bool:
        """Whether it plays, or is about to."""
        return self._course.is_playing

    @property
    def is_waiting(self) -> bool:
        """Whether it would play if what comes next were rendered."""
        return self._course.is_playing and self._course.is_starved

    @property
    def is_changing(self) -> bool:
        """Whether another after side is on its way to the ear."""
        with self._lock:
            return self._stage.is_in_work(Side.AFTER)

    @property
    def side(self) -> Side:
        return self._course.wishes.side

    @property
    def position(self) -> float:
        """Seconds of the frame that is read next."""
        return self._course.place / RATE

    @property
    def length(self) -> float:
        """Seconds of the longer side, with what dies away behind its last note."""
        return self._length / RATE

    @property
    def generation(self) -> int:
        """Grows with every change that is to be heard at once, so that an output may read again what it read ahead."""
        return self._generation

    @property
    def trouble(self) -> DuvError | None:
        """Why no more can be rendered, such as a SoundFont that vanished; the next song tries again."""
        return self._course.trouble

    @property
    def match_gain(self) -> Mapping[Side, float] | None:
        """dB by which each side is changed where the mix is to be matched, the louder one below 0.

        None until seconds of both sides are measured; exact (BS.1770, within 0.3 dB) when `match_measured` is 1.
        """
        with self._lock:
            return None if self._course.gains is None else dict(self._course.gains)

    @property
    def match_measured(self) -> float:
        """How much of both sides is measured, 0..1."""
        with self._lock:
            return self._stage.matching.progress(list(self._stage.takes.values()))

    @property
    def rendered_bytes(self) -> int:
        """Memory that rendered blocks take."""
        return self._stage.renderer.store.nbytes

    # What is heard

    def read(self, frames: int) -> Stereo:
        """The next audio, (frames, 2); silence while it is stopped or waits for rendering."""
        with self._lock:
            before = self._course.place // BLOCK
            out = self._course.read(frames)
            if self._course.is_starved or self._course.place // BLOCK != before:
                self._wake()
        return out

    def snapshot(self) -> Playhead:
        """Where it stands and what fades."""
        with self._lock:
            return self._course.at

    def restore(self, state: Playhead) -> None:
        """Stand there again: what was read since is taken back. Commands given since are followed from there on."""
        with self._lock:
            self._course.at = state
            self._wake()

    def work(self, tasks: int | None = None) -> int:
        """Without a thread of its own: do so many tasks, or all there are. Returns how many were done."""
        done = 0
        while done != tasks and (task := self._next_task()) is not None:
            task()
            done += 1
        return done

    # From here on under the lock

    @property
    def _file(self) -> Path | None:
        return None if self._song is None else self._song.path

    @property
    def _length(self) -> int:
        takes = list(self._stage.takes.values())
        if takes:
            return max(take.frames for take in takes)
        return int(frames_of(self._song.tempo, self._song.end_tick)) if self._song is not None else 0

    def _order(self) -> None:
        """Want both sides as they are now to be."""
        song = self._song
        for side in Side:
            if song is None:
                self._stage.order(side, None)
                continue
            played = self._after if side is Side.AFTER and self._after is not None else self._written
            self._stage.order(side, Order(self._epoch, song, played, self._listening))
        self._wake()

    def _changed(self) -> None:
        self._generation += 1
        self._wake()

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()

    # On the working thread

    def _next_task(self) -> Task | None:
        with self._lock:
            if self._song is None or self._course.trouble is not None:
                return None
            weighing = self._weigh_task(is_idle=False)
            if weighing is not None:
                return weighing
            task = self._stage.next_task(self._view())
            return self._weigh_task(is_idle=True) if task is None else lambda: self._do(task)

    def _weigh_task(self, is_idle: bool) -> Task | None:
        """Work out the gains, if they follow from something else than the last ones; for little else only when idle."""
        takes, mix, matching = dict(self._stage.takes), self._course.wishes.mix, self._stage.matching
        reasons, more = (*takes.values(), mix.gain), matching.measured - self._weighed[1]
        if len(takes) < len(Side) or (reasons == self._weighed[0] and more < (1 if is_idle else _MEASUREMENTS)):
            return None
        if reasons == self._weighed[0] and not is_idle and more * _SHARE < matching.measured_of([*takes.values()]):
            return None
        self._weighed = reasons, matching.measured
        return lambda: self._weigh(takes, mix)

    def _do(self, task: Task) -> None:
        try:
            task()
        except DuvError as error:
            self._course.trouble = error
        except Exception as error:
            # A fault of ours: the window stops and says so, and its report has the rest.
            self._course.trouble = DuvError(
                f"The song cannot be played: {error}", hint="open it again", file=self._file
            )
            raise
        with self._lock:
            if self._stage.change_over(self._view()) or (self._course.is_starved and self._course.is_ready):
                self._course.is_starved = False
                self._generation += 1
            rest = self._stage.rest(self._view())
        if self._worker is not None and rest is not None:
            time.sleep(rest)  # even 0 lets others have the interpreter

    def _view(self) -> View:
        wishes = self._course.wishes
        loop_start = wishes.loop[0] if wishes.loop else None
        return View(self._course.place, wishes.side, self.is_playing, self._is_used, wishes.mix.matched, loop_start)

    def _weigh(self, takes: Mapping[Side, Take], mix: Mix) -> None:
        """Work out by how much each side is to be changed to be as loud as the other."""
        levels = {side: replace(mix, volume=1.0).levels(len(take.stems)) for side, take in takes.items()}
        gains = self._stage.matching.gains([takes[side] for side in Side], [levels[side] for side in Side])
        with self._lock:
            if gains is not None and self._stage.takes == takes:
                self._course.gains = dict(zip(Side, gains, strict=True))
