"""The `stageprint` command: profile, ingest, merge, compare, check, findings, skew, report, history, suggest, views.

Exit statuses: 0 done · 1 `compare` or `check` found something at or above `--fail-on` · 2 usage or configuration ·
3 some table failed · 70 an error that is the program's own · 130 interrupted · 141 the reader of a pipe
left. Results go to stdout, progress and errors to stderr; an error is one line, and its traceback is
shown with `STAGEPRINT_DEBUG=1`.

pyspark is imported inside the commands, so that help and configuration errors come at once.
"""

# ruff: noqa: PLC0415 -- see above: starting Python with pyspark and jinja2 takes longer than the answer

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from stageprint.config.loader import load_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import Engine
from stageprint.errors import StageprintError, UsageError, did_you_mean
from stageprint.model import Severity
from stageprint.ports import Progress
from stageprint.report.json_output import check_objects, finding_objects, to_json
from stageprint.report.rows import check_row
from stageprint.report.terminal import findings as found_output
from stageprint.report.terminal import history as history_output
from stageprint.report.terminal import outcomes
from stageprint.report.terminal import runs as runs_output
from stageprint.report.terminal.console import make_console
from stageprint.report.terminal.progress import make_progress
from stageprint.report.text import plural, some

if TYPE_CHECKING:
    from stageprint.stores.spark.store import Store

PROGRAM: Final = "stageprint"
USAGE: Final = 2
INTERNAL: Final = 70
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

_RAISED = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Warning|Interrupt)\b: ")
_BASELINE = re.compile(r"auto|previous|run:\S.*|window:[1-9]\d*|stage:\S+")

Command = TypeVar("Command", bound=Callable[..., Any])


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order they are used, not by alphabet."""
        del ctx
        return list(self.commands)


def _baseline(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if _BASELINE.fullmatch(value) is None:
        hint = did_you_mean(value, ("auto", "previous"))
        near = hint if "did you mean" in hint else ""
        message = f"expected auto, previous, run:ID, window:N or stage:NAME, got {value!r}{near}"
        raise click.BadParameter(message, ctx, param)
    return value


def _version() -> str:
    try:
        return metadata.version(PROGRAM)
    except metadata.PackageNotFoundError:
        # Run from a source tree on PYTHONPATH, as spark-submit may.
        return "(not installed)"


_config = click.option(
    "--config", "-c", "config_file", required=True, metavar="FILE", help="The pipeline's YAML configuration."
)
_runs = click.option("--run", "runs", multiple=True, metavar="ID", help="A run; may be given several times.")
_format = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Output."
)

_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["critical", "warning", "review", "never"]),
    help="Least severity that makes the exit status 1 (default: decision.fail_on of the configuration, else critical).",
)
_stages = click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; may be repeated.")
_tables = click.option("--table", "only", multiple=True, metavar="NAME", help="Only this table; may be repeated.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(_version(), prog_name=PROGRAM)
def app() -> None:
    """Fingerprint every table in every stage of an ML pipeline; say what broke, where it began, and why."""


@app.command()
@_config
@_runs
@click.option("--all-runs", is_flag=True, help="Every run the sources hold.")
@_stages
@_tables
@click.option(
    "--engine",
    type=click.Choice(["auto", "arrow", "dataframe"]),
    help="How tables are read: arrow (Parquet files by pyarrow, the fast path), dataframe (by Spark), or auto, the "
    "first that can (default: engine of the configuration, else auto).",
)
def profile(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    stages: tuple[str, ...],
    only: tuple[str, ...],
    engine: Engine | None,
) -> int:
    """Profile the tables of one or several runs into the store.

    A table that fails does not stop the others; the exit status is then 3.
    """
    config = load_config(config_file)
    _check_choice(runs, all_runs)
    for _, table in config.select(stages, only):
        for run in runs:
            table.source.for_run(run)  # a run without the date its source needs: say so before Spark starts

    from stageprint.engines.spark.profile import profile_runs
    from stageprint.engines.spark.sources import list_runs

    chosen = list_runs(config) if all_runs else _distinct(runs)
    if not chosen:
        message = f"pipeline {config.pipeline!r}: the sources hold no run yet; looked where their paths say {{run_id}}"
        raise UsageError(message)
    with _progress() as progress:
        outcome = profile_runs(config, chosen, stages=stages, tables=only, progress=progress, engine=engine)
    console = make_console()
    outcomes.print_header(console, config.pipeline, outcome.store, _runs_text(chosen))
    outcomes.print_profiled(console, outcome)
    return outcome.exit_status


@app.command()
@_config
@_runs
@click.option("--all-runs", is_flag=True, help="Every run in the store.")
@click.option("--into", required=True, metavar="ID", help="The run the result is written as.")
@_stages
@_tables
def merge(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    into: str,
    stages: tuple[str, ...],
    only: tuple[str, ...],
) -> int:
    """Merge the stored profiles of several runs into one: days into a week, without reading the data."""
    config = load_config(config_file)
    _check_choice(runs, all_runs)
    config.select(stages, only)

    from stageprint.engines.spark.merge import merge_runs
    from stageprint.stores.spark.store import open_store

    chosen = [run for run in _known_runs(open_store(config), config) if run != into] if all_runs else _distinct(runs)
    with _progress() as progress:
        outcome = merge_runs(config, chosen, into, stages=stages, tables=only, progress=progress)
    console = make_console()
    outcomes.print_header(console, config.pipeline, outcome.store, f"{_runs_text(chosen)} into {into}")
    outcomes.print_profiled(console, outcome)
    return outcome.exit_status


@app.command(short_help="Profile what serving processes wrote.")
@_config
@click.option("--run", "runs", multiple=True, required=True, metavar="ID", help="A run; may be given several times.")
@click.option("--stage", default="serving", show_default=True, metavar="NAME", help="The stage they serve.")
@click.option("--table", "only", multiple=True, metavar="NAME", help="Only this table of it; may be repeated.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    help="Where their files are, with {run_id} or a folder a run (default: the table's source of format stageprint).",
)
def ingest(config_file: str, runs: tuple[str, ...], stage: str, only: tuple[str, ...], directory: str | None) -> int:
    """Merge the files of all replicas of a serving process into profiles of their run.

    A damaged file is named and left out; the exit status is then 3. Ingesting again replaces what was there.
    """
    from stageprint.serving.sources import ingest_config

    chosen = _distinct(runs)
    config, names = ingest_config(load_config(config_file), stage, only, directory)

    from stageprint.engines.spark.profile import profile_runs

    with _progress() as progress:
        outcome = profile_runs(config, chosen, stages=[stage], tables=names, progress=progress)
    console = make_console()
    outcomes.print_header(console, config.pipeline, outcome.store, _runs_text(chosen))
    outcomes.print_profiled(console, outcome)
    return outcome.exit_status


@app.command(short_help="Compare runs with their past, or stages with each other.")
@_config
@_runs
@click.option("--all-runs", is_flag=True, help="Every run in the store.")
@click.option(
    "--baseline",
    callback=_baseline,
    default="auto",
    show_default=True,
    metavar="auto|previous|run:ID|window:N|stage:NAME",
    help="What each run is compared with.",
)
@_fail_on
def compare(config_file: str, runs: tuple[str, ...], all_runs: bool, baseline: str, fail_on: str | None) -> int:
    """Compare runs with their past, or stages with each other; write shifts, findings and check results.

    The exit status is 1 where a finding or a failed check is at or above --fail-on.
    """
    config = load_config(config_file)
    _check_choice(runs, all_runs)
    if baseline.startswith("stage:"):
        config.stage(baseline.removeprefix("stage:"))

    from stageprint.engines.spark.compare import compare_runs
    from stageprint.stores.spark.store import open_store

    chosen = _known_runs(open_store(config), config) if all_runs else _distinct(runs)
    with _progress() as progress:
        outcome = compare_runs(config, chosen, baseline=baseline, progress=progress)
    console = make_console()
    outcomes.print_header(console, config.pipeline, outcome.store, _runs_text(chosen))
    outcomes.print_compared(console, outcome)
    return outcome.exit_status(_least(fail_on, config))


@app.command(short_help="Evaluate the declared checks of runs.")
@_config
@_runs
@click.option("--all-runs", is_flag=True, help="Every run in the store.")
@_stages
@_tables
@_fail_on
@_format
def check(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    stages: tuple[str, ...],
    only: tuple[str, ...],
    fail_on: str | None,
    output: str,
) -> int:
    """Evaluate the declared checks of runs from their stored profiles, as `compare` does; write the results.

    The exit status is 1 where a failed check is at or above --fail-on.
    """
    config = load_config(config_file)
    _check_choice(runs, all_runs)
    chosen_tables = config.select(stages, only)
    if not any(table.checks or table.references for _, table in chosen_tables):
        where = ", ".join(f"{stage.name}.{table.name}" for stage, table in chosen_tables)
        message = f"{config_file}: no check is declared for {where}; `{PROGRAM} suggest` proposes some"
        raise UsageError(message)

    from stageprint.engines.spark.checks import check_runs
    from stageprint.stores.spark.store import open_store

    chosen = _known_runs(open_store(config), config) if all_runs else _distinct(runs)
    with _progress() as progress:
        outcome = check_runs(config, chosen, stages=stages, tables=only, progress=progress)
    if output == "json":
        _write(to_json(check_objects(check_row(check) for check in outcome.checks)))
    else:
        console = make_console()
        outcomes.print_header(console, config.pipeline, outcome.store, _runs_text(chosen))
        outcomes.print_checked(console, outcome)
    return outcome.exit_status(_least(fail_on, config))


@app.command()
@_config
@_runs
@_format
def findings(config_file: str, runs: tuple[str, ...], output: str) -> int:
    """Show what is wrong, worst first (without --run: in all runs).

    Failed checks are shown beside the findings; JSON lists the findings alone (`check --format json`: the checks).
    """
    config = load_config(config_file)

    from stageprint.stores.spark.store import open_store

    store = open_store(config)
    known = _known_runs(store, config)
    chosen = _distinct(runs)
    _require_runs(known, chosen, config)
    rows = [row for run in chosen for row in store.findings(run)] if chosen else store.findings()
    rows.sort(key=lambda row: -Severity(row["severity"]).rank)
    if output == "json":
        _write(to_json(finding_objects(rows)))
        return 0
    console = make_console()
    outcomes.print_header(console, config.pipeline, config.store, _runs_text(chosen or known))
    checks = store.check_rows(chosen or known)
    found_output.print_findings(console, rows, checks, known)
    if rows:
        return 0
    found_output.print_nothing_found(console, chosen or known, known, store.compared(chosen or known), config_file)
    return 0


@app.command(short_help="Compare two stages row by row, by the tables' keys.")
@_config
@click.option("--run", "run_id", required=True, metavar="ID", help="The run.")
@click.option("--left", required=True, metavar="STAGE", help="A stage, such as features.")
@click.option("--right", required=True, metavar="STAGE", help="Another, such as serving.")
@click.option("--table", "only", multiple=True, metavar="NAME", help="Only pairs with this table; may be repeated.")
@_format
def skew(config_file: str, run_id: str, left: str, right: str, only: tuple[str, ...], output: str) -> int:
    """Join the tables of two stages that have the same keys, and say which columns differ and how.

    Nothing is stored. Rows are compared, so both sources must hold rows.
    """
    config = load_config(config_file)
    for stage, _ in [*config.select((left,)), *config.select((right,))]:
        for table in stage.tables:
            table.source.for_run(run_id)

    from stageprint.engines.spark.skew import compare_rows
    from stageprint.report.json_output import skew_objects
    from stageprint.report.terminal.skew import print_skew

    found = compare_rows(config, run_id, left, right, tables=only)
    if output == "json":
        _write(to_json(skew_objects(found)))
        return 0
    console = make_console()
    outcomes.print_header(console, config.pipeline, config.store, _runs_text([run_id]))
    print_skew(console, found)
    return 0


@app.command()
@_config
@click.option("--run", "run_id", required=True, metavar="ID", help="The run the report is about.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE.html",
    help="The file to write.",
)
def report(config_file: str, run_id: str, out: Path) -> int:
    """Write one self-contained HTML file about a run."""
    config = load_config(config_file)
    if not out.parent.is_dir():
        message = f"--out {out}: there is no folder {out.parent}"
        raise UsageError(message)

    from stageprint.report.html.data import load_report
    from stageprint.report.html.render import render_report
    from stageprint.stores.spark.store import open_store

    store = open_store(config)
    _require_runs(_known_runs(store, config), [run_id], config)
    html = render_report(load_report(config, store, run_id, version=_version()))
    # A half-written file must not stand where a whole one stood.
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(html, encoding="utf-8")
    partial.replace(out)
    _write(str(out))
    return 0


@app.command()
@_config
@click.option("--stage", required=True, metavar="NAME", help="The column's stage.")
@click.option("--table", required=True, metavar="NAME", help="The column's table.")
@click.option("--column", required=True, metavar="NAME", help="The column.")
@_format
def history(config_file: str, stage: str, table: str, column: str, output: str) -> int:
    """Show one column through the runs."""
    config = load_config(config_file)
    config.table(stage, table)

    from stageprint.stores.spark.store import open_store

    rows = open_store(config).history(stage, table, column)
    if output == "json":
        _write(to_json(rows))
        return 0
    console = make_console()
    outcomes.print_header(
        console, config.pipeline, config.store, f"{stage}.{table}.{column}, {plural(len(rows), 'run')}"
    )
    console.print(history_output.history_table(rows, console.width))
    return 0


@app.group()
def runs() -> None:
    """List runs, and say which are bad."""


@runs.command("list")
@_config
@_format
def list_of_runs(config_file: str, output: str) -> int:
    """List the runs of the store, oldest first."""
    config = load_config(config_file)

    from stageprint.stores.spark.marks import Marks
    from stageprint.stores.spark.store import open_store

    store = open_store(config)
    _known_runs(store, config)
    bad = Marks(store).bad
    rows = [{**row, "bad": bad.get(row["run_id"])} for row in store.runs()]
    if output == "json":
        _write(to_json(rows))
        return 0
    console = make_console()
    outcomes.print_header(console, config.pipeline, config.store, plural(len(rows), "run"))
    console.print(runs_output.runs_table(rows))
    return 0


@runs.command()
@click.argument("run_id", metavar="RUN")
@_config
@click.option("--bad", "reason", metavar="WHY", help="The run is no reference from now on, for this reason.")
@click.option("--good", is_flag=True, help="Take the mark off again.")
def mark(run_id: str, config_file: str, reason: str | None, good: bool) -> int:
    """Mark a run as bad: no run is compared with it any more, until --good."""
    config = load_config(config_file)
    if (reason is None) != good or reason == "":
        message = 'expected either --bad "why" or --good'
        raise UsageError(message)

    from stageprint.stores.spark.marks import Marks
    from stageprint.stores.spark.store import open_store

    marks = Marks(open_store(config))
    if reason is not None:
        marks.mark_bad(run_id, reason)
        _write(f"run {run_id} is bad and no reference any more: {reason}")
    else:
        had = marks.clear(run_id)
        _write(f"run {run_id} {'is a reference again' if had else 'was not marked'}")
    return 0


@app.command()
@click.argument("finding_id", metavar="FINDING")
@_config
@click.option("--reason", metavar="WHY", help="Why, for whoever reads it later.")
def accept(finding_id: str, config_file: str, reason: str | None) -> int:
    """Take a finding's shifts for the new normal: later runs are compared with the level that it began.

    FINDING is a finding's id (`stageprint findings --format json`). Compare again to see the effect.
    """
    config = load_config(config_file)

    from stageprint.stores.spark.marks import Marks
    from stageprint.stores.spark.store import open_store

    columns = Marks(open_store(config)).accept(finding_id, reason)
    _write(f"accepted for {plural(len(columns), 'column')}: {some([str(key) for key in columns])}")
    return 0


@app.command()
@_config
def views(config_file: str) -> int:
    """Create the SQL views in a catalog's schema; of a store in a folder, print statements that make them."""
    config = load_config(config_file)

    from stageprint.stores.spark.store import open_store

    store = open_store(config)
    if store.path is None:
        console = make_console()
        outcomes.print_header(console, config.pipeline, config.store, "views")
        _write("\n".join(f"{config.store}.{name}" for name in store.create_views()))
    else:
        _write(store.view_statements())
    return 0


@app.command(short_help="Propose checks from past runs.")
@_config
@_stages
@_tables
@click.option(
    "--runs",
    "last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at the latest N runs of each table (default: decision.long_window of the configuration, else 28).",
)
def suggest(config_file: str, stages: tuple[str, ...], only: tuple[str, ...], last: int | None) -> int:
    """Propose checks from the stored profiles of past runs, as YAML to paste beside each table.

    A check is proposed where it held in every run looked at; the evidence stands above it as a comment.
    """
    config = load_config(config_file)
    config.select(stages, only)

    from stageprint.engines.spark.suggest import suggest_checks
    from stageprint.stores.spark.store import open_store

    _known_runs(open_store(config), config)
    with _progress() as progress:
        found = suggest_checks(config, stages=stages, tables=only, last=last, progress=progress)
    _write("---\n".join(table.text for table in found).rstrip("\n"))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the entry point of the console script, of the jobs and of a wheel task.

    Args:
        arguments: The words after the program's name; None takes them from `sys.argv`.

    Returns:
        0. A job server such as Databricks' takes any `SystemExit` for a failure, also one with 0.

    Raises:
        SystemExit: The command's status where it is not 0.
    """
    status = run(sys.argv[1:] if arguments is None else arguments)
    if status != 0:
        raise SystemExit(status)
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; every error becomes one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Latin-1 terminal shows ? rather than ending the command
    try:
        status = _invoke(list(arguments))
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        _complain(error.format_message())
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else _command_of(arguments)
        text = " ".join(error.format_message().split()).removesuffix(".")
        _complain(f"{where}: {text} (help: {where} --help)")
    except StageprintError as error:
        _trace()
        _complain(str(error))
        return error.exit_status
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit; it must not find the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 -- the last line of defence: no traceback unless asked for
        _trace()
        _complain(f"{PROGRAM}: unexpected error: {_gist(error)} (STAGEPRINT_DEBUG=1 shows the traceback)")
        return INTERNAL
    else:
        return status
    return USAGE


def _command_of(arguments: Sequence[str]) -> str:
    # click does not say which command an option without its argument belongs to.
    return f"{PROGRAM} {arguments[0]}" if arguments and arguments[0] in app.commands else PROGRAM


def _invoke(arguments: list[str]) -> int:
    # Not `app.main()`: that ends the program with its own statuses for closed pipes and interrupts.
    try:
        with app.make_context(PROGRAM, arguments) as context:
            status = app.invoke(context)
    except click.exceptions.Exit as error:  # after --help and --version
        return error.exit_code
    return status if isinstance(status, int) else 0


@contextmanager
def _progress() -> Iterator[Progress]:
    progress = make_progress(make_console(stderr=True))
    try:
        yield progress
    finally:
        progress.close()


def _check_choice(runs: Sequence[str], all_runs: bool) -> None:
    if bool(runs) == all_runs:
        message = (
            "--run and --all-runs exclude each other"
            if runs
            else "no run given: expected --run ID (repeatable) or --all-runs"
        )
        raise UsageError(message)


def _least(fail_on: str | None, config: PipelineConfig) -> Severity | None:
    """Return the least severity that fails a command; None: none does."""
    least = fail_on or config.decision.fail_on
    return None if least == "never" else Severity(least)


def _known_runs(store: Store, config: PipelineConfig) -> list[str]:
    known = [row["run_id"] for row in store.runs()]
    if not known:
        message = (
            f"store {config.store} holds no run of pipeline {config.pipeline!r} yet: `{PROGRAM} profile` comes first"
        )
        raise UsageError(message)
    return known


def _require_runs(known: Sequence[str], wanted: Sequence[str], config: PipelineConfig) -> None:
    for run_id in wanted:
        if run_id not in known:
            message = f"run {run_id!r} is not in the store {config.store}{did_you_mean(run_id, known)}"
            raise UsageError(message)


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _runs_text(runs: Sequence[str]) -> str:
    return f"run{'' if len(runs) == 1 else 's'} {some(runs)}"


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _gist(error: Exception) -> str:
    """Return the line of an error that tells most: of one from a Spark worker, the end of the worker's traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    ends = [line for line in lines if _RAISED.match(line)]
    if any(line.endswith("Traceback (most recent call last):") for line in lines) and ends:
        return ends[-1]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _trace() -> None:
    if os.environ.get("STAGEPRINT_DEBUG", "") not in {"", "0"}:
        traceback.print_exc()


if __name__ == "__main__":
    main()
