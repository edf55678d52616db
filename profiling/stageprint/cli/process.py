"""What the program may do where the process is its own: started as ``stageprint``, not called by other Python code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

_OBJECTS_BEFORE_COLLECTION: Final = 200_000
"""New objects after which Python looks for garbage; at its 700, importing takes a twelfth longer."""

_SPARED: Final = {
    # NumPy's linear algebra starts threads that wait for work with the processor at full load. There is none for them:
    # all that is asked of it are products of two vectors.
    "OPENBLAS_NUM_THREADS": "1",
    # pydantic reads the metadata of every installed package to find its plug-ins, which watch how models are filled.
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""What libraries are told, before they are imported, not to do: environment variable → value."""

_own = False


def claim() -> None:
    """Say that the process is the program's own, and keep it from work that no command needs.

    Python looks for garbage more rarely: little is any. Libraries are told by environment variables what not to do,
    where the user tells them nothing.
    """
    global _own  # noqa: PLW0603 -- about the process, of which there is one
    _own = True
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    for name, value in _SPARED.items():
        os.environ.setdefault(name, value)


def finish() -> None:
    """Let Python end without looking for garbage once more, where the process is the program's own.

    It would look at every object that there is, right before the system frees them all.

    Not where sketches are loaded: nanobind, which binds them to Python, takes each one that was not freed at the end
    for a leak, and writes hundreds of lines about them to stderr. Commands that only read results load none.
    """
    if _own and "datasketches" not in sys.modules:
        gc.freeze()


def is_own() -> bool:
    """Return whether the process is the program's own."""
    return _own


def cache_folder() -> Path | None:
    """Return the user's folder for what can be made again; None: none, or the process is not the program's own.

    It is ``stageprint`` in ``$STAGEPRINT_CACHE``, ``$XDG_CACHE_HOME`` or ``~/.cache``. Nothing is kept on Windows, and
    where Python is told to write no compiled modules.
    """
    if not _own or os.name == "nt" or sys.dont_write_bytecode:
        return None
    named = os.environ.get("STAGEPRINT_CACHE") or os.environ.get("XDG_CACHE_HOME") or ""
    home = Path(named) if named.startswith("/") else Path("~/.cache").expanduser()
    return home / "stageprint" if home.is_absolute() else None


def leave_pandas_out() -> None:
    """Keep pyarrow from importing pandas, which takes longer than a command that reads results.

    pyarrow imports it, where it is installed, when it is first given a list; it asks once and remembers. Nothing is
    done where pandas or Spark is loaded already, or where the process is not the program's own.
    """
    if not _own or "pandas" in sys.modules or "pyspark" in sys.modules:
        return
    import pyarrow as pa  # noqa: PLC0415 -- `--help` needs none

    hidden = _WithoutPandas()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(hidden)


class _WithoutPandas:
    """Finds no pandas; all else is found as usual.

    Without the base class of `importlib.abc`, which takes long to import.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise for pandas."""
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)
