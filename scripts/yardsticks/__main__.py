"""``python -m scripts.yardsticks``: measures the product on rows that it was not tuned on."""

from __future__ import annotations

from scripts.yardsticks.cli import main

if __name__ == "__main__":
    main(prog_name="python -m scripts.yardsticks")
