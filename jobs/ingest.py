"""Ingests what serving processes wrote, under spark-submit; options and exit statuses as of `stageprint ingest`.

spark-submit --properties-file conf/spark-defaults.conf jobs/ingest.py --config conf/nycflights.yml --run 2013-05
"""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts this folder first on its path, where profile.py would hide the standard library's `profile`,
# which cProfile, and so pyspark, imports.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _HERE]

from profiling.cli import main  # noqa: E402 -- only now is the path right

if __name__ == "__main__":
    main(["ingest", *sys.argv[1:]])
