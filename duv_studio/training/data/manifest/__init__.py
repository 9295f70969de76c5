"""Manifests: recordings as JSON lines with features and hints, made once and trained from often."""
