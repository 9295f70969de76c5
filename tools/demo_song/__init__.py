"""Composes the bundled demo song: five sequenced tracks, on the grid, one velocity each."""
