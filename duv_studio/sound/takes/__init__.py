"""Songs rendered ahead: the sound of every track in blocks of a quarter of a second, shared where it is the same."""
