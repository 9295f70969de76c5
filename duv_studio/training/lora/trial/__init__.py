"""Trying one real batch of a recipe on this computer: time, memory, loss."""
