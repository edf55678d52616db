"""The growth curves, as one SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from scripts.benchmarks.measure import Result

AGAINST: Final = ("rows", "columns", "files", "tables")


def plot_growth(results: Sequence[Result], file: Path) -> None:
    """Draw seconds of the profile and of the bare scan against rows, columns, files and tables."""
    import matplotlib as mpl  # noqa: PLC0415 -- of the group `bench`

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 -- as above

    # The same figures make the same file. (Any: matplotlib's keys are known to mypy only where it is installed.)
    settings: Any = {"svg.hashsalt": "stageprint", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    with mpl.rc_context(settings):
        figure, panels = plt.subplots(1, len(AGAINST), figsize=(12, 3.2), layout="constrained")
        for panel, against in zip(panels, AGAINST, strict=True):
            found = sorted(
                (result for result in results if result.more.get("against") == against and result.seconds),
                key=lambda result: result.more["size"],
            )
            sizes = [result.more["size"] for result in found]
            panel.plot(sizes, [result.seconds for result in found], "o-", label="profile")
            scanned = [(size, result.scan_seconds) for size, result in zip(sizes, found, strict=True)]
            known = [(size, seconds) for size, seconds in scanned if seconds]
            panel.plot([size for size, _ in known], [seconds for _, seconds in known], "s--", label="bare scan")
            panel.set(xscale="log", yscale="log", xlabel=against)
            panel.grid(visible=True, which="major", alpha=0.3)
        panels[0].set_ylabel("seconds")
        panels[0].legend(frameon=False)
        figure.savefig(file, metadata={"Date": None})
        plt.close(figure)
