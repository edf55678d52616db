"""The program: runs a command line, turns every error into one line on stderr and an exit status."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, Final

import click

from stageprint.cli import process, wiring
from stageprint.cli.command import PROGRAM, Group, write_statuses
from stageprint.cli.output import write, write_error
from stageprint.cli.statuses import INTERRUPTED, MEANINGS, PIPE_CLOSED, UNEXPECTED, UNUSABLE
from stageprint.errors import StageprintError, described
from stageprint.redact import redacted
from stageprint.version import stageprint_version

_DEBUG: Final = "STAGEPRINT_DEBUG"
_HELP: Final = f"""\
Fingerprint every table in every stage of an ML pipeline; say what broke, where it began, and why.

Start with `{PROGRAM} profile` for each run of the pipeline, then `{PROGRAM} compare`, then `{PROGRAM} findings`.
All three read the same configuration file, which `{PROGRAM} init` drafts. Results go to stdout; progress and errors
go to stderr. An error is one line; set {_DEBUG}=1 to see its traceback too.
"""


class _Program(Group):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit statuses of all commands."""
        del ctx
        write_statuses(formatter, MEANINGS)


def _print_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    del param
    if value and not ctx.resilient_parsing:
        write(f"{PROGRAM}, version {stageprint_version()}")
        ctx.exit()


app: Final = _Program(
    "stageprint.cli.commands",
    _HELP,
    name=PROGRAM,
    no_args_is_help=True,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Show the version and exit.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the entry point of the console script, of the jobs and of a wheel task.

    Args:
        arguments: The words after the program's name; None takes them from `sys.argv`.

    Returns:
        0. Job servers such as Databricks' take any `SystemExit` for a failure, even one with status 0.

    Raises:
        SystemExit: The exit status is not 0.
    """
    if arguments is None:
        process.claim()
    status = run(sys.argv[1:] if arguments is None else arguments)
    process.finish()
    if status != 0:
        raise SystemExit(status)
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; every error becomes one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A Latin-1 terminal then shows ? for what it lacks, instead of ending the command.
            stream.reconfigure(errors="replace")
    try:
        status = _invoke(list(arguments))
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        write_error(error.format_message())
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else _command_path(arguments)
        text = " ".join(error.format_message().split()).removesuffix(".")
        write_error(f"{where}: {text} (help: {where} --help)")
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit and must not find the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 -- the last line of defence: no traceback unless asked for
        return _report(error)
    else:
        return status
    return UNUSABLE


def _report(error: Exception) -> int:
    """Write an error as one line, and return the exit status."""
    if os.environ.get(_DEBUG, "") not in {"", "0"}:
        write_error(redacted(traceback.format_exc()))
    if isinstance(error, StageprintError):
        write_error(str(error))
        return error.exit_status
    reason = wiring.reason_of(error)
    if reason.advice is not None:  # a fault of the environment that no use case expected
        write_error(f"{PROGRAM}: {reason}")
        return UNUSABLE
    text = described(error)
    text = text if reason.text in text else str(reason)
    write_error(f"{PROGRAM}: unexpected error: {text} ({_DEBUG}=1 shows the traceback)")
    return UNEXPECTED


def _invoke(arguments: list[str]) -> int:
    # Not `app.main()`: it ends the program with its own statuses for closed pipes and interrupts.
    try:
        with app.make_context(PROGRAM, arguments) as context:
            status = app.invoke(context)
    except click.exceptions.Exit as error:  # after --help and --version
        return error.exit_code
    return status if isinstance(status, int) else 0


def _command_path(arguments: Sequence[str]) -> str:
    """Return the program and the command that arguments begin with.

    click does not say to which command an option without its value belongs.
    """
    path = PROGRAM
    group: Group = app
    for word in arguments:
        if word not in group.names:
            break
        path = f"{path} {word}"
        found = group.get_command(click.Context(group), word)
        if not isinstance(found, Group):
            break
        group = found
    return path
