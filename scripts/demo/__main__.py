"""``python -m scripts.demo``: builds the twelve runs, profiles and compares them, prints what broke and where."""

from __future__ import annotations

import sys

from scripts.demo.tour import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
