"""The hunts by name; each is imported when it runs."""

from __future__ import annotations

from importlib import import_module

from tests.fuzz.hunt import Hunt

# Name -> module and class.
_PLACES = {
    "midi": "midi.MidiHunt",
    "humanize": "humanize.HumanizeHunt",
    "models": "models.ModelHunt",
    "journals": "journals.JournalHunt",
    "recipes": "recipes.RecipeHunt",
    "parts": "parts.PartsHunt",
    "preferences": "preferences.PreferencesHunt",
    "manifests": "manifests.ManifestHunt",
    "soundfonts": "soundfonts.SoundFontHunt",
}
_OF_TESTS = {"mishaps": "mishaps.Mishaps"}
NAMES = tuple(_PLACES)
ALL_NAMES = (*NAMES, *_OF_TESTS)


def hunt_named(name: str) -> type[Hunt]:
    """The class of a hunt; KeyError where there is none of that name."""
    module, _, kind = (_PLACES | _OF_TESTS)[name].partition(".")
    found: type[Hunt] = getattr(import_module(f"tests.fuzz.hunts.{module}"), kind)
    return found
