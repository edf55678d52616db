"""``stageprint runs list``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.selection import stored_runs
from stageprint.cli.statuses import DONE
from stageprint.model import TableKey
from stageprint.model.figures import plural
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.missing import Lacking, missing_tables
from stageprint.report.terminal.first_look import first_look_line
from stageprint.report.terminal.outcomes import print_source_notes
from stageprint.report.terminal.runs import runs_table


@command(
    place=10,
    reads="runs, table_profiles, manifests, findings and marks in the store",
    writes="nothing",
    examples=("runs list --config shop.yml",),
)
@options.config
@options.output_format
def list_runs(config_file: str, output: str) -> int:
    """List the runs in the store, oldest first.

    `previous` is the run that the next comparison of each run takes as its previous one.
    `compared` is the highest severity of the run's findings, `current` if there are none, or why nothing can be said.
    `learning` is the number of columns that have too few earlier runs to be judged; JSON output also says by what the
    others were judged, in total and by table.
    Notes on the sources follow the list, such as files that differ in their columns, files of 0 bytes and malformed
    rows; notes of the newest run come first. In JSON, `first_look` is the number of remarks about tables that the run
    profiled for the first time; for the newest run, a line above the notes says it.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    stored_runs(results, config)
    bad = wiring.open_marks(config).bad
    found = results.runs()
    states = results.states([row["run_id"] for row in found])
    findings = results.findings()
    lacking = missing_tables(findings)
    worst = {row["run_id"]: row["severity"] for row in reversed(findings)}  # they come worst first
    judged = results.judged([row["run_id"] for row in found])
    notes = results.source_notes([row["run_id"] for row in found])
    previous = wiring.previous_runs(found, bad)
    asked = found if output == "json" else found[-1:]  # of wide tables a look takes seconds
    remarks = wiring.first_look(config, results, [row["run_id"] for row in asked])
    looks = Counter(one["run_id"] for one in remarks)
    rows = [
        {
            **row,
            "state": states[row["run_id"]].value,
            "bad": bad.get(row["run_id"]),
            **_missing(row, lacking.get(row["run_id"]), states[row["run_id"]]),
            "learning": _learning(judged.get(row["run_id"]), states[row["run_id"]]),
            "notes": notes[row["run_id"]],
            "first_look": looks[row["run_id"]],
            "severity": worst.get(row["run_id"], "none") if states[row["run_id"]] is RunState.CURRENT else None,
            "previous": previous[row["run_id"]],
        }
        for row in found
    ]
    if output == "json":
        write_json(rows)
    else:
        console = result_console(config, plural(len(rows), "run"))
        console.print(runs_table(rows, console.width))
        if (line := first_look_line(remarks, config_file)) is not None:
            console.print(Text(line), soft_wrap=True)
        print_source_notes(console, [(row["run_id"], note) for row in reversed(rows) for note in row["notes"]])
    return DONE


def _learning(tables: Mapping[TableKey, Judged] | None, state: RunState) -> dict[str, Any] | None:
    """Return how many columns of a run were judged, in all and by table; None where no comparison is current."""
    if tables is None or state is not RunState.CURRENT:
        return None
    by_table = {str(key): judged.to_object() for key, judged in tables.items()}
    return {**Judged.total(tables.values()).to_object(), "tables": by_table}


def _missing(row: Mapping[str, Any], lacking: Lacking | None, state: RunState) -> dict[str, Any]:
    """Return how many tables a run should hold and which of them it lacks; None where no comparison is current."""
    if state is not RunState.CURRENT:
        return {"tables_expected": None, "tables_missing": None}
    if lacking is not None:
        return {"tables_expected": lacking.expected, "tables_missing": list(lacking.tables)}
    return {"tables_expected": row["tables_profiled"] + row["tables_failed"], "tables_missing": []}
