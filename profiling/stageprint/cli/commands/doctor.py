"""``stageprint doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write, write_json
from stageprint.cli.statuses import DONE, UNUSABLE
from stageprint.model.figures import plural

if TYPE_CHECKING:
    from stageprint.doctor.examined import Examined


@command(
    place=8,
    reads="versions, environment variables by name, and the configuration's store and sources",
    writes="nothing permanent: a file is written to the store and deleted, to see whether that works",
    examples=("doctor", "doctor --config shop.yml --format json"),
    statuses={
        DONE: "What the configuration needs works.",
        UNUSABLE: "Something that it needs is missing, or does not work.",
    },
)
@click.option(
    "--config",
    "-c",
    "config_file",
    metavar="FILE",
    envvar=options.CONFIG_VARIABLE,
    help=f"The configuration to check (default: {options.CONFIG_FILE} in this folder, if there is one).",
)
@options.output_format
def doctor(config_file: str | None, output: str) -> int:
    """Show what works here, what is missing, and how to get it.

    Checks Python, Java, Spark, Delta and optional libraries; for a configuration, also its store, sources, credentials
    and secrets.
    """
    file = config_file or (options.CONFIG_FILE if Path(options.CONFIG_FILE).is_file() else None)
    found = wiring.examine(file)
    problems = [one for one in found if one.is_problem]
    status = UNUSABLE if problems else DONE
    if output == "json":
        write_json(asdict(one) for one in found)
        return status
    names = max(len(one.name) for one in found)
    for one in found:
        for line in _lines(one, names):
            write(line)
    whose = "stageprint" if file is None else file
    if problems:
        write(f"{plural(len(problems), 'thing')} that {whose} needs: {', '.join(one.name for one in problems)}")
    else:
        write(f"all that {whose} needs works")
    return status


def _lines(one: Examined, width: int) -> Iterator[str]:
    """Yield what is said of one thing, its advice on a line of its own."""
    state = _STATES[one.health] if one.needed or one.health == "ok" else _STATES_OF_OPTIONAL[one.health]
    about = f" ({'' if one.needed else 'only '}for {one.why})" if one.why and one.health != "ok" else ""
    yield f"{state:<{_STATE_CHARACTERS}}  {one.name:<{width}}  {one.found}{about}"
    if one.advice and one.health != "ok":
        yield f"{'':<{_STATE_CHARACTERS + width + 4}}{one.advice}"


_STATES: Final = {"ok": "ok", "missing": "MISSING", "failed": "FAILED", "unknown": "not tried"}
_STATES_OF_OPTIONAL: Final = {"missing": "not there", "failed": "not usable", "unknown": "not tried"}
_STATE_CHARACTERS: Final = 10
