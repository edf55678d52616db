"""Runs the command line: ``python -m stageprint``."""

from __future__ import annotations

from stageprint.cli import main

if __name__ == "__main__":
    main()
