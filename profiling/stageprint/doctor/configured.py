"""Looks at what a configuration needs: its store, its sources, credentials, secrets and functions."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlparse

from pyarrow import fs

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sensitive import secret_for
from stageprint.doctor.examined import Examined
from stageprint.engines.given import is_given_spark, why_no_spark
from stageprint.engines.local.files import system_of
from stageprint.engines.local.reach import why_spark as why_spark_reads
from stageprint.engines.local.schemas import LocalSchemas
from stageprint.engines.storage.model import local_path
from stageprint.errors import StageprintError
from stageprint.model.result_tables import RUNS
from stageprint.model.where import NO_ROW
from stageprint.pipeline.allowed_modules import ALLOWED_MODULES_VARIABLE, allowed_modules
from stageprint.pipeline.lineage.check import check_lineage
from stageprint.pipeline.tables import all_tables
from stageprint.reasons import reason_of
from stageprint.redact import redacted
from stageprint.stores.opening import open_store
from stageprint.stores.opening import why_spark as why_spark_writes

_CREDENTIALS: Final = {
    "s3": (
        ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; roles of machines and ~/.aws work too",
    ),
    "gs": (
        ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY"),
        "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account",
    ),
    "az": (
        ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_CLIENT_ID", "AZURE_STORAGE_CONNECTION_STRING"),
        "set AZURE_STORAGE_ACCOUNT_NAME and one of AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_ID",
    ),
}  # fmt: skip
"""Kind of object store → the environment variables of which one is usually set, and what to do."""

_KIND: Final = {
    "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gs", "gcs": "gs",
    "az": "az", "abfs": "az", "abfss": "az", "wasbs": "az",
}  # fmt: skip


def why_spark(config: PipelineConfig) -> str | None:
    """Return what of a configuration needs Spark; None: nothing does."""
    if config.engine in {"spark", "arrow", "dataframe"}:
        return f"engine: {config.engine}"
    for stage, table in config.select():
        reason = why_spark_reads(table)
        if reason is not None:
            return f"{stage.name}.{table.name}: {reason}"
    reason = why_spark_writes(config)
    return None if reason is None or is_given_spark() else f"the store: {reason}"


def needed_libraries(config: PipelineConfig) -> frozenset[str]:
    """Return the optional libraries that a configuration needs."""
    found = set()
    if config.calendar.country is not None:
        found.add("holidays")
    if any(text.startswith("mlflow: ") for _, table in config.select() for text in table.expected_model_version):
        found.add("mlflow")
    if why_spark(config) is not None:
        found.add("pandas")  # Spark's functions over Arrow import it
    return frozenset(found)


def examine_config(config: PipelineConfig) -> Iterator[Examined]:
    """Yield what a configuration needs: credentials, sources, store, secret and functions."""
    yield from _credentials(config)
    yield _sources(config)
    if config.lineage.is_asked:
        yield _lineage(config)
    yield _store(config)
    hashed = [(table, table.columns.sensitive) for _, table in config.select() if table.columns.sensitive]
    if any("hashed" in declared.values() for _, declared in hashed):
        yield _secret(config)
    functions = {
        text.removeprefix("python: ")
        for _, table in config.select()
        for text in table.expected_model_version
        if text.startswith("python: ")
    }
    for function in sorted(functions):
        yield _function(function)


def _credentials(config: PipelineConfig) -> Iterator[Examined]:
    places = {config.store: "the store"}
    places |= {table.source.path: f"{stage.name}.{table.name}" for stage, table in config.select() if table.source.path}
    kinds: dict[str, str] = {}
    for place, why in places.items():
        kind = _KIND.get(urlparse(place).scheme)
        if kind is not None:
            kinds.setdefault(kind, why)
    for kind, why in sorted(kinds.items()):
        names, advice = _CREDENTIALS[kind]
        present = [name for name in names if os.environ.get(name)]
        files = kind == "s3" and (Path.home() / ".aws").is_dir()
        # A machine's role needs neither: whether the store can be reached is what counts.
        found = ", ".join(present) or ("~/.aws" if files else "no variable is set; a role of this machine may do")
        yield Examined(f"credentials for {kind}", "ok" if present or files else "unknown", found, True, why, advice)


def _sources(config: PipelineConfig) -> Examined:
    schemas = LocalSchemas(config)
    missing: list[str] = []
    looked = 0
    for stage, table in config.select():
        if table.source.path is None or table.optional:
            continue
        looked += 1
        try:
            schemas.run_of(table.source)
        except StageprintError as error:
            missing.append(f"{stage.name}.{table.name}: {error}")
        except Exception as error:  # noqa: BLE001 -- a file system's errors have no common class
            missing.append(f"{stage.name}.{table.name}: {reason_of(error)}")
    if missing:
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        advice = "`stageprint validate` lists all of them with their lines"
        return Examined("sources", "failed", f"{missing[0]}{more}", True, "profiling", advice)
    return Examined("sources", "ok", f"{looked} of {looked} paths are there", True, "profiling")


def _lineage(config: PipelineConfig) -> Examined:
    found = check_lineage(config)
    if found.unreadable:
        more = f", and {len(found.unreadable) - 1} more" if len(found.unreadable) > 1 else ""
        advice = "`stageprint validate` lists all of them with their lines"
        return Examined("lineage", "failed", f"{found.unreadable[0].text}{more}", True, "comparing", advice)
    return Examined("lineage", "ok", "; ".join(found.notes), True, "comparing")


def _store(config: PipelineConfig) -> Examined:
    name, place = "store", redacted(config.store)
    reason = why_spark_writes(config)
    if reason is not None:
        if not is_given_spark() and (missing := why_no_spark()) is not None:
            text = f"{place} is reached through Spark only ({reason}), and {missing}"
            return Examined(name, "failed", text, True, "results", "see Java and pyspark")
        return Examined(name, "unknown", f"{place}: not tried, it is reached through Spark ({reason})", True, "results")
    try:
        store = open_store(config)
        written = store.exists(RUNS)
        if written:  # by whatever engine and release: that it can be read is what counts
            store.read(RUNS, columns=("run_id",))
        for table in all_tables() if written else ():
            if store.exists(table):  # of the larger tables the log alone
                store.read(table, NO_ROW, columns=("pipeline",))
        _try_to_write(config.store)
    except Exception as error:  # noqa: BLE001 -- delta-rs and file systems raise exceptions of no common class
        advice = reason_of(error).advice or "check the path, its permissions and the credentials"
        return Examined(name, "failed", f"{place}: {reason_of(error).text}", True, "results", advice)
    state = "holds results" if written else "is empty"
    return Examined(name, "ok", f"{place} {state}, and can be written (delta-rs)", True, "results")


def _try_to_write(store: str) -> None:
    """Write a file beside the result tables and delete it; a folder that does not exist yet is not made."""
    path = local_path(store) or (None if "://" in store else store)
    if path is not None:
        folder = Path(path).absolute()
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):
            return
    system, bare, _ = system_of(store)
    probe = f"{bare.rstrip('/')}/_stageprint_doctor_{uuid.uuid4().hex}"
    (folder,) = system.get_file_info([bare])
    with system.open_output_stream(probe) as stream:
        stream.write(b"written by `stageprint doctor`")
    with suppress(OSError):
        system.delete_file(probe)
        if folder.type == fs.FileType.NotFound:  # pyarrow leaves an empty object in its place
            system.delete_dir(bare)


def _secret(config: PipelineConfig) -> Examined:
    try:
        for _, table in config.select():
            secret_for(table.name, table.columns.sensitive, config.sensitive)
    except StageprintError as error:
        return Examined("secret of hashed columns", "missing", str(error), True, "columns.sensitive: hashed")
    return Examined("secret of hashed columns", "ok", "there is one", True, "columns.sensitive: hashed")


def _function(text: str) -> Examined:
    module = text.partition(":")[0]
    allowed = any(module == one or module.startswith(f"{one}.") for one in allowed_modules())
    found = "its module is allowed" if allowed else "its module is not allowed"
    advice = "" if allowed else f"set {ALLOWED_MODULES_VARIABLE}={module}"
    return Examined(f"function {text}", "ok" if allowed else "missing", found, True, "expected_model_version", advice)
