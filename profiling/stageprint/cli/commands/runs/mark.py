"""``stageprint runs mark``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError
from stageprint.model.figures import plural
from stageprint.report.text import some

if TYPE_CHECKING:
    from stageprint.pipeline.results import Results


@command(
    place=20,
    reads="runs and marks in the store",
    writes="marks in the store",
    examples=(
        'runs mark 2026-03-01 --config shop.yml --bad "test data"',
        "runs mark 2026-03-01 --config shop.yml --good",
    ),
)
@click.argument("run_id", metavar="RUN")
@options.config
@click.option("--bad", "reason", metavar="WHY", help="Mark the run as bad, for this reason.")
@click.option("--good", is_flag=True, help="Remove the mark.")
def mark(run_id: str, config_file: str, reason: str | None, good: bool) -> int:
    """Mark a run as bad, so that no run is compared with it.

    The mark stays until you remove it with --good. It affects comparisons from now on; later runs that were already
    compared are named, so that you can compare them again.
    """
    config = wiring.load_config(config_file)
    if (reason is None) != good or reason == "":
        message = 'expected either --bad "WHY" with a reason, or --good'
        raise UsageError(message)
    marks = wiring.open_marks(config)
    if reason is not None:
        marks.mark_bad(run_id, reason)
        write(f"run {run_id} is marked as bad, no run is compared with it: {reason}")
    elif marks.clear(run_id):
        write(f"run {run_id} is no longer marked as bad")
    else:
        write(f"run {run_id} was not marked")
        return DONE
    later = _compared_after(wiring.open_results(config), run_id)
    if later:
        which = f"run {later[0]} was" if len(later) == 1 else f"{plural(len(later), 'later run')} ({some(later)}) were"
        write(f"{which} compared before this: compare again, oldest first, to heed it")
    return DONE


def _compared_after(results: Results, run_id: str) -> list[str]:
    runs = results.run_ids()
    later = runs[runs.index(run_id) + 1 :] if run_id in runs else []
    compared = results.compared(later) if later else {}
    return [run for run in later if run in compared]
