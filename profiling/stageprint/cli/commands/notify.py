"""``stageprint notify``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console
from stageprint.cli.selection import runs_text
from stageprint.cli.statuses import UNUSABLE
from stageprint.errors import UsageError
from stageprint.report.terminal.outcomes import print_notified


@command(
    place=65,
    reads="incidents, findings, notifications and manifests in the store",
    writes="notifications in the store",
    examples=(
        "notify --config shop.yml --dry-run",
        "notify --config shop.yml --test",
        "notify --config shop.yml --run 2026-03-01",
    ),
    statuses={UNUSABLE: "Wrong usage or configuration, or an alert was not sent."},
)
@options.config
@click.option(
    "--run", "run_id", metavar="ID", help="Only alerts about incidents that began, were seen or ended in this run."
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--test", "is_test", is_flag=True, help="Send each sink one message that says it is a test.")
def notify(config_file: str, run_id: str | None, dry_run: bool, is_test: bool) -> int:
    """Send the alerts that have not been sent yet.

    The rules under `notify` in the configuration say which incidents are sent where. `stageprint compare` sends alerts
    itself; this command sends those that could not be sent then. With --dry-run, it shows what is due. The store
    records what was sent, so that it is not sent again.
    """
    config = wiring.load_config(config_file)
    if is_test and run_id is not None:
        message = "--test sends nothing of a run: leave --run out"
        raise UsageError(message)
    outcome = wiring.notify_run(config, run_id, dry_run=dry_run, test=is_test)
    which = runs_text([run_id]) if run_id is not None else "test" if is_test else "open incidents"
    print_notified(result_console(config, which), outcome, dry_run=dry_run)
    return outcome.exit_status
