"""Decides on the driver how tasks reach files without Spark: from Spark's Hadoop configuration, else the environment.

What was decided is tried with one small read. Credentials go to tasks with the work, as Hadoop's configuration does;
they are neither shown nor stored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from stageprint.engines.parquet.model import DataFile, NotReadableError
from stageprint.engines.spark.files import file_system
from stageprint.engines.spark.jvm import hadoop_configuration, java_class, jvm_of
from stageprint.engines.storage.azure import abfs_access
from stageprint.engines.storage.environment import environment_access, hdfs_access, with_region
from stageprint.engines.storage.gcs import gcs_access
from stageprint.engines.storage.model import HERE, Access, HadoopSettings, Places, UnreachableError, divided, root_of
from stageprint.engines.storage.opening import open_file
from stageprint.engines.storage.s3a import s3a_access
from stageprint.reasons import reason_of

_MAGIC: Final = b"PAR1"
_MAGIC_ENCRYPTED: Final = b"PARE"

_STORES: Final = "hadoop.security.credential.provider.path"
_STORES_S3A: Final = "security.credential.provider.path"


def places_of(spark: SparkSession, files: Iterable[DataFile]) -> Places:
    """Return how tasks reach the files of a table that are not on the local file system.

    Raises:
        NotReadableError: Spark reaches a file in a way that Arrow does not have, or the trial has failed.
    """
    places: dict[str, Access] = {}
    for path, file in _paths(files):
        root = root_of(path)
        if root == HERE or root in places:
            continue
        try:
            places[root] = _access(spark, root)
            if file is not None:
                _try(file, places)
        except UnreachableError as error:
            message = f"{root}: {error}"
            raise NotReadableError(message) from error
        except (OSError, pa.ArrowException, ValueError) as error:
            own_words = f"{root} cannot be read without Spark"
            message = f"{own_words}: {reason_of(error)}"
            raise NotReadableError(message, own_words=own_words) from error
    return places


class SessionSettings:
    """Hadoop's configuration of a session, with the stores of credentials that it names.

    Args:
        java: The Java object.
        jvm: Its JVM.
    """

    def __init__(self, java: Any, jvm: Any) -> None:
        self._java = java
        self._text = java_class(jvm, "java.lang.String")

    def get(self, name: str) -> str | None:
        """Return the value of a setting; None: it is not set."""
        value: str | None = self._java.get(name)
        return value

    def secret(self, name: str) -> str | None:
        """Return the value of a setting, from a store of credentials where one holds it."""
        found = self._java.getPassword(name)
        return None if found is None else str(self._text(found))

    def add_stores(self, names: str | None) -> None:
        """Look for secrets in further stores of credentials first.

        Args:
            names: Their URLs, separated by commas; None: there are none.
        """
        if not names:
            return
        before = self._java.get(_STORES)
        self._java.set(_STORES, f"{names},{before}" if before else names)


def _paths(files: Iterable[DataFile]) -> Iterator[tuple[str, DataFile | None]]:
    """Yield the paths of data files with the files, then those of deletion vectors."""
    found = list(files)
    yield from ((file.path, file) for file in found)
    yield from ((file.deleted.file, None) for file in found if file.deleted is not None and file.deleted.file)


def _access(spark: SparkSession, root: str) -> Access:
    jvm = jvm_of(spark)
    try:
        found = file_system(spark, f"{root}/")
    except Py4JError:  # Iceberg has clients of its own, and Hadoop need not know the scheme
        found = None
    if jvm is None or found is None:
        return environment_access(root, os.environ)
    settings = SessionSettings(hadoop_configuration(spark), jvm)
    for stores in (f"fs.s3a.{_STORES_S3A}", f"fs.s3a.bucket.{divided(root)[1]}.{_STORES_S3A}"):
        settings.add_stores(settings.get(stores))
    return access_like(str(found[0].getClass().getName()), root, settings, os.environ)


def access_like(client: str, root: str, settings: HadoopSettings, environment: Mapping[str, str]) -> Access:
    """Return how Arrow reaches a root as a client of Hadoop's does.

    Args:
        client: Java class of the client. What one of another maker goes by is not known: then the environment decides.
        root: Scheme and authority.
        settings: Hadoop's configuration.
        environment: The environment variables.

    Raises:
        UnreachableError: Arrow has no such way.
    """
    translate = _CLIENTS.get(client)
    if translate is None:
        return environment_access(root, environment)
    return translate(root, settings, environment)


def _s3a(root: str, settings: HadoopSettings, environment: Mapping[str, str]) -> Access:
    bucket = divided(root)[1]
    return with_region(s3a_access(bucket, settings, environment), bucket)


def _abfs(root: str, settings: HadoopSettings, _environment: Mapping[str, str]) -> Access:
    return abfs_access(divided(root)[1], settings)


def _gcs(_root: str, settings: HadoopSettings, environment: Mapping[str, str]) -> Access:
    return gcs_access(settings, environment)


def _hdfs(root: str, _settings: HadoopSettings, _environment: Mapping[str, str]) -> Access:
    return hdfs_access(*divided(root))


_CLIENTS: Final[Mapping[str, Callable[[str, HadoopSettings, Mapping[str, str]], Access]]] = {
    "org.apache.hadoop.fs.s3a.S3AFileSystem": _s3a,
    "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem": _abfs,
    "org.apache.hadoop.fs.azurebfs.SecureAzureBlobFileSystem": _abfs,
    "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem": _gcs,
    "org.apache.hadoop.fs.gs.GoogleHadoopFileSystem": _gcs,
    "org.apache.hadoop.hdfs.DistributedFileSystem": _hdfs,
}
"""Java class of a client of Hadoop's → what makes Arrow's from its settings."""


def _try(file: DataFile, places: Places) -> None:
    """Read the last bytes of a file.

    Raises:
        UnreachableError: It is not the file that Spark lists.
        OSError: It cannot be read.
    """
    with open_file(file.path, places) as source:
        size = source.size()
        end = source.read_at(len(_MAGIC), max(size - len(_MAGIC), 0))
    if size != file.bytes or end not in {_MAGIC, _MAGIC_ENCRYPTED}:
        message = f"Arrow finds other files there than Spark: one of {size:,} bytes where Spark lists {file.bytes:,}"
        raise UnreachableError(message)
