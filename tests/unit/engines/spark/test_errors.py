"""Exceptions of Spark without a Spark: JVM exceptions are objects with the three methods that are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.errors import AnalysisException

from stageprint.engines.spark.errors import is_of_spark, reading, spark_reason
from stageprint.engines.spark.profiling import read_rows
from stageprint.errors import SourceError, StoreError
from stageprint.model import TableKey


class JavaException:
    """An exception of the JVM with its causes; what py4j asks of its own objects is there too."""

    _target_id = "o42"

    def __init__(self, links: Sequence[tuple[str, str | None]], gone: bool = False) -> None:
        self._name, self._message = links[0]
        self._causes = links[1:]
        self._gone = gone
        self._gateway_client = self

    is_connected = False

    def getClass(self) -> JavaException:  # noqa: N802 -- Java's name
        if self._gone:
            message = "Answer from Java side is empty"
            raise Py4JNetworkError(message)
        return self

    def getName(self) -> str:  # noqa: N802 -- Java's name
        return self._name

    def getMessage(self) -> str | None:  # noqa: N802 -- Java's name
        return self._message

    def getCause(self) -> JavaException | None:  # noqa: N802 -- Java's name
        return JavaException(self._causes) if self._causes else None


class JavaError(Py4JJavaError):  # type: ignore[misc]
    """An error as py4j raises it; its text needs no JVM."""

    def __init__(self, java: Any) -> None:
        self.java_exception = java

    def __str__(self) -> str:
        return "An error occurred while calling o1296.getResult."


TRUNCATED = (
    ("org.apache.spark.SparkException", "Exception thrown in awaitResult: "),
    (
        "org.apache.spark.SparkException",
        "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:///data/part-1.parquet.  SQLSTATE: KD001",
    ),
    (
        "java.lang.RuntimeException",
        "file:/data/part-1.parquet is not a Parquet file. Expected magic number at tail, but found [50, 6, 0, 0]",
    ),
)


def test_the_innermost_cause_in_the_jvm_is_the_reason() -> None:
    assert str(spark_reason(JavaError(JavaException(TRUNCATED)))) == (
        "/data/part-1.parquet: it is not a whole Parquet file: its end was cut off, or it is of another format; "
        "write it again, or move it out of the way"
    )


def test_no_object_number_remains_of_an_unknown_cause() -> None:
    error = JavaError(JavaException([("a.b.C", "Exception thrown in awaitResult: "), ("x.y.OwnException", None)]))
    assert str(spark_reason(error)) == "OwnException"


def test_a_jvm_that_cannot_be_asked_has_ended() -> None:
    reason = spark_reason(JavaError(JavaException(TRUNCATED, gone=True)))
    assert reason.text == "the Spark session ended while it was needed"
    assert "start the command again" in str(reason)


def test_a_call_that_got_no_answer_is_of_a_jvm_that_has_ended() -> None:
    assert spark_reason(Py4JError("An error occurred while calling o55.sql")).text.startswith("the Spark session ended")
    more = Py4JError("An error occurred while calling o55.sqll. Trace:\npy4j.Py4JException: Method sqll does not exist")
    assert "session" not in spark_reason(more).text


def test_an_error_of_a_worker_is_that_of_its_traceback() -> None:
    text = "[X] Traceback (most recent call last):\n  File x\nOSError: [Errno 28] No space left on device"
    assert spark_reason(AnalysisException(text)).text == "no space left on the disk"


def test_only_sparks_errors_are_of_spark() -> None:
    assert is_of_spark(JavaError(JavaException(TRUNCATED)))
    assert is_of_spark(AnalysisException("x"))
    assert not is_of_spark(ConnectionRefusedError(111, "Connection refused"))


def test_reading_says_what_was_done() -> None:
    def fail() -> None:
        raise JavaError(JavaException(TRUNCATED))

    with pytest.raises(StoreError, match=r"^store/runs cannot be read: /data/part-1\.parquet: it is not a whole"):
        reading("store/runs cannot be read", StoreError, fail)


KEY = TableKey("raw", "orders")


def _killed() -> JavaError:
    return JavaError(
        JavaException([("org.apache.spark.SparkException", "Python worker exited unexpectedly (crashed)")])
    )


class Attempts:
    """Does one thing after the other."""

    def __init__(self, *outcomes: Exception | int) -> None:
        self.left = list(outcomes)

    def __call__(self) -> int:
        outcome = self.left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_a_lost_worker_is_tried_once_more() -> None:
    assert read_rows(KEY, Attempts(_killed(), 7)) == 7


def test_a_worker_lost_twice_is_a_failure() -> None:
    attempts = Attempts(_killed(), _killed(), 7)
    with pytest.raises(SourceError, match=r"raw\.orders cannot be read to its end: a Python worker"):
        read_rows(KEY, attempts)
    assert attempts.left == [7]


def test_a_damaged_file_is_read_once() -> None:
    attempts = Attempts(JavaError(JavaException(TRUNCATED)), 7)
    with pytest.raises(SourceError, match=r"part-1\.parquet: it is not a whole Parquet file"):
        read_rows(KEY, attempts)
    assert attempts.left == [7]


def test_both_ways_reasons_are_said_where_they_differ() -> None:
    def read(also: str) -> str:
        with pytest.raises(SourceError) as caught:
            read_rows(KEY, Attempts(JavaError(JavaException(TRUNCATED))), also=also)
        return str(caught.value)

    assert read("the file has string, the table double").endswith(
        " (engine arrow had failed before: the file has string, the table double)"
    )
    same = "/data/part-1.parquet: it is not a whole Parquet file: its end was cut off, or it is of another format"
    assert "engine arrow" not in read(same)
