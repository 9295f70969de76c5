"""Looking through recordings before a training: facts of every file, and warnings."""
