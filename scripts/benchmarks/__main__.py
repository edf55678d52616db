"""``python -m scripts.benchmarks``: every benchmark, or some."""

from __future__ import annotations

import sys

# In a module of its own: measurements start new processes, which cannot import `__main__`.
from scripts.benchmarks.cli import main

if __name__ == "__main__":
    sys.exit(main())
