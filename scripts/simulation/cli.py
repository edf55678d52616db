"""The command line: which simulations, how large, and how the figures are written."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.simulation.false_findings import Healthy, false_findings
from scripts.simulation.faults import FAULTS, NOTHING
from scripts.simulation.figures import Rate
from scripts.simulation.others import RULES
from scripts.simulation.recall import Tally, recall
from scripts.simulation.roll import Known
from scripts.simulation.small import Small, small_stores
from scripts.simulation.world import SCENARIOS


@dataclass(frozen=True)
class Size:
    """How much is simulated.

    Attributes:
        scenarios: Scenario → number of columns, runs and stores.
        columns: Number of columns of a store of real rows.
        histories: Numbers of earlier runs when faults are planted.
        stores: Number of stores of real rows.
        repeats: Number of small stores.
    """

    scenarios: dict[str, tuple[int, int, int]]
    columns: int
    histories: tuple[int, ...]
    stores: int
    repeats: int


NOISE = "t4"
"""Scenario of the stores in which faults are planted, unless another one is asked for.

Their columns are decided like those of the healthy stores with the same noise."""

FIRST_SEED = 2200
"""Seed of the first store. The constants of the rule come from other seeds: docs/adr/0020-simulated-world.md."""

FIRST_SMALL_SEED = 8900
"""Seed of the first small store."""

QUICK = Size({"t4": (8000, 31, 1)}, columns=40, histories=(28,), stores=1, repeats=8)
FULL = Size(
    {
        "gaussian": (100_000, 31, 1),
        "t4": (100_000, 33, 2),
        "persistent": (100_000, 31, 1),
        "stress": (100_000, 31, 1),
    },
    columns=120,
    histories=(0, 1, 2, 3, 5, 7, 14, 28),
    stores=4,
    repeats=100,
)


@click.command()
@click.option("--quick", is_flag=True, help="A few minutes instead of two hours; wider intervals.")
@click.option("--columns", type=click.IntRange(min=100), help="Number of healthy columns of each store.")
@click.option("--scenario", type=click.Choice(list(SCENARIOS)), help="Only this scenario, and faults in it.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the first store.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Also write the figures here.")
def main(quick: bool, columns: int | None, scenario: str | None, seed: int | None, file: Path | None) -> None:
    """Simulate healthy stores and planted faults: the false findings and the recall of the decision rule."""
    size = QUICK if quick else FULL
    first = FIRST_SEED if seed is None else seed
    began = time.monotonic()
    found: dict[str, object] = {}
    planted = scenario or NOISE
    known: dict[int, Known] = {}
    for noise, (usual, runs, stores) in size.scenarios.items():
        if scenario not in (None, noise):
            continue
        wanted = columns or usual
        click.echo(f"\nHealthy columns, {noise} noise: {stores} × {wanted:,} columns, {runs} runs")
        healthy = false_findings(noise, wanted, runs, range(first, first + stores), progress=_progress)
        click.echo(_healthy(healthy))
        found[noise] = _healthy_json(healthy)
        if noise == planted:
            known = healthy.known
    click.echo(f"\nSmall healthy stores: {size.repeats} × 100 columns × 12 runs")
    small = small_stores(range(FIRST_SMALL_SEED, FIRST_SMALL_SEED + size.repeats))
    click.echo(f"  silent: {small.silent.percent()} %")
    click.echo(f"  extreme faults in the last run that are critical: {small.extreme.percent()} %")
    click.echo(f"\nPlanted faults in real rows: {size.stores} × {size.columns} columns, {planted} noise")
    faults = recall(size.columns, size.histories, range(first, first + size.stores), planted, known=known)
    click.echo(_faults(faults))
    result = _result(found, faults, small, time.monotonic() - began)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(result))


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _healthy(healthy: Healthy) -> str:
    lines = ["  runs of history   alerts per 100,000 (95 %)    in the digest"]
    lines += [
        f"  {length:>15}   {rate.per_100k():<26}   {healthy.digest[length].per_100k()}"
        for length, rate in healthy.alerts.items()
    ]
    lines.append(f"  alerts in two consecutive runs: {healthy.lasting.per_100k()}")
    lines += [f"  {name:<14} {rate.per_100k()}" for name, rate in healthy.others.items()]
    return "\n".join(lines)


def _healthy_json(healthy: Healthy) -> dict[str, object]:
    return {
        "alerts": {str(length): _json(rate) for length, rate in healthy.alerts.items()},
        "digest": {str(length): _json(rate) for length, rate in healthy.digest.items()},
        "two_runs": _json(healthy.lasting),
        "others": {name: _json(rate) for name, rate in healthy.others.items()},
    }


def _json(rate: Rate) -> dict[str, float]:
    low, high = rate.interval
    return {
        "per_100k": round(1e5 * rate.share, 2),
        "low": round(1e5 * low, 2),
        "high": round(1e5 * high, 2),
        "of": rate.trials,
    }


def _faults(found: dict[int, dict[str, Tally]]) -> str:
    lines = []
    for length, tallies in found.items():
        lines.append(
            f"  {length} runs of history; found in %: digest, alert, alert within two runs; without "
            "evidence beyond distances: digest; planted"
        )
        for fault in FAULTS:
            tally = tallies[fault.name]
            rates = (Rate(hits, tally.planted).percent() for hits in _hits(tally))
            lines.append(f"  {fault.name:<26}" + "".join(f"{rate:<18}" for rate in rates) + str(tally.planted))
    lines.append(f"  {max(found)} runs of history; found at once in %: " + ", ".join(("digest", *RULES)))
    for fault in (*FAULTS, NOTHING):
        tally = found[max(found)][fault.name]
        shares = [Rate(hits, tally.planted).share for hits in (tally.digest, *map(tally.others.__getitem__, RULES))]
        lines.append(f"  {fault.name:<26}" + "".join(f"{100 * share:<10.0f}" for share in shares))
    return "\n".join(lines)


def _hits(tally: Tally) -> tuple[int, int, int, int]:
    return tally.digest, tally.alert, tally.confirmed, tally.plain


def _result(
    healthy: dict[str, object], faults: dict[int, dict[str, Tally]], small: Small, seconds: float
) -> dict[str, object]:
    last = faults[max(faults)]
    return {
        "false_findings_per_100k": healthy,
        "recall": {
            name: {
                "at_once": round(Rate(tally.digest, tally.planted).share, 3),
                "alert": round(Rate(tally.alert, tally.planted).share, 3),
                "confirmed": round(Rate(tally.confirmed, tally.planted).share, 3),
                "at_once_plain": round(Rate(tally.plain, tally.planted).share, 3),
                "planted": tally.planted,
            }
            for name, tally in last.items()
            if name != NOTHING.name
        },
        "recall_of_others": {
            rule: {name: round(Rate(tally.others.get(rule, 0), tally.planted).share, 3) for name, tally in last.items()}
            for rule in RULES
        },
        "recall_by_history": {
            str(length): {name: round(Rate(tally.digest, tally.planted).share, 3) for name, tally in tallies.items()}
            for length, tallies in faults.items()
        },
        "small_stores": {
            "silent": [small.silent.hits, small.silent.trials],
            "gross_faults_critical": [small.extreme.hits, small.extreme.trials],
        },
        "seconds": round(seconds),
    }
