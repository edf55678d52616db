"""Compares runs with their past: which runs are references, measuring, deciding, diagnosing, writing.

`compare` does it all. The pieces: `baseline` and `planning` say what a run is compared with, `past` what earlier
comparisons left, `column_measures` and `table_measures` measure, `strategy` says where columns are measured and decided
(in this process here; engines bring others), `diagnosing` turns decided shifts into findings, `writing` into rows.
"""

from __future__ import annotations

from stageprint.pipeline.compare.compare import MemoryLimits, compare

__all__ = ["MemoryLimits", "compare"]
