"""What a song is to a musician: chords, hands and kits, key-switches, selected tracks, locks, settings."""
