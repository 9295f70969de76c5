"""What the model reads of every note: note features and hints, as arrays of shape (notes, features)."""
