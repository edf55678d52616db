"""Many runs into one store, with upkeep in between: time, files and memory stay the same. See `tests.soak.soak`."""
