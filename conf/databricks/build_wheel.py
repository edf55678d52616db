"""Builds the wheel for Databricks into dist/: that of the project, without its requirements of Spark and Delta.

The cluster has both. A second Spark, installed by pip, would hide the one of the cluster.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROVIDED_BY_THE_CLUSTER = ("pyspark", "delta-spark")


def main() -> None:
    """Build the wheel of the project and put the changed copy into dist/."""
    target = HERE / "dist"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            folder,
            str(HERE.parents[1]),
        ]
        subprocess.run(command, check=True)  # noqa: S603 -- this interpreter's pip, on this repository
        for wheel in Path(folder).glob("*.whl"):
            without_spark(wheel, target / wheel.name)


def without_spark(wheel: Path, target: Path) -> None:
    """Copy a wheel without the requirements that the cluster provides."""
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        files = {item.filename: source.read(item) for item in source.infolist()}
        metadata = next(name for name in files if name.endswith(".dist-info/METADATA"))
        record = metadata.replace("METADATA", "RECORD")
        kept = [line for line in files[metadata].splitlines(keepends=True) if not _is_provided(line.decode())]
        files[metadata] = b"".join(kept)
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[metadata]).digest()).rstrip(b"=").decode()
        lines = files[record].decode().splitlines()
        entry = f"{metadata},sha256={digest},{len(files[metadata])}"
        changed = [entry if line.startswith(f"{metadata},") else line for line in lines]
        files[record] = ("\n".join(changed) + "\n").encode()
        for name, content in files.items():
            copy.writestr(name, content)


def _is_provided(line: str) -> bool:
    name, colon, requirement = line.partition(":")
    if not colon or name != "Requires-Dist":
        return False
    package = requirement.strip().lower().replace("_", "-")
    return package.startswith(PROVIDED_BY_THE_CLUSTER)


if __name__ == "__main__":
    main()
