"""A small ML pipeline to profile: it predicts which flights from New York arrive late.

It knows nothing about the profiler. Its faults (`incidents`) are those of real pipelines.
"""
