"""Manifests: played tracks as lines of JSON, made from MIDI files and data sets, read by trainings."""
