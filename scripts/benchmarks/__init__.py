"""What a profile costs, against the bare scan of the same data in the same run, and against others' profilers."""
