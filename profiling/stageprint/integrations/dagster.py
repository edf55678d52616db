"""Asset checks for Dagster: ``pip install "stageprint[dagster]"``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from stageprint.api import profile_runs
from stageprint.config.loader import load_config
from stageprint.errors import UsageError, did_you_mean
from stageprint.integrations.judged_run import JudgedRun, compare_run
from stageprint.model import Severity

CHECK_NAME = "stageprint"
"""Name of each asset's check."""


def today(context: Any) -> str:
    """Return the partition of a run of Dagster where it has one, else the date in UTC, as YYYY-MM-DD."""
    if getattr(context, "has_partition_key", False):
        return str(context.partition_key)
    return dt.datetime.now(dt.timezone.utc).date().isoformat()


def stageprint_asset_checks(
    config: str | Path,
    assets: Mapping[str, Any],
    *,
    run: Callable[[Any], str] = today,
    fail_on: str | None = None,
    profile: bool = True,
    blocking: bool = False,
    name: str = "stageprint_checks",
    spec_arguments: Mapping[str, Any] | None = None,
) -> dg.AssetChecksDefinition:
    """Return asset checks: one an asset, which fails where a finding or failed check began in the asset's table.

    All of them are one step, which profiles and compares the run. What a table only passed on is in the check's
    metadata, and fails the check of the asset in which it began.

    Args:
        config: The configuration file.
        assets: Table, as ``stage.table`` → the asset's key.
        run: Returns the run of a step from its context: by default its partition, else the date.
        fail_on: Lowest severity that fails a check: critical, warning, review or never; None: as configured. Findings
            below it are warnings.
        profile: Whether the run is profiled; False: it was already.
        blocking: Whether a failed check stops what is downstream in the same run.
        name: Name of the step.
        spec_arguments: Further arguments of each `dagster.AssetCheckSpec`, such as `partitions_def`.

    Raises:
        ConfigError: The configuration is wrong.
        UsageError: It has no such table.
    """
    loaded = load_config(config)
    known = [f"{stage.name}.{table.name}" for stage, table in loaded.select()]
    for table in assets:
        if table not in known and not loaded.has_patterns:
            message = f"{config}: no table {table!r}, expected stage.table{did_you_mean(table, known)}"
            raise UsageError(message)
    specs = [
        dg.AssetCheckSpec(
            name=CHECK_NAME,
            asset=asset,
            description=f"What stageprint finds in {table}",
            blocking=blocking,
            metadata={"stageprint_table": table},
            **(spec_arguments or {}),
        )
        for table, asset in assets.items()
    ]

    # Dagster reads annotations of `context` as types, which they are not in this module: it has none.
    def checks(context):  # type: ignore[no-untyped-def]
        chosen = run(context)
        if profile:
            profile_runs(loaded, [chosen])
        yield from results_of(compare_run(config, chosen, fail_on=fail_on), specs)

    return dg.multi_asset_check(name=name, specs=specs)(checks)


def results_of(judged: JudgedRun, specs: Sequence[dg.AssetCheckSpec]) -> Iterator[dg.AssetCheckResult]:
    """Yield the result of each asset's check.

    Args:
        judged: The run.
        specs: The checks; their metadata names the table.
    """
    for spec in specs:
        table = str(spec.metadata["stageprint_table"])
        own = judged.of_table(table)
        below = own.worst_severity != Severity.NONE.value and not own.fails
        yield dg.AssetCheckResult(
            passed=not own.fails and not own.failed_tables and not below,
            asset_key=spec.asset_key,
            check_name=spec.name,
            severity=dg.AssetCheckSeverity.WARN if below and not own.failed_tables else dg.AssetCheckSeverity.ERROR,
            description=_described(own, table),
            metadata={
                "run": own.run_id,
                "worst_severity": own.worst_severity,
                "findings": dg.MetadataValue.json(own.findings),
                "failed_checks": dg.MetadataValue.json(own.failed_checks),
                "passed_on_from_upstream": dg.MetadataValue.json(judged.passed_on_to(table)),
            },
        )


def _described(own: JudgedRun, table: str) -> str:
    """Return what a check found, in sentences."""
    said = [str(row["sentence"]) for row in own.findings] + [str(row["message"]) for row in own.failed_checks]
    said += [f"{table} could not be profiled: {error}" for error in own.failed_tables.values()]
    if not said:
        nothing = "nothing was found in what could be judged" if own.learning else "no findings"
        said = [f"{nothing} in run {own.run_id}"]
    return "\n".join([*said, *own.learning.values()])
