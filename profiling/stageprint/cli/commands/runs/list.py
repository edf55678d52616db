"""``stageprint runs list``."""

from __future__ import annotations

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.selection import stored_runs
from stageprint.cli.statuses import DONE
from stageprint.report.terminal.runs import runs_table
from stageprint.report.text import plural


@command(
    place=10,
    reads="runs, manifests and marks in the store",
    writes="nothing",
    examples=("runs list --config shop.yml",),
)
@options.config
@options.output_format
def list_runs(config_file: str, output: str) -> int:
    """List the runs in the store, oldest first."""
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    stored_runs(results, config)
    bad = wiring.open_marks(config).bad
    found = results.runs()
    states = results.states([row["run_id"] for row in found])
    rows = [{**row, "state": states[row["run_id"]].value, "bad": bad.get(row["run_id"])} for row in found]
    if output == "json":
        write_json(rows)
    else:
        result_console(config, plural(len(rows), "run")).print(runs_table(rows))
    return DONE
