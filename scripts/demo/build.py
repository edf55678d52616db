"""Builds the demo's runs: ``python -m scripts.demo.build --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from scripts.demo.errors import DemoError, require
from scripts.demo.incidents import DEFAULT_INCIDENTS, INCIDENTS, Planted, check_previous, parse_all
from scripts.demo.months import MONTHS
from stageprint.errors import plain_reason

if TYPE_CHECKING:
    from scripts.demo.delta_stages import DeltaStages

USAGE_ERROR = 2


class _Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line, like every other error."""

    def error(self, message: str) -> NoReturn:
        raise DemoError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Build the runs of the demo.

    Args:
        argv: Command-line arguments; None takes those of the process.

    Returns:
        Exit status: 0, or 2 after one line on stderr that says what is wrong and what is available.
    """
    try:
        return _run(_parser().parse_args(argv))
    except DemoError as error:
        sys.stderr.write(f"scripts.demo.build: {error}\n")
        return USAGE_ERROR


def _run(arguments: argparse.Namespace) -> int:
    if arguments.list_incidents:
        sys.stdout.write(_listing())
        return 0
    if arguments.out is None:
        message = "--out FOLDER is missing: where to write the runs"
        raise DemoError(message)
    runs = _runs(arguments.runs)
    plan = parse_all(arguments.incident, runs)
    check_previous(plan, runs, arguments.out)
    _make(arguments.out, runs, plan)
    return 0


def _make(out: Path, runs: list[str], plan: list[Planted]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot write to {out}: {plain_reason(error)}"
        raise DemoError(message) from error
    # scikit-learn takes seconds to import: a mistyped argument should not wait for it.
    from scripts.demo.pipeline import Pipeline, StageReport  # noqa: PLC0415
    from scripts.demo.sources import load_source  # noqa: PLC0415

    def show(report: StageReport) -> None:
        sys.stdout.write(f"{report}\n")
        sys.stdout.flush()

    source = load_source()
    Pipeline(_delta_stages(), source, out, plan, show).make(runs)


def _delta_stages() -> DeltaStages[Any]:
    """Return Spark, or pandas where Spark cannot be started, which is said."""
    from stageprint.engines.given import why_no_spark  # noqa: PLC0415 -- only where a run is built

    missing = why_no_spark() or _why_no_delta()
    if missing is None:
        from scripts.demo.spark_stages import SparkStages  # noqa: PLC0415 -- imports Spark
        from stageprint.engines.spark.session import get_session  # noqa: PLC0415 -- imports Spark

        return SparkStages(get_session("stageprint-demo"))
    from scripts.demo.pandas_stages import PandasStages  # noqa: PLC0415 -- imports pandas

    sys.stdout.write(f"The runs are built without Spark ({missing}): the same rows, and the same findings.\n")
    return PandasStages()


def _why_no_delta() -> str | None:
    from stageprint.engines.spark.versions import why_no_delta  # noqa: PLC0415 -- as above
    from stageprint.version import installed_version  # noqa: PLC0415 -- as above

    spark, delta = installed_version("pyspark"), installed_version("delta-spark")
    return why_no_delta(spark, delta) if delta == "unknown" else None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m scripts.demo.build",
        description="Build the monthly runs of the demo: flights from New York in 2013, and which will be late.",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write: FOLDER/RUN/STAGE/TABLE")
    parser.add_argument("--runs", metavar="RUN,RUN", help="such as 2013-01,2013-02 (default: all twelve)")
    parser.add_argument(
        "--incident",
        action="append",
        metavar="NAME@RUN[:STAGE]",
        help=f"plant a fault; may be repeated; 'none' plants nothing (default: {', '.join(DEFAULT_INCIDENTS)})",
    )
    parser.add_argument("--list-incidents", action="store_true", help="list the faults and exit")
    return parser


def _runs(text: str | None) -> list[str]:
    if text is None:
        return list(MONTHS)
    names = sorted({name.strip() for name in text.split(",") if name.strip()})
    for name in names:
        require("run", name, MONTHS)
    if not names:
        message = f"--runs names no run; available: {', '.join(MONTHS)}"
        raise DemoError(message)
    return names


def _listing() -> str:
    lines = []
    for name, incident in INCIDENTS.items():
        others = [stage for stage in incident.stages if stage != incident.default_stage]
        where = incident.default_stage + (f" (also {', '.join(others)})" if others else "")
        lines.append(f"{name:<20} {incident.family:<11} {incident.summary} In {where}.\n")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
