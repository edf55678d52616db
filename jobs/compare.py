"""Compares runs under spark-submit; the options and exit statuses are those of `stageprint compare`.

spark-submit --properties-file conf/spark-defaults.conf jobs/compare.py --config conf/nycflights.yml --run 2013-05
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
    main(["compare", *sys.argv[1:]])
