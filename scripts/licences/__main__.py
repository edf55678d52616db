"""``python -m scripts.licences``: writes the two lists; ``--check`` says what is wrong with those that are there."""

from __future__ import annotations

import sys

from scripts.licences.licences import main

if __name__ == "__main__":
    sys.exit(main())
