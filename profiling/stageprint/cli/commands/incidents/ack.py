"""``stageprint incidents ack``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.statuses import DONE


@command(
    place=20,
    reads="incidents and findings in the store",
    writes="marks and incidents in the store",
    examples=('incidents ack 3f2a9c0d --config shop.yml --why "looking into it"',),
)
@click.argument("incident_id", metavar="ID")
@options.config
@click.option("--why", metavar="TEXT", help="Who is on it or what is being done, for later readers.")
def ack(incident_id: str, config_file: str, why: str | None) -> int:
    """Say that somebody is working on an incident; it stays open.

    ID is an incident's id or its first characters, or the id of one of its findings.
    """
    config = wiring.load_config(config_file)
    incident = wiring.open_incidents(config).acknowledge(incident_id, why)
    write(f"incident {incident.incident_id} ({incident.origin}) is acknowledged{f': {why}' if why else ''}")
    return DONE
