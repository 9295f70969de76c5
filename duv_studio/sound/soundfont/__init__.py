"""SoundFont banks (SF2 and SF3): presets, zones, generators, modulators and samples, decoded when needed."""
