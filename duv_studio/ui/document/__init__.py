"""The open song with its prediction, settings and undo, and the background jobs that serve it."""
