"""``stageprint incidents list``."""

from __future__ import annotations

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_error, write_json
from stageprint.cli.selection import stored_runs
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.model.run_state import RunState
from stageprint.report.terminal.findings import print_unclear, unclear_lines
from stageprint.report.terminal.incidents import lines_without_incidents, print_incidents


@command(
    place=10,
    reads="incidents, marks, notifications and manifests in the store",
    writes="nothing",
    examples=("incidents list --config shop.yml", "incidents list --config shop.yml --format json"),
    statuses={DONE: "Done, whether or not there are incidents."},
)
@options.config
@options.output_format
def list_incidents(config_file: str, output: str) -> int:
    """List incidents: open ones first, since when and how often.

    A lasting problem is one incident with one id, no matter how many runs have it; `stageprint findings` shows what
    each run says about it. The latest closed incidents follow the open ones: resolved, with the run that no longer had
    the problem, or accepted as the new normal. Runs about which nothing can be said are named first.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    stored = stored_runs(results, config)
    states = {run: state for run, state in results.states(stored).items() if state is not RunState.CURRENT}
    unclear = [
        *unclear_lines(states, config_file),
        *lines_without_incidents(results.runs_without_incidents(), config_file),
    ]
    rows = [one.to_object() for one in results.incidents()]
    if output == "json":
        for line in unclear:
            write_error(line)
        write_json(rows)
        return DONE
    console = result_console(config, plural(len(rows), "incident"))
    print_unclear(console, unclear)
    print_incidents(console, rows, all_known=not unclear)
    return DONE
