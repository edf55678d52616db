"""A small, honest ML pipeline to point the profiler at: predicts which flights from New York arrive late.

It knows nothing of the profiler. Its faults (`incidents`) are the ones real pipelines have.
"""
