"""Makes the SoundFont that ships, from two packages of Debian: `python -m tools.make_soundfont`."""
