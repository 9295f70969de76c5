"""Training of base models, from data sets or from tables of notes, up to a model with its card."""
