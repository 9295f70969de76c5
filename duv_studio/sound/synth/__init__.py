"""The synthesizer: what a note of a preset sounds like, and a small reverb."""
