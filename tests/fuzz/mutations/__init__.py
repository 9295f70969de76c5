"""How an input is made from others: bytes, words, JSON values, MIDI events, tensors."""
