"""``stageprint accept``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.selection import finding_named
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.report.text import some


@command(
    place=110,
    reads="findings and shifts in the store",
    writes="marks and incidents in the store",
    examples=('accept 4b6f0c --config shop.yml --reason "new price list"',),
)
@click.argument("finding_id", metavar="FINDING")
@options.config
@click.option("--reason", metavar="WHY", help="The reason, for later readers.")
def accept(finding_id: str, config_file: str, reason: str | None) -> int:
    """Accept a finding's shifts as the new normal.

    Later runs are compared with the level that the finding began, and its incident is accepted. FINDING is its id, or
    the first characters of it, as in the first line of a finding in `stageprint findings`. Run `stageprint compare`
    again to see the effect.
    """
    config = wiring.load_config(config_file)
    named = finding_named(wiring.open_results(config), finding_id)
    finding_id = finding_id if named is None else str(named["finding_id"])
    columns = wiring.open_marks(config).accept(finding_id, reason)
    wiring.open_incidents(config).finding_accepted(finding_id, reason)
    write(f"accepted for {plural(len(columns), 'column')}: {some([str(key) for key in columns])}")
    return DONE
