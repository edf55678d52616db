"""Options that several commands have, each as a decorator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from stageprint.model import Severity

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig

F = TypeVar("F", bound=Callable[..., Any])

_NEVER = "never"
_WORST_FIRST = [
    severity.value
    for severity in sorted(Severity, key=lambda severity: -severity.rank)
    if severity is not Severity.NONE
]

CONFIG_FILE: Final = "stageprint.yml"
"""The configuration that is taken where none is named."""

CONFIG_VARIABLE: Final = "STAGEPRINT_CONFIG"
"""Environment variable that names one."""


def _config_file(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return the configuration that was named, or the one in the current folder."""
    del parameter
    if value is not None:
        return value
    if Path(CONFIG_FILE).is_file():
        return CONFIG_FILE
    message = f"no configuration: expected --config FILE, ${CONFIG_VARIABLE}, or a file {CONFIG_FILE} in this folder"
    raise click.UsageError(message, ctx=context)


config_file = click.option(
    "--config",
    "-c",
    "config_file",
    metavar="FILE",
    envvar=CONFIG_VARIABLE,
    callback=_config_file,
    help=f"The pipeline's configuration (YAML; default: ${CONFIG_VARIABLE}, else {CONFIG_FILE} in this folder).",
)
"""Passes `config_file`: str."""

STORE_VARIABLE: Final = "STAGEPRINT_STORE"
"""Environment variable that names a store."""

_STORE: Final = "stageprint.store"


def _keep_store(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Keep the store that was named for `named_store`, so that no command has to pass it on."""
    del parameter
    if value is not None:
        context.meta[_STORE] = value


def named_store() -> str | None:
    """Return the store that --store names for the running command; None: the configuration's counts."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_STORE)


_store = click.option(
    "--store",
    metavar="PLACE",
    envvar=STORE_VARIABLE,
    expose_value=False,
    callback=_keep_store,
    help=f"Where the results are: a path, or catalog.schema (default: ${STORE_VARIABLE}, else the configuration's).",
)


def config(function: F) -> F:
    """Add --config, passed as `config_file`, and --store, which `wiring.load_config` puts into the configuration."""
    return config_file(_store(function))


runs = click.option("--run", "runs", multiple=True, metavar="ID", help="A run; may be repeated.")
"""Passes `runs`: tuple[str, ...]."""

stages = click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; may be repeated.")
"""Passes `stages`: tuple[str, ...]."""

tables = click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table; may be repeated.")
"""Passes `tables`: tuple[str, ...]."""

output_format = click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
"""Passes `output`: 'table' or 'json'."""

result_format = click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "junit"]),
    default="table",
    show_default=True,
    help="Text for people, JSON for programs, or JUnit XML for CI systems. In JUnit XML, a finding or failed check is "
    "a failed test, or a skipped test if it is below --fail-on (without that option: decision.fail_on).",
)
"""Passes `output`: 'table', 'json' or 'junit'."""

fail_on = click.option(
    "--fail-on",
    type=click.Choice([*_WORST_FIRST, _NEVER]),
    help="Lowest severity that makes the exit status 1 "
    "(default: decision.fail_on in the configuration, else critical).",
)
"""Passes `fail_on`: str | None."""


def some_or_all_runs(which: str) -> Callable[[F], F]:
    """Return a decorator for the options --run and --all-runs, passed as `runs` and `all_runs`.

    Args:
        which: Which runs --all-runs takes, such as ``the store holds``.
    """
    all_runs = click.option("--all-runs", is_flag=True, help=f"Every run that {which}.")
    return lambda function: runs(all_runs(function))


def failing_severity(fail_on: str | None, config: PipelineConfig) -> Severity | None:
    """Return the lowest severity that makes the exit status 1; None if none does.

    Args:
        fail_on: The value of --fail-on, if given.
        config: The pipeline, which has the default.
    """
    lowest = fail_on or config.decision.fail_on
    return None if lowest == _NEVER else Severity(lowest)
