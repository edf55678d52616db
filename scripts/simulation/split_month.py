"""Splits a real month of flights in two random halves, again and again, and reports what the decision rule finds.

Usage: ``python -m scripts.simulation.split_month [--repeats 200] [--month 1] [--seed 1]``. Nothing should be found.
"""

from __future__ import annotations

import click

from scripts.simulation.halves import month_of_flights, split_month


@click.command()
@click.option("--repeats", type=click.IntRange(min=1), default=200, show_default=True, help="Number of splits.")
@click.option("--month", type=click.IntRange(1, 12), default=1, show_default=True, help="Month of 2013.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random generator.")
def main(repeats: int, month: int, seed: int) -> None:
    """Split a month of flights in halves and compare them."""
    found = split_month(month_of_flights(month), repeats, seed, lambda line: click.echo(line, err=True))
    click.echo(f"{repeats} splits, {found.comparisons:,} comparisons of a column")
    click.echo(f"alerts: {len(found.alerts)} {found.alerts or ''}")
    click.echo(f"in the digest: {len(found.digest)} {found.digest or ''}")


if __name__ == "__main__":
    main(prog_name="python -m scripts.simulation.split_month")
