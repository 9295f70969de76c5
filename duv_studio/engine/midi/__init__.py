"""Lossless reading and writing of MIDI files: bytes, events, notes, time and metadata. Holds the file suffixes."""

from __future__ import annotations

MIDI_SUFFIXES = (".mid", ".midi", ".smf", ".kar")
WITH_RIFF = (*MIDI_SUFFIXES, ".rmi")  # MIDI within RIFF, which can be read, too
