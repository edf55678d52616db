r"""Compares runs under spark-submit; the options and exit statuses are those of `stageprint compare`.

spark-submit --properties-file conf/spark-defaults.conf jobs/compare_runs.py \
  --config conf/nycflights.yml --run 2013-05
"""

from __future__ import annotations

import sys

from stageprint.cli import main

if __name__ == "__main__":
    main(["compare", *sys.argv[1:]])
