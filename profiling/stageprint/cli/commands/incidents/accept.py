"""``stageprint incidents accept``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.report.text import some


@command(
    place=30,
    reads="incidents and findings in the store",
    writes="marks and incidents in the store",
    examples=('incidents accept 3f2a9c0d --config shop.yml --why "new price list"',),
)
@click.argument("incident_id", metavar="ID")
@options.config
@click.option("--why", metavar="TEXT", required=True, help="The reason, for later readers.")
def accept(incident_id: str, config_file: str, why: str) -> int:
    """Accept an incident as the new normal.

    Later runs are compared with the level that the incident began, as after `stageprint accept`. A declared check that
    fails is not reported again as long as it keeps failing. ID is an incident's id or its first characters, or the id
    of one of its findings. Run `stageprint compare` again to see the effect.
    """
    config = wiring.load_config(config_file)
    accepted = wiring.open_incidents(config).accept(incident_id, why)
    incident = accepted.incident
    write(f"incident {incident.incident_id} ({incident.origin}) is accepted: {why}")
    if accepted.columns:
        names = some([str(key) for key in accepted.columns])
        write(f"accepted for {plural(len(accepted.columns), 'column')}: {names}")
    return DONE
