"""What the project needs beside its package: set-up, the demo song, benchmarks."""
