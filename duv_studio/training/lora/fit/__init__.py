"""One training run of an adapter: the module, the loop, resuming, its files and its checks."""
