"""Command line of the demo pipeline: `python scripts/demo_pipeline.py --out build/demo/data`."""

from __future__ import annotations

import sys
from pathlib import Path

# Run as a file, Python puts scripts/ on the path, not the repository's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
