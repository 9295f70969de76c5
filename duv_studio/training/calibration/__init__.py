"""Calibrating a trained base: kernels of the noise and the spread of velocities and lengths."""
