"""From a prediction to velocities and note-offs: sampling, blending, articulation, limits."""
