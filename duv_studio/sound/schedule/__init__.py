"""What is to sound when: the notes of a song in frames, and what its channels are told while they sound."""
