"""Widgets that several windows share; they know nothing of songs or trainings."""
