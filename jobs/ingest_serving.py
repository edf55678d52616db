r"""Ingests what serving processes wrote, under spark-submit; options and exit statuses as `stageprint ingest`.

spark-submit --properties-file conf/spark-defaults.conf jobs/ingest_serving.py \
  --config conf/nycflights.yml --run 2013-05
"""

from __future__ import annotations

import sys

from stageprint.cli import main

if __name__ == "__main__":
    main(["ingest", *sys.argv[1:]])
