"""Whole folders: every MIDI file of a tree played, and written to another tree."""
