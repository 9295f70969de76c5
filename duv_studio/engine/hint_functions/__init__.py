"""What single instrument hints are, each worked out from notes; `engine.hints` gives them their names."""
