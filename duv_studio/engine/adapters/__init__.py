"""LoRA adapters: their files, the library of them, which one plays, and merging into a base."""
