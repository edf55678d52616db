"""``python -m scripts.incidents``: plants incidents in two pipelines; states what is found, where and by which name."""

from __future__ import annotations

from scripts.incidents.cli import main

if __name__ == "__main__":
    main(prog_name="python -m scripts.incidents")
