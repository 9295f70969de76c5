"""The training of models: data, degradation, trainer, evaluation. Knows no Qt."""
