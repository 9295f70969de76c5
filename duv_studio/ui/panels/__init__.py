"""What stands beside the roll: tracks, sliders, the choice of model and adapters."""
