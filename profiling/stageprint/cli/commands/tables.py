"""``stageprint tables``."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_error, write_json
from stageprint.cli.selection import stored_runs
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.report.terminal.layout import fitted, line_table
from stageprint.report.text import MISSING, count, size


@command(
    place=81,
    reads="the configuration, table_profiles in the store, and the folders of patterns (`match`)",
    writes="nothing",
    examples=("tables --config shop.yml", "tables --config shop.yml --format json"),
)
@options.config
@options.output_format
def tables(config_file: str, output: str) -> int:
    """List the tables of the pipeline, each with its latest profile.

    Tables are in the order of the configuration; one that was never profiled has no profile. Tables that a pattern
    matches, in the newest run or in stored ones, follow those that their stage lists.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    found, notes = wiring.matched_tables(config)
    config = wiring.joined(found, results)
    for note in notes:
        write_error(f"note: {note}")
    stored = stored_runs(results, config)
    latest = {(row["stage"], row["table"]): row for row in results.table_rows(stored)}
    rows: list[dict[str, Any]] = [
        {
            "stage": stage.name,
            "table": table.name,
            "source": table.source.text,
            "pattern": stage.pattern_of(table),
            **{name: latest.get((stage.name, table.name), {}).get(name) for name in _SHOWN},
        }
        for stage, table in config.select()
    ]
    if output == "json":
        write_json(rows)
        return DONE
    console = result_console(config, plural(len(rows), "table"))
    shown = line_table("table", "rows", "columns", "bytes")
    for title in ("run", "status"):
        shown.add_column(title, no_wrap=True)
    for row in rows:
        cells = (
            f"{row['stage']}.{row['table']}",
            count(row["row_count"]),
            count(row["column_count"]),
            size(row["source_bytes"]),
            row["run_id"] or MISSING,
            row["status"] or "never profiled",
        )
        shown.add_row(*(Text(cell) for cell in cells))
    console.print(fitted(shown, console.width, ("bytes", "columns", "run", "rows")))
    return DONE


_SHOWN = ("run_id", "status", "row_count", "column_count", "source_bytes", "error")
