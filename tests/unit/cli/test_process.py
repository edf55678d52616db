"""A process of the program's own leaves pandas out of pyarrow; one that only calls it is left as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

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
