"""``python -m scripts.simulation``: false findings and recall of the decision rule, from simulated histories."""

from __future__ import annotations

from scripts.simulation.cli import main

if __name__ == "__main__":
    main(prog_name="python -m scripts.simulation")
