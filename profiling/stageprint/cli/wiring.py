"""Which engine and which store serve: the only module of the command line that names them.

Each function imports what it needs when it is called. Spark, Delta and Jinja take seconds to import, and `--help` and
mistakes in the configuration must be answered at once. Commands call these functions as ``wiring.NAME``, so that tests
can replace them.
"""

# ruff: noqa: PLC0415 -- see above

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stageprint.cli.process import cache_folder, is_own, leave_pandas_out

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig
    from stageprint.config.sources import ReadPath
    from stageprint.doctor.examined import Examined
    from stageprint.interactive import Comparison, Profile
    from stageprint.model import Severity
    from stageprint.model.outcomes import CheckRunsOutcome, CompareOutcome, NotifyOutcome, ProfileOutcome
    from stageprint.model.run_status import RunStatus
    from stageprint.model.upkeep import DeleteOutcome, MaintainOutcome, PurgeOutcome
    from stageprint.onboarding import Checked
    from stageprint.pipeline.draft.draft import Draft
    from stageprint.pipeline.incidents.desk import IncidentDesk
    from stageprint.pipeline.marks import Marks
    from stageprint.pipeline.results import Results
    from stageprint.pipeline.suggest import TableSuggestions
    from stageprint.ports import Progress
    from stageprint.reasons import Reason
    from stageprint.skew.records import TableSkew


def reason_of(error: BaseException) -> Reason:
    """Return why an exception was raised; Spark's are looked into where Spark is loaded."""
    if "pyspark" in sys.modules:
        from stageprint.engines.spark.errors import spark_reason

        return spark_reason(error)
    from stageprint.reasons import reason_of as reason

    return reason(error)


def load_config(file: str) -> PipelineConfig:
    """Return the pipeline that a YAML file configures, with the store that the command line names."""
    from stageprint.cli.options import named_store
    from stageprint.config.loader import load_config as load

    if is_own():
        from stageprint.stores.delta.panics import hide_panics

        hide_panics()
    return load(file, store=named_store())


def ingest_config(
    config: PipelineConfig, stage: str, tables: Sequence[str], directory: str | None
) -> tuple[PipelineConfig, list[str]]:
    """Return the configuration for ingesting a stage's serving profiles, and the names of its tables."""
    from stageprint.serving.sources import ingest_config as for_ingest

    return for_ingest(config, stage, tables, directory)


def open_results(config: PipelineConfig) -> Results:
    """Return what answers questions about the pipeline's stored results, as they are at its first answer."""
    from stageprint.stores.opening import open_to_read

    _spare_pandas(config)
    # Not through the API, which imports engines, and all that a comparison needs.
    from stageprint.pipeline.results import Results

    return Results(open_to_read(config), config.run_order)


def _spare_pandas(config: PipelineConfig) -> None:
    """Keep pandas, which takes long to import, out of commands that read a store without Spark."""
    from stageprint.stores.opening import why_spark

    if why_spark(config) is None and not config.has_patterns:
        leave_pandas_out()


def joined(config: PipelineConfig, results: Results) -> PipelineConfig:
    """Return a pipeline with the tables that its patterns matched in stored runs."""
    if not config.has_patterns:
        return config
    from stageprint.pipeline.patterns import joined as joined_

    return joined_(config, results.store)


def matched_tables(config: PipelineConfig) -> tuple[PipelineConfig, list[str]]:
    """Return a pipeline with the tables that its patterns of paths match now, and what could not be listed."""
    if not config.has_patterns:
        return config, []
    from stageprint.onboarding import matched_tables as matched

    return matched(config)


def edge_rows(
    config: PipelineConfig, table_rows: Iterable[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the edges between the pipeline's tables and columns, and what of recorded lineage was left out.

    Args:
        config: The pipeline.
        table_rows: Rows of `table_profiles`, oldest run first: the latest ones say which columns there are.
    """
    from stageprint.model import TableKey
    from stageprint.opening import open_lineage
    from stageprint.pipeline.lineage.shown import edge_rows as rows_of
    from stageprint.pipeline.profile_codec import schema_from_json

    lineage = open_lineage(config, None)
    columns = {
        TableKey(row["stage"], row["table"]): [field.name for field in schema_from_json(row["schema_json"])]
        for row in table_rows
        if row.get("schema_json")
    }
    return rows_of(config, lineage, columns), lineage.notes


def open_marks(config: PipelineConfig) -> Marks:
    """Return the marks of the pipeline's store: bad runs, and shifts accepted as the new normal."""
    from stageprint.pipeline.marks import Marks
    from stageprint.stores.opening import open_store

    _spare_pandas(config)
    return Marks(open_store(config), config.run_order)


def open_incidents(config: PipelineConfig) -> IncidentDesk:
    """Return what people say of the incidents of the pipeline's store."""
    from stageprint.pipeline.incidents.desk import IncidentDesk
    from stageprint.stores.opening import open_store

    _spare_pandas(config)
    return IncidentDesk(open_store(config), config.run_order)


def run_status(
    config: PipelineConfig,
    *,
    run: str | None,
    expect_by: str | None,
    max_age: str | None,
    timezone: str | None,
    fail_on: Severity | None,
) -> RunStatus:
    """Return whether all is well, and whether the expected run has come."""
    from stageprint.pipeline.expectation import read_expectation
    from stageprint.pipeline.status import status

    expectation = read_expectation(expect_by, timezone, max_age)
    return status(config, store=open_results(config).store, expectation=expectation, run=run, fail_on=fail_on)


def previous_runs(rows: Iterable[Mapping[str, Any]], bad: Container[str]) -> dict[str, str | None]:
    """Return the previous run of each run, from rows of `runs`, oldest first; `bad` are the runs marked as bad."""
    from stageprint.decision.references import previous_runs as previous
    from stageprint.pipeline.marks import run_of

    return previous([run_of(row, bad) for row in rows])


def make_views(config: PipelineConfig) -> list[str] | str:
    """Create the SQL views and return their names; for a store at a path, return statements that create them."""
    from stageprint.stores.opening import make_views as make

    return make(config)


def scan(path: str) -> Profile:
    """Return the profile of files."""
    from stageprint.interactive import profile

    return profile(path, name=_name(path))


def diff(old: str, new: str, keys: Sequence[str]) -> Comparison:
    """Return what changed between two files or folders."""
    from stageprint.interactive import compare

    return compare(old, new, name=_name(new), keys=keys)


def diff_runs(config: PipelineConfig, old: str, new: str) -> CompareOutcome:
    """Return what changed between two profiled runs; nothing is written."""
    from stageprint.api import diff_runs as diff_

    return diff_(config, old, new)


def _name(path: str) -> str:
    """Return what a table of files is called: the file's name without its ending, or the folder's."""
    import re

    from stageprint.engines.local.files import ending

    name = Path(path).name or Path(path).resolve().name
    plain = name[: name.lower().index(ending(name))] if ending(name) else name
    # What a table cannot be called, such as a pattern or two dots.
    return re.sub(r"[^\w-]+", "_", plain).strip("_") or "table"


def draft_config(where: str | None, file: str, *, pipeline: str | None, store: str, progress: Progress) -> Draft:
    """Return a configuration of the tables in a folder, a dbt project or a schema; nothing is written."""
    from stageprint.onboarding import draft_config as draft

    return draft(where, file, pipeline=pipeline, store=store, progress=progress)


def validate_config(file: str, *, run: str | None, spark: bool) -> Checked:
    """Return what is wrong with the names of a configuration file."""
    from stageprint.onboarding import validate_config as validate

    return validate(file, run=run, spark=spark)


def examine(file: str | None) -> list[Examined]:
    """Return what works here and what does not."""
    from stageprint.doctor.examine import examine as examine_

    return examine_(file)


def list_runs(
    config: PipelineConfig, engine: ReadPath | None, stages: Sequence[str], tables: Sequence[str]
) -> list[str]:
    """Return the runs that the pipeline's sources hold, oldest first; stages and tables are those to be profiled."""
    from stageprint.api import list_runs as list_

    return list_(config, engine=engine, stages=stages, tables=tables)


def profile_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    stages: Sequence[str],
    tables: Sequence[str],
    progress: Progress,
    engine: ReadPath | None = None,
) -> ProfileOutcome:
    """Profile tables of runs into the store."""
    from stageprint.api import profile_runs as profile

    return profile(config, runs, stages=stages, tables=tables, progress=progress, engine=engine)


def merge_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    into: str,
    *,
    stages: Sequence[str],
    tables: Sequence[str],
    progress: Progress,
) -> ProfileOutcome:
    """Merge the stored profiles of runs into one run."""
    from stageprint.api import merge_runs as merge

    return merge(config, runs, into, stages=stages, tables=tables, progress=progress)


def compare_runs(config: PipelineConfig, runs: Sequence[str], *, baseline: str, progress: Progress) -> CompareOutcome:
    """Compare runs with a baseline and write the results."""
    from stageprint.api import compare_runs as compare

    return compare(config, runs, baseline=baseline, progress=progress)


def notify_run(config: PipelineConfig, run: str | None, *, dry_run: bool, test: bool) -> NotifyOutcome:
    """Send, or only return, what nobody was told of yet; or a test."""
    from stageprint.api import notify_run as notify

    return notify(config, run, dry_run=dry_run, test=test)


def check_runs(
    config: PipelineConfig, runs: Sequence[str], *, stages: Sequence[str], tables: Sequence[str], progress: Progress
) -> CheckRunsOutcome:
    """Evaluate the declared checks of runs and write the results."""
    from stageprint.api import check_runs as check

    return check(config, runs, stages=stages, tables=tables, progress=progress)


def suggest_checks(
    config: PipelineConfig, *, stages: Sequence[str], tables: Sequence[str], last: int | None, progress: Progress
) -> list[TableSuggestions]:
    """Return checks proposed from stored profiles, one entry per table."""
    from stageprint.api import suggest_checks as suggest

    return suggest(config, stages=stages, tables=tables, last=last, progress=progress)


def compare_rows(config: PipelineConfig, run: str, left: str, right: str, *, tables: Sequence[str]) -> list[TableSkew]:
    """Join the tables of two stages by their keys and return how their rows differ."""
    from stageprint.api import compare_rows as compare

    return compare(config, run, left, right, tables=tables)


def first_look(config: PipelineConfig, results: Results, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is suspicious by itself about tables that one of the runs profiled first."""
    from stageprint.pipeline.first_look import first_look as look

    return look(config, results.store, results.run_ids(), runs)


def render_report(config: PipelineConfig, results: Results, run: str) -> str:
    """Return the HTML report about a run."""
    from stageprint.report.html.data import load_report
    from stageprint.report.html.render import render_report as render
    from stageprint.version import stageprint_version

    remarks = first_look(config, results, [run])
    config = joined(config, results)
    data = load_report(config, results, run, version=stageprint_version(), first_look=remarks)
    return render(data, cache=cache_folder())


def log_to_mlflow(config: PipelineConfig, results: Results, run: str, experiment: str, html: str) -> str:
    """Log a run to MLflow, and return where it is, in words."""
    from stageprint.integrations.to_mlflow import log_to_mlflow as log

    return log(config.pipeline, results, run, experiment, html)


def render_reports(
    config: PipelineConfig, results: Results, runs: Sequence[str], folder: Path
) -> Iterator[tuple[str, str]]:
    """Yield the pages of a folder of reports: file name and HTML; those of some runs, then the page over all runs.

    Args:
        config: The pipeline.
        results: Its results.
        runs: The runs to write pages about.
        folder: The folder; pages that it has already are linked.
    """
    from stageprint.report.html.data import load_report
    from stageprint.report.html.overview import INDEX, page_name, run_lines
    from stageprint.report.html.render import Neighbours, render_index
    from stageprint.report.html.render import render_report as render
    from stageprint.version import stageprint_version

    known, version = results.runs(), stageprint_version()
    names = [row["run_id"] for row in known]
    pages = {run: page_name(run) for run in names if run in set(runs) or (folder / page_name(run)).is_file()}
    for run in runs:
        at = names.index(run)
        beside = [
            (pages[other], other) if 0 <= place < len(names) and (other := names[place]) in pages else None
            for place in (at - 1, at + 1)
        ]
        remarks = first_look(config, results, [run])
        data = load_report(config, results, run, version=version, first_look=remarks)
        yield pages[run], render(data, Neighbours(INDEX, *beside), cache_folder())
    checks, judged = results.check_rows(names), results.judged(names)
    lines = run_lines(known, results.findings(), results.states(names), checks, judged, pages)
    yield INDEX, render_index(config.pipeline, lines, version)


def maintain_store(
    config: PipelineConfig, *, dry_run: bool, include_marked: bool, now: bool, progress: Progress
) -> MaintainOutcome:
    """Remove what is beyond the limits, and compact and vacuum the result tables."""
    from stageprint.upkeep import maintain_store as maintain

    return maintain(config, dry_run=dry_run, include_marked=include_marked, now=now, progress=progress)


def delete_runs(config: PipelineConfig, runs: Sequence[str], *, dry_run: bool) -> DeleteOutcome:
    """Remove runs from all result tables."""
    from stageprint.upkeep import delete_runs as delete

    return delete(config, runs, dry_run=dry_run)


def purge_column(config: PipelineConfig, column: str, *, now: bool, dry_run: bool, progress: Progress) -> PurgeOutcome:
    """Remove what the store holds of a column."""
    from stageprint.upkeep import purge_column as purge

    return purge(config, column, now=now, dry_run=dry_run, progress=progress)
