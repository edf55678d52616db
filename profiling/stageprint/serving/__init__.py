"""The profiler for serving processes: the same states as Spark's, without Spark.

Importing this package imports neither numpy nor pyarrow; making a `ServingProfiler` does, once, at the start of the
service rather than in its first request.
"""

from __future__ import annotations

from stageprint.serving.profiler import ServingProfiler

__all__ = ["ServingProfiler"]
