"""What is heard next: both sides of a song, switched, looped and mixed without a click, ready for any output."""
