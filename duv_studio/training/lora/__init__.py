"""Adapters: how they are trained on one player, how much playing that takes, and whether they help."""
