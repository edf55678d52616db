"""``stageprint incidents resolve``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.statuses import DONE


@command(
    place=40,
    reads="incidents and findings in the store",
    writes="marks and incidents in the store",
    examples=('incidents resolve 3f2a9c0d --config shop.yml --why "source was reloaded"',),
)
@click.argument("incident_id", metavar="ID")
@options.config
@click.option("--why", metavar="TEXT", required=True, help="The reason, for later readers.")
def resolve(incident_id: str, config_file: str, why: str) -> int:
    """Say that an incident is over.

    Incidents are resolved automatically in the first run that no longer has them. Use this command if no run can show
    that, for example because the table is gone. If a later run has the problem after all, the incident is open again.
    """
    config = wiring.load_config(config_file)
    incident = wiring.open_incidents(config).resolve(incident_id, why)
    write(f"incident {incident.incident_id} ({incident.origin}) is resolved: {why}")
    return DONE
