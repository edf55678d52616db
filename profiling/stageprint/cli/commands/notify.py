"""``stageprint notify``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console
from stageprint.cli.selection import runs_text
from stageprint.cli.statuses import UNUSABLE
from stageprint.report.terminal.outcomes import print_notified


@command(
    place=65,
    reads="findings of the run in the store",
    writes="nothing in the store",
    examples=(
        "notify --config shop.yml --run 2026-03-01 --dry-run",
        "notify --config shop.yml --run 2026-03-01",
    ),
    statuses={UNUSABLE: "Wrong usage or configuration, or an alert was not sent."},
)
@options.config
@options.run
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
def notify(config_file: str, run_id: str, dry_run: bool) -> int:
    """Send the alerts of a run that was compared.

    The rules under `notify` in the configuration say which findings go where. `stageprint compare` sends them by
    itself; this command sends them again, or shows with --dry-run what the rules would send.
    """
    config = wiring.load_config(config_file)
    outcome = wiring.notify_run(config, run_id, dry_run=dry_run)
    print_notified(result_console(config, runs_text([run_id])), outcome, run_id, dry_run=dry_run)
    return outcome.exit_status
