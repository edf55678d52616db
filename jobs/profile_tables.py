r"""Profiles runs under spark-submit; the options and exit statuses are those of `stageprint profile`.

spark-submit --properties-file conf/spark-defaults.conf jobs/profile_tables.py \
  --config conf/nycflights.yml --run 2013-05
"""

from __future__ import annotations

import sys

from stageprint.cli import main

if __name__ == "__main__":
    main(["profile", *sys.argv[1:]])
