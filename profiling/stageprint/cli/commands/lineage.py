"""``stageprint lineage``."""

from __future__ import annotations

import click
from rich.text import Text

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_error, write_json
from stageprint.cli.selection import named_table, stored_runs
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.report.terminal.layout import line_table


@command(
    place=83,
    reads="the configuration, the lineage that it names, and the columns of each table's latest profile in the store",
    writes="nothing",
    examples=("lineage --config shop.yml", "lineage features.order_features --config shop.yml --format json"),
)
@click.argument("table", metavar="[[STAGE.]TABLE]", required=False)
@options.config
@options.output_format
def lineage(table: str | None, config_file: str, output: str) -> int:
    """Show where each table and column comes from, and who says so.

    An edge is said by `declared` (`derived_from`), `openlineage`, `dbt` or `unity_catalog` (`lineage` in the
    configuration), else by the `same name` of a column upstream or the `same keys` of a table. Faults are traced along
    these edges. A column without an edge is new in its table, as far as is known.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    config = wiring.joined(config, results)
    rows, notes = wiring.edge_rows(config, results.table_rows(stored_runs(results, config)))
    if table is not None:
        key = named_table(config, table)
        rows = [row for row in rows if (row["stage"], row["table"]) == (key.stage, key.table)]
    for note in notes:
        write_error(f"note: {note}")
    if output == "json":
        write_json(rows)
        return DONE
    console = result_console(config, plural(len(rows), "edge"))
    shown = line_table("made")
    shown.add_column("from", no_wrap=True)
    shown.add_column("said by", no_wrap=True)
    for row in rows:
        made = ".".join(part for part in (row["stage"], row["table"], row["column"]) if part)
        origin = ".".join(part for part in (row["from_stage"], row["from_table"], row["from_column"]) if part)
        shown.add_row(Text(made), Text(origin), Text(", ".join(row["said_by"])))
    console.print(shown)
    return DONE
