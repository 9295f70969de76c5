"""The standing hunt (`make fuzz`): mutated files of every kind against laws, in processes that are watched."""
