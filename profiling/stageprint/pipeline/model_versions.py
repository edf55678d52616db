"""The model versions that a table records, and those that it is expected to record.

The expected version is a text in the configuration or the answer of a model registry. It is stored when the table is
profiled, since the registry may answer differently when the run is compared again later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import substitute
from stageprint.config.tables import MODEL_REGISTRIES, TableConfig
from stageprint.errors import StageprintError, UsageError
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.pipeline.allowed_modules import import_function
from stageprint.redact import redacted
from stageprint.states.frequent_items import FrequentItemsState
from stageprint.states.value_counts import ValueCountsState

MAX_VERSIONS: Final = 20
"""Versions that are stored for a table, those with the most rows."""

_MLFLOW = re.compile(r"^models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<version>[^/@]+))$")


def recorded_versions(column: ColumnProfile) -> tuple[tuple[str, int], ...]:
    """Return the versions in a column with their numbers of rows, most rows first; empty if no values were kept.

    Args:
        column: Profile of the column that names the model, a text or a whole number.
    """
    items, values = column.state(FrequentItemsState), column.state(ValueCountsState)
    if column.labels_hash_id is not None:
        return ()
    found: list[tuple[str, int]] = []
    if items is not None:
        found = [(item.item, item.estimate) for item in items.items()]
    elif values is not None and not values.overflowed and column.kind is ColumnKind.INTEGER:
        points, counts = values.arrays()
        found = [(str(int(point)), int(count)) for point, count in zip(points, counts, strict=True)]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0]))[:MAX_VERSIONS])


def version_facts(table: TableConfig, run: str, columns: Mapping[str, ColumnProfile]) -> dict[str, Any]:
    """Return the recorded and the expected model versions, as facts of a table's profile.

    Args:
        table: The table's configuration.
        run: The run.
        columns: Its column profiles by path.

    Raises:
        UsageError: `{run_date}` is used and the run's name does not begin with a date.
    """
    if table.model_version is None:
        return {}
    column = columns.get(table.model_version) or next(
        (one for path, one in columns.items() if path.casefold() == table.model_version.casefold()), None
    )
    expected = expected_versions(table, run)
    if column is not None and column.sensitive in {"off", "hashed"}:
        expected = NotComputable(f"column {column.column!r} is sensitive: the versions in it are not stored")
    reason = expected.reason if isinstance(expected, NotComputable) else None
    return {
        "model_version_column": None if column is None else column.column,
        "model_versions": () if column is None else recorded_versions(column),
        "expected_model_versions": () if isinstance(expected, NotComputable) else expected,
        "expected_model_version_error": reason,
    }


def expected_versions(table: TableConfig, run: str) -> tuple[str, ...] | NotComputable:
    """Return the versions that a table is expected to record in a run; empty if none is configured.

    A version in MLflow's registry may be recorded as ``7``, ``name/7`` or ``models:/name/7``.

    Args:
        table: The table's configuration.
        run: The run.

    Raises:
        UsageError: `{run_date}` is used and the run's name does not begin with a date.
    """
    found: list[str] = []
    for text in table.expected_model_version:
        # The text as configured says whom to ask: a run's name never does.
        registry, separator, wanted = text.partition(":")
        if not separator or registry not in MODEL_REGISTRIES:
            found.append(substitute(text, run, f"table {table.name!r}: expected_model_version"))
            continue
        if registry != "python":
            wanted = substitute(wanted, run, f"table {table.name!r}: expected_model_version")
        named = f"{registry}: {wanted.strip()}"
        try:
            found += _ASK[registry](wanted.strip(), run)
        except StageprintError as error:
            return NotComputable(str(error))
        except Exception as error:  # noqa: BLE001 -- a registry that is down must not end the profile
            return NotComputable(redacted(f"{named} did not answer: {type(error).__name__}: {error}"))
    return tuple(dict.fromkeys(found))


def check_registries(config: PipelineConfig) -> None:
    """Check, before any work, that every registry in the configuration can be asked.

    Raises:
        UsageError: A module is not allowed, a module or function is not there, or MLflow is not installed.
    """
    for stage, table in config.select():
        for text in table.expected_model_version:
            registry, separator, wanted = text.partition(":")
            if not separator or registry not in MODEL_REGISTRIES:
                continue
            try:
                _CHECK[registry](wanted.strip())
            except UsageError as error:
                message = f"stage {stage.name!r}, table {table.name!r}: expected_model_version: {error}"
                raise UsageError(message) from error


def _ask_python(text: str, run: str) -> list[str]:
    answer = import_function(text)(run)
    answers: Iterable[Any] = answer if isinstance(answer, (list, tuple, set, frozenset)) else (answer,)
    versions = [str(version) for version in answers if version is not None]
    if not versions:
        message = f"python: {text} named no version for run {run!r}"
        raise UsageError(message)
    return versions


def _mlflow(text: str) -> re.Match[str]:
    found = _MLFLOW.match(text)
    if found is None:
        message = f"expected models:/name@alias or models:/name/version, got {text!r}"
        raise UsageError(message)
    try:
        import_module("mlflow")
    except ImportError as error:
        message = f"`mlflow: {text}` needs MLflow's client, which is not installed: pip install mlflow-skinny"
        raise UsageError(message) from error
    return found


def _ask_mlflow(text: str, run: str) -> list[str]:  # noqa: ARG001 -- an alias is of now, not of a run
    found = _mlflow(text)
    name, version = found["name"], found["version"]
    if version is None:
        client = import_module("mlflow").MlflowClient()
        version = str(client.get_model_version_by_alias(name, found["alias"]).version)
    return [version, f"{name}/{version}", f"models:/{name}/{version}"]


_ASK: Final[dict[str, Callable[[str, str], list[str]]]] = {"python": _ask_python, "mlflow": _ask_mlflow}
_CHECK: Final[dict[str, Callable[[str], object]]] = {"python": import_function, "mlflow": _mlflow}
