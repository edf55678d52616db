"""Simulates healthy stores and planted faults, and states what the decision rule costs and finds.

Usage: ``python scripts/simulate_decisions.py [--quick] [--json FILE]``; ``make simulate`` and ``make simulate-quick``.
The last line printed is one JSON object with ``false_findings_per_100k`` and ``recall`` by fault.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.simulate.cli import main

if __name__ == "__main__":
    main()
