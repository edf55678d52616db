"""Reasons of errors that are really raised here, and of chains as engines give them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from stageprint.errors import SourceError
from stageprint.reasons import Link, Reason, causes, is_known, plain_path, reason_from, reason_of


def _raised(read: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 -- whatever it is
        read()
    return caught.value


def _write_to_a_full_disk() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")


def test_a_full_disk() -> None:
    reason = reason_of(_raised(_write_to_a_full_disk))
    assert reason.text == "no space left on the disk"
    assert reason.advice is not None
    assert "free some space" in reason.advice


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "orders.json"
    reason = reason_of(_raised(missing.read_text))
    assert reason.file == str(missing)
    assert str(reason).startswith(f"{missing}: the file is gone")


def test_a_parquet_file_that_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"id": range(100)}), file)
    file.write_bytes(file.read_bytes()[:-20])
    reason = reason_of(_raised(lambda: pq.read_table(file)))
    assert reason.text.startswith("it is not a whole Parquet file")


def test_a_parquet_file_of_no_bytes(tmp_path: Path) -> None:
    file = tmp_path / "orders.parquet"
    file.write_bytes(b"")
    assert reason_of(_raised(lambda: pq.ParquetFile(file))).text.startswith("the file has 0 bytes")


def test_a_folder_that_is_no_delta_table(tmp_path: Path) -> None:
    assert reason_of(_raised(lambda: DeltaTable(tmp_path))).text.startswith("there is no Delta table")


def test_a_module_that_the_workers_of_spark_lack() -> None:
    told = "An exception was thrown from the Python worker.\nModuleNotFoundError: No module named 'stageprint'\n"
    reason = reason_from([Link("pyspark.errors.exceptions.captured.PythonException", told)])
    assert reason.text == "Spark's Python has no module 'stageprint'"
    assert reason.advice is not None
    assert "docs/clusters.md" in reason.advice


def test_pandas_is_missing() -> None:
    told = "[PACKAGE_NOT_INSTALLED] Pandas >= 2.2.0 must be installed; however, it was not found."
    assert reason_from([Link("PySparkImportError", told)]).text == "Spark's own Python functions need Pandas >= 2.2.0"


def test_an_error_of_our_own_is_its_own_reason() -> None:
    assert str(reason_of(SourceError("raw.orders has no key"))) == "raw.orders has no key"


def test_an_unknown_error_gives_its_first_line_and_no_advice() -> None:
    reason = reason_of(ValueError("the first line\nthe second"))
    assert (reason.text, reason.advice) == ("the first line", None)
    assert not is_known(ValueError("the first line"))


def test_an_error_without_a_message_gives_its_type() -> None:
    assert reason_of(ZeroDivisionError()).text == "ZeroDivisionError"


def test_the_cause_is_looked_for() -> None:
    outer = RuntimeError("it did not work")
    outer.__cause__ = OSError(28, "No space left on device", "/store/x.parquet")
    assert reason_of(outer) == Reason(
        "no space left on the disk",
        "/store/x.parquet",
        "free some space, or use another disk (`store:` for results, spark.local.dir for Spark's temporary files)",
    )


def test_circular_causes_end() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert [*causes(one)] == [one, two]


JOB = Link("org.apache.spark.SparkException", "Exception thrown in awaitResult: ")


CUT_OFF = Link("java.io.EOFException", "Unexpected end of input stream")


def _read_failed(file: str) -> Link:
    text = f"[FAILED_READ_FILE.NO_HINT] Encountered error while reading file {file}.  SQLSTATE: KD001"
    return Link("org.apache.spark.SparkException", text)


@pytest.mark.parametrize(
    ("links", "said"),
    [
        (
            [
                JOB,
                _read_failed("file:///data/b.csv.gz"),
                Link("java.io.EOFException", "Unexpected end of input stream"),
            ],
            "/data/b.csv.gz: the compressed file is cut off or damaged; write it again, or move it out of the way",
        ),
        (
            [JOB, _read_failed("file:///data/two words.orc"), Link("org.apache.orc.FileFormatException", "Malformed")],
            "/data/two words.orc: it is not a whole ORC file: its end was cut off, or it is of another format; "
            "write it again, or move it out of the way",
        ),
        (
            [
                JOB,
                Link("org.apache.orc.protobuf.InvalidProtocolBufferException", "While parsing a message, …"),
            ],
            "it is not a whole ORC file: its end was cut off, or it is of another format; "
            "write it again, or move it out of the way",
        ),
        (
            [JOB, Link("x.y.OwnException", "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n== SQL ==\nSELECT")],
            "[DIVIDE_BY_ZERO] Division by zero.",
        ),
        ([JOB, Link("java.lang.IllegalStateException", "")], "IllegalStateException"),
        (
            [Link("java.lang.RuntimeException", "java.lang.IllegalStateException: no key")],
            "no key",
        ),
        ([], "no reason is given"),
    ],
)
def test_a_chain_gives_its_innermost_reason(links: list[Link], said: str) -> None:
    assert str(reason_from(links)) == said


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("java.net.ConnectException", "Call From a/1 to b:9000 failed on connection exception", "cannot be reached"),
        ("java.net.UnknownHostException", "nowhere.example", "name is not known"),
        ("java.net.SocketTimeoutException", "Read timed out", "did not answer in time"),
        ("java.io.IOException", "Server returned HTTP response code: 503 for URL", "overloaded"),
        ("OSError", "Generic S3 error: ... status 503 Service Unavailable", "overloaded"),
        ("AwsServiceException", "Forbidden (Service: S3, Status Code: 403)", "refuses access"),
        ("java.io.FileNotFoundException", "/data/x (Permission denied)", "permission denied"),
        ("java.io.FileNotFoundException", "/data/x (Too many open files)", "too many open files"),
        ("java.lang.OutOfMemoryError", "Java heap space", "Java ran out of memory: Java heap space"),
        (
            "pyspark.errors.exceptions.connect.SparkConnectGrpcException",
            "[INVALID_HANDLE.SESSION_CHANGED] The existing Spark server driver instance has restarted.",
            "the Spark Connect server was restarted, or has ended the session",
        ),
        ("py4j.protocol.Py4JNetworkError", "Answer from Java side is empty", "the Spark session ended"),
        (
            "java.lang.IllegalStateException",
            "Cannot call methods on a stopped SparkContext.",
            "the Spark session ended",
        ),
        ("org.apache.spark.SparkException", "Python worker exited unexpectedly (crashed)", "killed, or crashed"),
        ("java.lang.ClassNotFoundException", "com.example.Reader", "does not find the class com.example.Reader"),
        ("UnsupportedFileSystemException", 'No FileSystem for scheme "gs"', "Spark has no client for gs://"),
    ],
)
def test_known_faults_have_a_reason_and_an_advice(kind: str, text: str, said: str) -> None:
    reason = reason_from([Link(kind, text)])
    assert said in reason.text
    assert reason.advice


@pytest.mark.parametrize(
    "text",
    [
        "column orders_503 is of type string",
        "/data/403/part-0.c000.snappy.parquet: the column is missing",
        "[CAST_INVALID_INPUT] The value '401' cannot be cast",
    ],
)
def test_numbers_and_names_are_not_mistaken_for_faults(text: str) -> None:
    assert reason_from([Link("org.apache.spark.SparkException", text)]).advice is None


def test_a_path_in_the_plan_of_a_query_is_not_the_file() -> None:
    text = "[UNRESOLVED_COLUMN] A column `x` cannot be resolved. SQLSTATE: 42703\n+- Relation file:/data/orders parquet"
    assert str(reason_from([Link("AnalysisException", text)])) == "[UNRESOLVED_COLUMN] A column `x` cannot be resolved."


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("file:/data/x", "/data/x"),
        ("file:///data/x", "/data/x"),
        ("/data/x", "/data/x"),
        ("s3a://bucket/x", "s3a://bucket/x"),
    ],
)
def test_local_files_are_named_without_their_scheme(path: str, plain: str) -> None:
    assert plain_path(path) == plain
