"""``python -m scripts.cluster``: a standalone cluster until it is interrupted, or the archive for executors."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.cluster.packing import ARCHIVE, ROOT, build_wheel, pack, unpack
from scripts.cluster.standalone import standalone_cluster
from scripts.cluster.submitting import UNPACKED_AS, submit_command
from stageprint.engines.spark.jars import DRIVER_CLASS_PATH, delta_jars


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cluster", description="A standalone cluster to try with.")
    parser.add_argument("--pack", action="store_true", help="only pack the environment that executors get")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to pack for: that of the cluster")
    parser.add_argument("--out", type=Path, default=ARCHIVE, help="the archive")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="cores of each worker")
    parser.add_argument("--memory", default="1g", help="memory of each worker")
    asked = parser.parse_args(arguments)
    if asked.pack or not asked.out.exists():
        with tempfile.TemporaryDirectory() as folder:
            print(f"Packing the wheel and what it asks for into {asked.out} ...", flush=True)
            pack(build_wheel(Path(folder)), asked.out.resolve(), python=asked.python)
    if asked.pack:
        return 0
    driver = ROOT / "build" / UNPACKED_AS
    if not (driver / "bin" / "python").exists():
        unpack(asked.out.resolve(), driver)
    place = Path(tempfile.mkdtemp(prefix="stageprint-cluster-"))
    with standalone_cluster(place, workers=asked.workers, cores=asked.cores, memory=asked.memory) as cluster:
        print(f"{asked.workers} workers at {cluster.master}, page {cluster.web}, logs in {place}\n")
        print(f"export PYSPARK_DRIVER_PYTHON={driver}/bin/python PYSPARK_PYTHON=./{UNPACKED_AS}/bin/python")
        job = submit_command(
            cluster.master,
            ROOT / "jobs" / "profile_tables.py",
            *("--config", "conf/nycflights.yml", "--all-runs"),
            archive=asked.out.resolve(),
            jars=_jars(),
            conf={},
        )
        print(f"{shlex.join(job)}\n\nCtrl-C ends it.", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


def _jars() -> list[str]:
    # Fetched beforehand where no session of this version has run on the machine yet.
    with delta_jars(has_own_packages=True) as settings:
        return settings[DRIVER_CLASS_PATH].split(":") if DRIVER_CLASS_PATH in settings else []


if __name__ == "__main__":
    sys.exit(main())
