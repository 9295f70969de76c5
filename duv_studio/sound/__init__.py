"""Songs made audible: SoundFont voices, takes rendered ahead of the playhead, a player, and ways out. Knows no Qt."""

RATE = 44_100  # frames per second of everything that is rendered, played and written
