"""The transformer, its checkpoints, and how it predicts on this computer."""
