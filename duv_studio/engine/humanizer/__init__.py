"""The corridor from a song to a performance: the Humanizer, and the function for PrettyMIDI objects."""
