"""Recordings of players, their mechanical counterparts, and windows of both to learn from."""
