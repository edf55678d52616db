"""A process of the program's own leaves pandas out of pyarrow, and has a cache; any other is left as it is."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint import api
from stageprint.cli import process
from stageprint.config.loader import load_config

_PROGRAM = """
import json, sys
from stageprint.cli import process
if {own}:
    process.claim()
process.leave_pandas_out()
import pyarrow as pa
rows = pa.table({{"a": [1, None]}}).to_pylist()
loaded = "pandas" in sys.modules
import pandas
print(json.dumps([rows, loaded, bool(pandas.Series([1]).sum() == 1)]))
"""


@pytest.mark.parametrize("own", [True, False])
def test_pyarrow_imports_no_pandas_in_a_process_of_the_program_s_own(own: bool) -> None:
    pytest.importorskip("pandas")
    code = _PROGRAM.format(own=own)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=where
    )
    assert json.loads(done.stdout) == [[{"a": 1}, {"a": None}], not own, True]


_LIBRARIES = """
import json, os
from stageprint.cli import process
if {own}:
    process.claim()
import numpy, pydantic
from pydantic.plugin import _loader
looked = []
_loader.entry_points = lambda **_: looked.append(True) or ()
class Model(pydantic.BaseModel):
    a: int
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
print(json.dumps([threads, bool(looked)]))
"""


def _work_of_libraries(*, own: bool, **said: str) -> tuple[int, bool]:
    """Return the number of threads once NumPy is imported, and whether pydantic looked for plug-ins."""
    ours = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PYDANTIC_DISABLE_PLUGINS"}
    where = {name: value for name, value in os.environ.items() if name not in ours}
    where |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **said}
    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-c", _LIBRARIES.format(own=own)], capture_output=True, text=True, check=True, env=where
    )
    threads, looked = json.loads(done.stdout)
    return threads, looked


def test_libraries_do_nothing_in_vain_in_a_process_of_the_program_s_own() -> None:
    assert _work_of_libraries(own=True) == (1, False)
    others, looked = _work_of_libraries(own=False)
    assert looked
    # What the user says counts; a machine with one processor has no other threads.
    said = _work_of_libraries(own=True, OPENBLAS_NUM_THREADS="2", PYDANTIC_DISABLE_PLUGINS="")
    assert said == (min(others, 2), True)


@pytest.mark.parametrize("own", [True, False])
def test_only_an_own_process_ends_without_looking_for_garbage(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_own", own)
    monkeypatch.delitem(sys.modules, "datasketches", raising=False)
    before = gc.get_freeze_count()
    try:
        process.finish()
        assert (gc.get_freeze_count() > before) is own
    finally:
        gc.unfreeze()


_CONFIG = """\
pipeline: shop
store: {folder}/store
stages:
  - name: raw
    tables:
      - {{name: orders, source: {{format: parquet, path: "{folder}/{{run_id}}.parquet"}}}}
"""


def test_a_comparison_ends_without_a_word_about_sketches(tmp_path: Path) -> None:
    config = tmp_path / "shop.yml"
    config.write_text(_CONFIG.format(folder=tmp_path), encoding="utf-8")
    runs = [f"2026-03-0{day}" for day in range(1, 6)]
    for run in runs:
        cities = ["Rome", "Oslo"] if run != runs[-1] else ["Bonn", "Lima"]
        pq.write_table(pa.table({"city": cities * 250}), tmp_path / f"{run}.parquet")
    api.profile_runs(load_config(str(config)), runs)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-m", "stageprint", "compare", "--config", str(config), "--all-runs"],
        capture_output=True,
        text=True,
        check=False,
        env=where,
    )
    assert (done.returncode, "1 finding" in done.stdout) == (1, True), done.stderr
    assert "nanobind" not in done.stderr


def test_the_cache_is_the_users_and_only_of_an_own_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("STAGEPRINT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(process, "_own", False)
    assert process.cache_folder() is None
    monkeypatch.setattr(process, "_own", True)
    assert process.cache_folder() == tmp_path / ".cache" / "stageprint"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert process.cache_folder() == tmp_path / "xdg" / "stageprint"
    monkeypatch.setenv("STAGEPRINT_CACHE", str(tmp_path / "own"))
    assert process.cache_folder() == tmp_path / "own" / "stageprint"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert process.cache_folder() is None
