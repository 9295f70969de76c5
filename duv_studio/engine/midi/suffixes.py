"""What files of MIDI are called; without any import, for the command line starts with it."""

MIDI_SUFFIXES = (".mid", ".midi", ".smf", ".kar")
WITH_RIFF = (*MIDI_SUFFIXES, ".rmi")  # MIDI within RIFF, which can be read, too
