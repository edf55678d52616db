"""Packs the built wheel and what it asks for into one archive, which Spark hands to every executor.

The archive is a virtual environment without Spark, Delta and Java: the cluster brings those. Of what Spark's own Python
needs it has pandas (the extra ``cluster``). Its ``bin/python`` points at
the interpreter that made it, so nodes need a Python of the same minor version at the same place.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import venv_pack

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = ROOT / "conf" / "requirements.lock"
ARCHIVE: Final = ROOT / "build" / "stageprint-environment.tar.gz"


def build_wheel(folder: Path) -> Path:
    """Build the wheel, as ``make wheel`` does, and return its path."""
    _run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)])
    (built,) = folder.glob("*.whl")
    return built


def pack(wheel: Path, archive: Path, *, python: str = sys.executable, level: int = 1) -> Path:
    """Install the wheel, with the versions of the lock, into a new environment and pack it.

    Args:
        wheel: The wheel.
        archive: Where the archive is written; a file that is there is replaced.
        python: The interpreter: of the minor version that the cluster has.
        level: Compression, 1 to 9.

    Returns:
        The archive.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="stageprint-pack-") as folder:
        environment = Path(folder) / "environment"
        _run([python, "-m", "venv", str(environment)])
        pip = [str(environment / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "install", "--constraint", str(LOCK), f"{wheel}[cluster]"])
        # Executors start Python without them.
        _run([*pip, "uninstall", "--yes", "setuptools", "pip"])
        venv_pack.pack(prefix=str(environment), output=str(archive), force=True, compress_level=level)
    return archive


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive, as Spark does on every node, and return the interpreter in it."""
    folder.mkdir(parents=True, exist_ok=True)
    _run(["tar", "-xzf", str(archive), "-C", str(folder)])
    return folder / "bin" / "python"


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 -- Python, pip and tar, with arguments of this module
