"""How much playing is enough to learn a player from, and what to do with less."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEAST_NOTES = 500  # below: one take of about 600 never helped an unseen drummer, and twice made the odds worse
RECOMMENDED_NOTES, RECOMMENDED_FILES = 2_000, 10  # 2,000 notes helped in 11 takes, and did not in 3
MANY_NOTES = 20_000
_WANTED = f"{RECOMMENDED_NOTES:,} notes in at least {RECOMMENDED_FILES} files are recommended"


class Kind(StrEnum):
    """What an amount of playing is good for."""

    STATISTICS = "statistics only"
    FEW = "few"
    RECOMMENDED = "recommended"
    MANY = "many"


@dataclass(frozen=True)
class Tier:
    """What to do with an amount of playing: the highest rank it carries, least and most steps, and why in a sentence.

    `steps` are (0, 0) where nothing is trained, None where the recipe alone decides.
    """

    kind: Kind
    r: int
    steps: tuple[int, int] | None
    sentence: str

    @property
    def trains(self) -> bool:
        return self.kind is not Kind.STATISTICS

    @property
    def warns(self) -> bool:
        return self.kind in (Kind.STATISTICS, Kind.FEW)

    def within(self, r: int, steps: int) -> tuple[int, int]:
        """The asked rank and steps as far as this much playing carries them."""
        least, most = self.steps or (steps, steps)
        return min(r, self.r), min(max(steps, least), most)


def tier(notes: int, files: int) -> Tier:
    """The tier of so many notes in so many different files; files count, for variety matters more than notes."""
    have = f"you have {amount(notes, files)}"
    if notes < LEAST_NOTES:
        what = "Only level, spread and articulation are measured, and nothing is trained: that takes at least"
        return Tier(Kind.STATISTICS, 0, (0, 0), f"{_WANTED}: {have}. {what} {LEAST_NOTES} notes.")
    if notes < RECOMMENDED_NOTES or files < RECOMMENDED_FILES:
        what = "That is probably too little variety, so a small adapter is trained, and it may turn out no better"
        return Tier(Kind.FEW, 4, (60, 100), f"{_WANTED}: {have}. {what} than the base.")
    if notes <= MANY_NOTES:
        return Tier(Kind.RECOMMENDED, 8, (90, 400), f"{_WANTED}, and {have}.")
    return Tier(Kind.MANY, 16, None, f"{_WANTED}, and {have}: enough for r: 16, if r: 8 leaves something to be wished.")


def amount(notes: int, files: int) -> str:
    """How much there is, in words: 812 notes in 3 files."""
    return f"{notes:,} note{'s' * (notes != 1)} in {files:,} file{'s' * (files != 1)}"
