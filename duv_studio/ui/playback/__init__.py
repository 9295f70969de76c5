"""Hearing the song: what plays and from where, how loud each track is, audio files, and the song dragged out."""
