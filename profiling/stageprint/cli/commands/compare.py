"""``stageprint compare``."""

from __future__ import annotations

import re
from typing import Final

import click
from rich.text import Text

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.junit import junit_of_runs
from stageprint.cli.output import result_console, show_progress, write_error, write_json, write_junit
from stageprint.cli.selection import check_some_or_all, runs_text, some_or_all, stored_runs
from stageprint.cli.statuses import DONE, FOUND, MEANINGS, TABLE_FAILED
from stageprint.errors import nearest
from stageprint.model.finding import finding_object
from stageprint.report.terminal.first_look import first_look_line
from stageprint.report.terminal.outcomes import print_compared

_BASELINE: Final = re.compile(r"auto|previous|run:\S.*|window:[1-9]\d*|stage:\S+")


def _check_baseline(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if _BASELINE.fullmatch(value) is None:
        near = nearest(value, ("auto", "previous"))
        hint = f" – did you mean {near!r}?" if near else ""
        message = f"expected auto, previous, run:ID, window:N or stage:NAME, got {value!r}{hint}"
        raise click.BadParameter(message, ctx, param)
    return value


@command(
    place=40,
    reads="table_profiles and column_profiles of the runs and of what they are compared with",
    writes="manifests, shifts, findings, incidents, check_results, calibration and notifications in the store",
    examples=(
        "compare --config shop.yml --run 2026-03-01",
        "compare --config shop.yml --run 2026-03-01 --baseline stage:features --fail-on warning",
        "compare --config shop.yml --run 2026-03-01 --format junit > stageprint.xml",
    ),
    statuses={
        DONE: "Nothing is at or above --fail-on.",
        FOUND: MEANINGS[FOUND],
        TABLE_FAILED: "At least one table could not be compared; the others are done.",
    },
)
@options.config
@options.some_or_all_runs("the store holds")
@click.option(
    "--baseline",
    callback=_check_baseline,
    default="auto",
    show_default=True,
    metavar="auto|previous|run:ID|window:N|stage:NAME",
    help="What each run is compared with: auto (the previous run, recent runs and runs of the same season), the "
    "previous run alone, one run, the last N runs, or another stage of the same run.",
)
@options.fail_on
@options.result_format
def compare(
    config_file: str, runs: tuple[str, ...], all_runs: bool, baseline: str, fail_on: str | None, output: str
) -> int:
    """Compare runs with earlier runs, and find what broke.

    Measures how far every column has shifted, decides which shifts are more than chance, and reports each fault once,
    at the stage and column where it began. Evaluates the declared checks too. Comparing a run again replaces its
    results. With --baseline, a run is compared with one chosen run or with another stage.
    """
    config = wiring.load_config(config_file)
    check_some_or_all(runs, all_runs)
    if baseline.startswith("stage:"):
        config.stage(baseline.removeprefix("stage:"))
    chosen = some_or_all(runs, all_runs, lambda: stored_runs(wiring.open_results(config), config))
    with show_progress() as progress:
        outcome = wiring.compare_runs(config, chosen, baseline=baseline, progress=progress)
    failing = options.failing_severity(fail_on, config)
    if output != "table":
        for note in outcome.notes:
            write_error(f"note: {note}")
        if output == "json":
            write_json(finding_object(finding) for finding in outcome.findings)
        else:
            write_junit(config, junit_of_runs(wiring.open_results(config), chosen), failing)
        return outcome.exit_status(failing)
    console = result_console(config, runs_text(chosen))
    print_compared(console, outcome)
    line = first_look_line(wiring.first_look(config, wiring.open_results(config), chosen), config_file)
    if line is not None:
        console.print(Text(line, style="remark"), soft_wrap=True)
    return outcome.exit_status(failing)
