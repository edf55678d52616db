"""Lists the tables that a pattern matches, in Spark's catalog or in Hadoop's file system."""

from __future__ import annotations

import re
from functools import partial

from pyspark.sql import SparkSession

from stageprint.config.sources import Source, is_data_file
from stageprint.engines.spark.errors import reading
from stageprint.engines.spark.files import file_system, glob_to_regex
from stageprint.engines.spark.jvm import java_class, jvm_of
from stageprint.errors import SourceError


def list_tables(spark: SparkSession, source: Source, run_id: str) -> list[str]:
    """Return what the ``*`` of a path or table stands for; see `stageprint.ports.Engine.list_tables`.

    Raises:
        SourceError: They cannot be listed.
    """
    concrete = source.for_run(run_id)
    if concrete.table is not None:
        found = reading("the schema cannot be listed", SourceError, partial(_in_catalog, spark, concrete.table))
    else:
        found = reading("the folder cannot be listed", SourceError, partial(_in_folder, spark, concrete))
    return sorted(set(found))


def _in_catalog(spark: SparkSession, name: str) -> list[str]:
    schema, _, part = name.rpartition(".")
    rows = spark.sql(f"SHOW TABLES IN {schema}" if schema else "SHOW TABLES").collect()
    before, _, after = part.strip("`").partition("*")
    # Catalogs keep names in lower case, whatever they were created as.
    pattern = re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.IGNORECASE)
    matches = (pattern.fullmatch(str(row["tableName"])) for row in rows if not row["isTemporary"])
    return [match[1] for match in matches if match is not None]


def _in_folder(spark: SparkSession, source: Source) -> list[str]:
    path = source.text.rstrip("/")
    access = file_system(spark, path)
    if access is None:
        message = f"Spark Connect lists no files, so the tables of {path} are not known"
        raise SourceError(message)
    fs, hadoop_path = access
    before, _, after = path.partition("*")
    start = before.rpartition("/")[2]
    pattern = re.compile(f"{glob_to_regex(before)}([^/]*){glob_to_regex(after)}$")
    found = []
    for status in fs.globStatus(hadoop_path) or []:
        place = status.getPath()
        match = pattern.search(place.toString())
        if match is None or f"{start}{match[1]}".startswith(("_", ".")):
            continue
        if status.isDirectory():
            log = java_class(jvm_of(spark), "org.apache.hadoop.fs.Path")(place, "_delta_log")
            is_table = fs.exists(log) == (source.format == "delta")
        else:
            is_table = is_data_file(source, place.getName())
        if is_table:
            found.append(match[1])
    return found
