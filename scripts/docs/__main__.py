"""``python -m scripts.docs``: writes the reference pages; ``--check`` names those that are stale."""

from __future__ import annotations

import sys

from scripts.docs.reference import main

if __name__ == "__main__":
    sys.exit(main())
