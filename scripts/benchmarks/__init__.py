"""The cost of a profile, compared with a bare scan of the same data in the same run and with other profilers."""
