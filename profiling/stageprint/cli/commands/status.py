"""``stageprint status``."""

from __future__ import annotations

import dataclasses

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.statuses import DONE, FOUND, NOTHING_KNOWN, TABLE_FAILED
from stageprint.errors import UsageError
from stageprint.model.run_status import StatusVerdict
from stageprint.report.terminal.status import print_status

_STATUSES = {
    StatusVerdict.WELL: DONE,
    StatusVerdict.LATE: FOUND,
    StatusVerdict.FOUND: FOUND,
    StatusVerdict.TABLES_FAILED: TABLE_FAILED,
    StatusVerdict.UNKNOWN: NOTHING_KNOWN,
}


@command(
    place=55,
    reads="runs, manifests, table_profiles, shifts, findings and check_results in the store",
    writes="nothing",
    examples=(
        "status --config shop.yml",
        "status --config shop.yml --expect-by 06:00 --timezone Europe/Berlin",
        "status --config shop.yml --run 2026-03-01 --expect-by 2026-03-02T06:00",
    ),
    statuses={
        DONE: "The expected run was profiled and compared, and nothing is at or above --fail-on.",
        FOUND: "The expected run has not arrived, or something is at or above --fail-on.",
        TABLE_FAILED: "At least one table of the run failed or is missing.",
        NOTHING_KNOWN: "Nothing can be said: the latest run was not compared, or nothing could be judged in it.",
    },
)
@options.config
@click.option("--run", "run_id", metavar="ID", help="The expected run (default: the latest one).")
@click.option(
    "--expect-by",
    metavar="TIME",
    help="When a run must have arrived: a time of day (06:00), a date and time (2026-03-02T06:00), or cadence (the "
    "usual interval between runs plus a quarter of it).",
)
@click.option(
    "--max-age", metavar="DURATION", help="How long ago the latest run may have arrived, such as 26h or 1d 2h."
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Time zone of --expect-by and of the times shown, such as Europe/Berlin (default: UTC).",
)
@options.fail_on
@options.output_format
def status(
    config_file: str,
    run_id: str | None,
    expect_by: str | None,
    max_age: str | None,
    timezone: str | None,
    fail_on: str | None,
    output: str,
) -> int:
    """Say whether all is well, and whether the expected run arrived.

    Shows when the latest run was profiled and compared, its failed and missing tables, and its worst finding. With
    --expect-by or --max-age, a scheduler that runs this command notices a pipeline that has stopped.
    """
    config = wiring.load_config(config_file)
    if run_id is not None and (max_age is not None or expect_by == "cadence"):
        message = "--run names the expected run: expected --expect-by with a time beside it, or nothing"
        raise UsageError(message)
    found = wiring.run_status(
        config,
        run=run_id,
        expect_by=expect_by,
        max_age=max_age,
        timezone=timezone,
        fail_on=options.failing_severity(fail_on, config),
    )
    if output == "json":
        write_json([dataclasses.asdict(found) | {"verdict": found.verdict.value}])
    else:
        print_status(result_console(config, "status"), found)
    return _STATUSES[found.verdict]
