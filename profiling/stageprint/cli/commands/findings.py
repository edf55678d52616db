"""``stageprint findings``."""

from __future__ import annotations

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.junit import junit_of_runs
from stageprint.cli.output import result_console, write_error, write_json, write_junit
from stageprint.cli.selection import check_stored, distinct, runs_text, stored_runs
from stageprint.cli.statuses import DONE, NOTHING_KNOWN, TABLE_FAILED
from stageprint.model import Severity
from stageprint.model.run_state import RunState
from stageprint.report.json_output import finding_objects
from stageprint.report.learning import judged_in_all, learning_lines
from stageprint.report.missing import missing_tables
from stageprint.report.terminal.findings import (
    failed_again_lines,
    missing_lines,
    print_findings,
    print_nothing_found,
    print_unclear,
    unclear_lines,
)
from stageprint.report.terminal.first_look import print_first_look


@command(
    place=60,
    reads="manifests, findings and check_results in the store",
    writes="nothing",
    examples=(
        "findings --config shop.yml --run 2026-03-01",
        "findings --config shop.yml --format json",
        "findings --config shop.yml --run 2026-03-01 --format junit > stageprint.xml",
    ),
    statuses={
        DONE: "Done, whether or not there are findings.",
        TABLE_FAILED: "A table could not be profiled again; the findings are about its earlier profile.",
        NOTHING_KNOWN: "Nothing can be said about a run, or about some of its tables: it has not been compared since "
        "it was last profiled, or a run given with --run (without it, the latest) lacks tables.",
    },
)
@options.config
@options.runs
@options.result_format
def findings(config_file: str, runs: tuple[str, ...], output: str) -> int:
    """Show what broke, worst first.

    Without --run, shows the findings of all runs. Failed checks follow the findings; JSON output has only findings (for
    checks, use `stageprint check --format json`). If a given run, or without --run the latest one, profiled a table for
    the first time, a first look at that table comes last: what is suspicious in itself. In JSON, its class is `first
    look`.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    stored = stored_runs(results, config)
    chosen = distinct(runs)
    check_stored(chosen, stored, config)
    shown = chosen or stored
    states = results.states(shown)
    unclear = {run: state for run, state in states.items() if state is not RunState.CURRENT}
    failed = results.failed_again(shown)
    rows = [row for run in chosen for row in results.findings(run)] if chosen else results.findings()
    rows.sort(key=lambda row: -Severity(row["severity"]).rank)
    lacking = {run: one.sentence for run, one in missing_tables(rows).items() if run not in unclear}
    # A table that is missing from an old run is no news of today.
    unknown = bool(unclear) or not lacking.keys().isdisjoint(chosen or stored[-1:])
    status = NOTHING_KNOWN if unknown else TABLE_FAILED if failed else DONE
    judged = judged_in_all(results.judged([run for run in shown if run not in unclear]))
    first = [
        *unclear_lines(unclear, config_file),
        *missing_lines(lacking),
        *failed_again_lines(failed),
        *learning_lines(judged),
    ]
    remarks = wiring.first_look(config, results, chosen or stored[-1:])
    if output == "json":
        for line in first:
            write_error(line)
        write_json(finding_objects([*rows, *remarks]))
        return status
    if output == "junit":
        for line in first:
            write_error(line)
        write_junit(config, junit_of_runs(results, shown), options.failing_severity(None, config))
        return status
    console = result_console(config, runs_text(shown))
    print_unclear(console, first)
    print_findings(console, rows, results.check_rows(shown), stored)
    clear = [run for run in shown if run not in unclear]
    if clear and not any(row["run_id"] in clear for row in rows):
        print_nothing_found(console, clear, stored, results.compared(clear), judged)
    print_first_look(console, remarks)
    return status
