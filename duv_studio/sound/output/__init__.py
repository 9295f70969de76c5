"""Ways out of the player: a sound device in a process of its own, or nothing; and what keeps them fed."""
