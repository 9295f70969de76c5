"""Playing on instruments and synthesizers beside this program, through MIDI ports; needs the extra `midi-out`."""
