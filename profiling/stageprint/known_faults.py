"""What goes wrong outside this program: how others word it, what that means, and what to do about it.

The others are Spark, Java, Arrow, Delta, object stores and the operating system. One entry a fault. A new one is
added here, with a test that really causes it (`docs/reliability.md`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A fault of the environment that is recognised by its wording.

    Attributes:
        wording: What an exception's type and message look like, joined by ``: ``, as a regular expression whose dots
            match line breaks. It is compiled when a fault is looked for: most commands look for none.
        reason: The reason to show; ``{name}`` is a named group of `wording`.
        advice: What to do.
        may_pass: Whether the same work, done once more at once, may well succeed.
    """

    wording: str
    reason: str
    advice: str
    may_pass: bool = False

    def match(self, text: str) -> re.Match[str] | None:
        """Return where a text has the wording; None: it does not."""
        return re.search(self.wording, text, re.DOTALL)


def _fault(wording: str, reason: str, advice: str, *, may_pass: bool = False) -> KnownFault:
    return KnownFault(wording, reason, advice, may_pass)


_STATUS: Final = (
    r"(?:[Ss]tatus(?:[ _][Cc]ode)?|HTTP(?:/[\d.]+)?|(?:Response|response)(?: code)?|[Ee]rror(?: code)?|[Cc]ode)\W{0,3}"
)
"""What stands before the status of an HTTP answer; the bare number may be anything."""

_WRITE_AGAIN: Final = "write it again, or move it out of the way"
_SPARK_GONE: Final = "start the command again; the driver's log says why it ended (often: out of memory)"

KNOWN_FAULTS: Final = (
    # The Spark session. These come first: whatever fails afterwards fails because of them.
    _fault(
        r"Py4JNetworkError|Answer from Java side is empty|Cannot call methods on a stopped SparkContext"
        r"|SparkContext (?:was|has been) (?:shut ?down|stopped)|py4j.*Connection refused"
        r"|Error while sending or receiving"
        r"|LiveListenerBus is stopped|SparkContext is stopped",
        "the Spark session ended while it was needed",
        _SPARK_GONE,
    ),
    _fault(
        r"SESSION_CHANGED|SESSION_CLOSED|SESSION_NOT_FOUND",
        "the Spark Connect server was restarted, or has ended the session",
        "start the command again; DataFrames of the old session have to be made again",
    ),
    _fault(
        r"ExecutorLostFailure|Lost executor|worker lost|Remote RPC client disassociated",
        "Spark lost an executor",
        "profile the run again; if it happens again, give executors more memory (spark.executor.memory, "
        "spark.executor.memoryOverhead)",
        may_pass=True,
    ),
    _fault(
        r"Python worker exited unexpectedly|Python worker failed to connect|Python worker is not alive",
        "a Python worker of Spark was killed, or crashed",
        "profile the run again; if it happens again, give workers more memory (spark.executor.memoryOverhead)",
        may_pass=True,
    ),
    _fault(
        r"OutOfMemoryError: ?(?P<where>[^\n]*)",
        "Java ran out of memory: {where}",
        "give Spark more memory (spark.driver.memory, spark.executor.memory)",
    ),
    _fault(
        r"MemoryError|ArrowMemoryError|malloc of size|std::bad_alloc|Cannot allocate memory",
        "out of memory",
        "give the process more memory, or profile fewer tables at once",
    ),
    # What Spark's Python lacks: on the driver, or in the workers, which are told where the package is or not at all.
    _fault(
        r"PACKAGE_NOT_INSTALLED\]? ?(?P<what>[^;,\n]+?) must be installed",
        "Spark's own Python functions need {what}",
        "pip install pandas; on a cluster put it into the environment of the job (docs/clusters.md)",
    ),
    _fault(
        r"PythonException.*ModuleNotFoundError: No module named '(?P<name>[\w.]+)'",
        "Spark's Python has no module '{name}'",
        "bring it along with the job: an environment packed with all that stageprint needs (docs/clusters.md)",
    ),
    # Disks and the operating system.
    _fault(
        r"No space left on device|not enough space on the disk",
        "no space left on the disk",
        "free some space, or use another disk (`store:` for results, spark.local.dir for Spark's temporary files)",
    ),
    _fault(r"[Dd]isk quota exceeded", "the disk quota is used up", "free some space, or ask for more"),
    _fault(
        r"File too large",
        "the file would be larger than the system allows",
        "raise the limit (`ulimit -f`), or use another disk",
    ),
    _fault(r"Read-only file system", "the file system is read-only", "mount it for writing, or use another folder"),
    _fault(
        r"Too many open files",
        "too many open files",
        "raise the limit (`ulimit -n`)",
    ),
    _fault(
        r"Input/output error|Stale file handle|Transport endpoint is not connected",
        "the disk or network drive does not answer as it should",
        "check the drive, then run the command again",
    ),
    _fault(
        r"Mkdirs failed to create|Failed to create (?:a temp|local) dir|Unable to create directory"
        r"|Cannot create (?:directory|folder)",
        "a folder cannot be created",
        "check that the folder above it exists, is a folder, and may be written to",
    ),
    # Object stores and the network.
    _fault(
        rf"{_STATUS}(?:503|429)\b|SlowDown|Slow Down|Service Unavailable|ServiceUnavailable"
        rf"|Server is busy|Too Many Requests"
        r"|TooManyRequests|RequestLimitExceeded|ThrottlingException|reduce your request rate",
        "the server is overloaded and refuses requests (503, slow down)",
        "run the command again later, or with fewer tables at once",
    ),
    _fault(
        r"ExpiredToken|TokenExpired|token (?:included in the request|provided) (?:is|has) expired|RequestExpired"
        r"|[Cc]redentials (?:have )?expired",
        "the credentials have expired",
        "renew them, then run the command again",
    ),
    _fault(
        r"NoSuchBucket|NO_SUCH_BUCKET|specified bucket does not exist|Bucket (?:\S+ )?does not exist"
        r"|UnknownStoreException|The specified container does not exist|ContainerNotFound",
        "there is no such bucket",
        "check its name, and the endpoint or account",
    ),
    _fault(
        rf"{_STATUS}(?:401|403)\b|AccessDenied\b|Access Denied|Forbidden|InvalidAccessKeyId"
        rf"|SignatureDoesNotMatch|ExpiredToken|Unauthorized"
        r"|No AWS Credentials|NoAuthWithAWSException|CredentialsNotLoaded|AuthenticationFailed",
        "the server refuses access",
        "check the credentials, and that they may list and read this place",
    ),
    _fault(
        r"UnknownHostException: (?P<host>[\w.-]+)|dns error|Could not resolve host|Name or service not known"
        r"|nodename nor servname",
        "the server's name is not known",
        "check the address, and the network",
    ),
    _fault(
        r"SocketTimeoutException|[Rr]ead timed out|[Cc]onnect(?:ion)? timed out|TimeoutException|operation timed out"
        r"|request timed out|deadline has elapsed|Timeout was reached",
        "the server did not answer in time",
        "check that it is up and not overloaded, then run the command again",
    ),
    _fault(
        r"Connection refused|ConnectException|Connection reset|NoRouteToHost|No route to host|Network is unreachable"
        r"|Unexpected end of file from server|tcp connect error|error trying to connect|Could not connect to server",
        "the server cannot be reached",
        "check that it is up, and the address",
    ),
    _fault(
        r"Class (?:org\.apache\.hadoop\.fs\.s3a\.S3AFileSystem) not found",
        "Spark has no client for s3a://",
        "add org.apache.hadoop:hadoop-aws in the version of Spark's Hadoop to spark.jars.packages, under `spark:` in "
        "the configuration",
    ),
    _fault(
        r"No FileSystem for scheme:? ?\"?(?P<scheme>[\w.+-]+)",
        "Spark has no client for {scheme}://",
        "add the jar of that file system to spark.jars.packages, under `spark:` in the configuration",
    ),
    _fault(
        r"DATA_SOURCE_NOT_FOUND.*\biceberg\b|Failed to find the data source: iceberg",
        "Spark has no Iceberg",
        "add org.apache.iceberg:iceberg-spark-runtime for the version of Spark to spark.jars.packages, under `spark:` "
        "in the configuration",
    ),
    _fault(
        r"ClassNotFoundException: (?:Class )?(?P<name>[\w.$]+)|Class (?P<other>[\w.$]+) not found"
        r"|NoClassDefFoundError: (?P<third>[\w./$]+)",
        "Java does not find the class {name}",
        "add the jar that holds it to spark.jars.packages, under `spark:` in the configuration",
    ),
    # Delta tables.
    _fault(
        r"DELTA_VERSIONS_NOT_CONTIGUOUS.*?Versions \((?P<versions>[^)]*)\)",
        "the Delta log has a gap: it holds only the versions {versions}",
        "restore the missing file in _delta_log, or write the table again",
    ),
    _fault(
        r"DELTA_UNSUPPORTED_FEATURES_FOR_READ.*?unsupported by (?P<by>Delta Lake \"[^\"]+\"):"
        r" (?P<features>[^\n]+?)\.?(?:\n|$)",
        "the Delta table needs features that {by} lacks: {features}",
        "read it with a newer Delta, or remove the feature (ALTER TABLE … DROP FEATURE)",
    ),
    _fault(
        r"DELTA_INVALID_PROTOCOL_VERSION|InvalidProtocolVersionException|Mismatched minReaderVersion and readerFeatures"
        r"|[Mm]inimum reader version|Unsupported reader version",
        "the Delta table is of a newer protocol than this Delta reads",
        "read it with a newer Delta",
    ),
    _fault(
        r"_delta_log/\d+\.json.*(?:MALFORMED_RECORD|JsonEOF|JsonParse|FAILED_READ_FILE)|Invalid JSON in (?:log|file)",
        "a commit of the Delta log is damaged",
        "restore that file of _delta_log, or write the table again",
    ),
    _fault(
        r"DELTA_VERSION_NOT_FOUND.*?version (?P<version>-?\d+)\. Available versions: \[(?P<first>\d+), (?P<last>\d+)\]",
        "the Delta table has no version {version}: it has {first} to {last}",
        "ask for one of these",
    ),
    _fault(
        r"not a Delta table|TableNotFoundError|No files in log segment|DELTA_TABLE_NOT_FOUND"
        r"|DELTA_MISSING_DELTA_TABLE",
        "there is no Delta table: its _delta_log has no commit",
        "check the path, and the source's `format`",
    ),
    # Files.
    _fault(
        r"[Pp]ermission denied|AccessControlException|AccessDeniedException|Operation not permitted",
        "permission denied",
        "let the user that runs this read and enter it (for the store: also write)",
    ),
    _fault(r"PATH_NOT_FOUND|DELTA_PATH_DOES_NOT_EXIST", "there is nothing at this path", "check the path"),
    _fault(
        r"FILE_NOT_EXIST|FileNotFoundException|No such file or directory|NoSuchFileException|FileNotFoundError"
        r"|NoSuchKey|Object at location .* not found",
        "the file is gone, although the table lists it: deleted, overwritten or vacuumed meanwhile",
        "profile the run again; if the file is still missed, restore it or write the table again",
    ),
    _fault(
        r"length is too low: 0\)|Parquet file size is 0 bytes",
        "the file has 0 bytes, so it is no Parquet file",
        _WRITE_AGAIN,
    ),
    _fault(
        r"is not a Parquet file|Parquet magic bytes not found|footer is too large|length is too low"
        r"|Parquet file size is \d+ bytes",
        "it is not a whole Parquet file: its end was cut off, or it is of another format",
        _WRITE_AGAIN,
    ),
    _fault(
        r"FAILED_READ_FILE\.PARQUET_COLUMN_DATA_TYPE_MISMATCH.*?column \[(?P<column>[^\]]*)\]\. Expected Spark type "
        r"(?P<wanted>[^,]+), actual Parquet type (?P<found>\S+?)\.",
        "column {column} is of Parquet type {found} in this file, but of type {wanted} in the table",
        "write the files of the table with one schema",
    ),
    _fault(
        r"org\.apache\.parquet\.format|deserialize thrift|TProtocolException|ParquetDecodingException"
        r"|Unexpected end of stream|[Cc]orrupt(?:ed)? (?:snappy|data|page|input)|ZSTD_|SnappyError|[Cc]hecksum"
        r"|[Dd]ecompress|Could not read page|CRC verification",
        "a part of it cannot be decoded: the file is damaged",
        _WRITE_AGAIN,
    ),
    _fault(
        r"Malformed ORC file|FileFormatException|Not an ORC file|\.orc\b.*InvalidProtocolBufferException",
        "it is not a whole ORC file: its end was cut off, or it is of another format",
        _WRITE_AGAIN,
    ),
    _fault(
        r"CANNOT_READ_FILE_FOOTER",
        "its footer cannot be read: its end was cut off, or it is of another format",
        _WRITE_AGAIN,
    ),
    _fault(
        r"EOFException: Unexpected end of input stream|not a gzip file|incorrect (?:header|data) check"
        r"|invalid (?:block type|distance|stored block)",
        "the compressed file is cut off or damaged",
        _WRITE_AGAIN,
    ),
    _fault(
        r"MALFORMED_RECORD_IN_PARSING",
        "a record is malformed, and the source's option `mode` is FAILFAST",
        "mend the file, or set `mode: PERMISSIVE` or `DROPMALFORMED` under `options:`",
    ),
    _fault(
        r"UNABLE_TO_INFER_SCHEMA",
        "no file there says which columns there are: the folder is empty, or holds hidden files only",
        "check the path; was the table written to its end?",
    ),
    _fault(
        r"MalformedInputException|CharacterCodingException|MALFORMED_CHARACTER_CODING|UnicodeDecodeError",
        "its text is in another encoding than expected",
        "set `encoding` under the source's `options:`",
    ),
)
"""In the order in which they are tried: the first whose wording is found gives the reason."""
