"""``python -m scripts.matrix``: the tests with every version of Spark; exit status 1 where one of them fails."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.matrix.environments import ROOT, environment, interpreter, make
from stageprint.engines.spark.versions import DELTA_OF_SPARK, TESTED
from tests.support.iceberg import ARTIFACTS

CONTRACT: Final = ("tests/spark/test_engine.py",)
"""What every version does in both ways of reading, in a store in memory."""

ENGINE: Final = (
    *CONTRACT,
    "tests/spark/test_engines_agree.py",
    "tests/spark/test_types.py",
    "tests/spark/test_compat.py",
    "tests/spark/test_transfer.py",
)
STORES: Final = (
    *("tests/spark/test_delta_store.py", "tests/spark/test_store.py", "tests/spark/test_counting_views.py"),
    *("tests/spark/test_parts.py", "tests/spark/test_arrow.py", "tests/e2e/test_commands.py"),
    *("tests/spark/test_delta_features.py", "tests/spark/test_incremental.py", "tests/spark/test_sql.py"),
    *("tests/spark/test_numbers.py", "tests/spark/test_sources.py"),
)
"""What needs Delta."""

ACROSS: Final = "tests/matrix"
CONNECT: Final = "tests/e2e/test_spark_connect.py"
"""A server and its clients; without Delta what needs none."""

ICEBERG: Final = "tests/spark/test_iceberg.py"

_OPEN_SOCKETS: Final = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""pyspark before 4.2 leaves sockets open; what is collected later fails whichever test runs then."""

_WARNINGS: Final = {
    # pyspark 3.5 calls what Python and pandas have deprecated since, too.
    "3.5": (*_OPEN_SOCKETS, "ignore::DeprecationWarning"),
    "4.0": _OPEN_SOCKETS,
    "4.1": _OPEN_SOCKETS,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix."""
    parser = argparse.ArgumentParser(prog="python -m scripts.matrix", description="Test every version of Spark.")
    parser.add_argument("--only", metavar="V,V", help=f"some versions of {', '.join(TESTED)}")
    parser.add_argument("--quick", action="store_true", help="the engine's contract with the oldest and the newest")
    parser.add_argument("--setup", action="store_true", help="only make the environments")
    asked = parser.parse_args(arguments)
    versions = asked.only.split(",") if asked.only else [TESTED[0], TESTED[-1]] if asked.quick else list(TESTED)
    unknown = sorted(set(versions) - set(TESTED))
    if unknown:
        parser.error(f"no environment for Spark {unknown[0]}; there are {', '.join(TESTED)}")
    for version in versions:
        make(version)
    if asked.setup:
        return 0
    done = _contracts(versions) if asked.quick else _everything(versions)
    done.append(("across the versions", _pytest(sys.executable, ",".join(versions), ACROSS)))
    failed = [what for what, status in done if status != 0]
    print(f"\nfailed: {'; '.join(failed)}" if failed else f"\nall passed with Spark {', '.join(versions)}")
    return 1 if failed else 0


def _contracts(versions: Sequence[str]) -> list[tuple[str, int]]:
    return [
        (f"Spark {version}", _pytest(str(interpreter(version)), version, *_filters(version), *CONTRACT))
        for version in versions
    ]


def _everything(versions: Sequence[str]) -> list[tuple[str, int]]:
    done = []
    for version in versions:
        python, warnings = str(interpreter(version)), _filters(version)
        tests = (*ENGINE, *(STORES if version in DELTA_OF_SPARK else ()))
        done.append((f"Spark {version}", _pytest(python, version, *warnings, *tests)))
        if version in ARTIFACTS:
            done.append((f"Iceberg with Spark {version}", _iceberg(version)))
        done.append((f"Spark Connect {version}", _pytest(python, version, *warnings, CONNECT)))
    return done


def _iceberg(version: str) -> int:
    with TemporaryDirectory() as warehouse:
        more = {"STAGEPRINT_TEST_ICEBERG": warehouse}
        return _pytest(str(interpreter(version)), version, *_filters(version), ICEBERG, more=more)


def _filters(version: str) -> list[str]:
    return [word for one in _WARNINGS.get(version, ()) for word in ("-W", one)]


def _pytest(python: str, version: str, *words: str, more: Mapping[str, str] | None = None) -> int:
    started = time.monotonic()
    print(f"\n== Spark {version}: {' '.join(words)}", flush=True)
    report = f"--junitxml=build/matrix/{version}-{Path(words[-1]).stem}.xml"
    beside = ("-n", "2", "--dist", "loadfile") if sum(word.startswith("tests/") for word in words) > 1 else ("-n", "0")
    command = [python, "-m", "pytest", *beside, "-q", "-p", "no:cacheprovider", report, *words]
    status = subprocess.run(command, cwd=ROOT, env=environment(version, more), check=False).returncode  # noqa: S603 -- our own
    print(
        f"== Spark {version}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
