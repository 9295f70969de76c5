"""MIDI files in and out without loss: bytes, events, notes, time, and what a track says of itself."""
