"""Plants incidents in two pipelines and states what the product finds, where, and under which name.

Usage: ``python scripts/incident_suite.py [--quick] [--page FILE] [--json FILE]``; ``make incidents`` and
``make incidents-quick``. The last line printed is one JSON object with the figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.incidents_suite.cli import main

if __name__ == "__main__":
    main()
