"""The use case behind ``stageprint skew``: two stages of a run, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import require_run_ids
from stageprint.errors import SourceError, StageprintError, UsageError, did_you_mean, without_data
from stageprint.model import TableKey
from stageprint.ports import Engine
from stageprint.skew.records import TableSkew


def skew(
    config: PipelineConfig, run: str, left: str, right: str, *, engine: Engine, tables: Sequence[str] = ()
) -> list[TableSkew]:
    """Compare the tables of two stages of one run, row by row.

    Args:
        config: The pipeline.
        run: The run.
        left: Stage on the left, such as ``features``.
        right: Stage on the right, such as ``serving``.
        engine: Reads and joins the tables.
        tables: Only pairs with one of these tables.

    Returns:
        One entry a pair of tables with the same keys.

    Raises:
        UsageError: See `table_pairs`; or the run does not match ``run_id_pattern``.
        SourceError: A table cannot be read, or lacks a key.
    """
    require_run_ids(config, [run])
    return [_compare(engine, config, run, pair) for pair in table_pairs(config, left, right, tables)]


def _compare(engine: Engine, config: PipelineConfig, run: str, pair: tuple[TableKey, TableKey]) -> TableSkew:
    declared = {name for key in pair for name in config.table(key.stage, key.table).columns.sensitive}
    try:
        return engine.compare_rows(config, run, *pair)
    except StageprintError as error:
        if not declared:
            raise
        text = without_data(error, declared)
    # Raised outside: whoever shows the traceback would show the engine's message too.
    raise SourceError(text)


def table_pairs(
    config: PipelineConfig, left: str, right: str, tables: Sequence[str] = ()
) -> list[tuple[TableKey, TableKey]]:
    """Return the tables of two stages that have the same keys.

    Args:
        config: The pipeline.
        left: Stage on the left.
        right: Stage on the right.
        tables: Only pairs with one of these names on either side.

    Raises:
        UsageError: A stage or table is not configured, the stages are the same, or no pair has the same keys.
    """
    if left == right:
        message = f"--left and --right are the same stage {left!r}; expected two, such as features and serving"
        raise UsageError(message)
    sides = [config.stage(left), config.stage(right)]
    known = [table.name for stage in sides for table in stage.tables]
    for name in tables:
        if name not in known:
            message = f"no table {name!r} in stage {left!r} or {right!r}{did_you_mean(name, known)}"
            raise UsageError(message)
    pairs = [
        (TableKey(left, one.name), TableKey(right, other.name))
        for one in sides[0].tables
        for other in sides[1].tables
        if _folded(one.keys) == _folded(other.keys) and one.keys and (not tables or {one.name, other.name} & {*tables})
    ]
    if not pairs:
        which = f" among {', '.join(map(repr, tables))}" if tables else ""
        message = (
            f"no table of stage {left!r} and none of {right!r}{which} have the same `keys`; declare the columns that "
            "identify a row on both sides"
        )
        raise UsageError(message)
    return pairs


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}
