"""What Rust prints of its panics stays out of a command's one line; all else is printed as it was."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_PANIC = """
thread 'tokio-rt-worker' (10009) panicked at /home/runner/object_store-0.13.2/src/buffered.rs:369:41:
Already shut down
stack backtrace:
   0: rust_begin_unwind
             at /rustc/lib.rs:1:2
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""
_PROGRAM = f"""
import os, sys
from stageprint.stores.delta.panics import hide_panics, without_panics
if {{own}}:
    hide_panics()
print("before", file=sys.stderr)
try:
    with without_panics():
        print("progress", file=sys.stderr)
        with without_panics():
            os.write(2, {_PANIC.encode()!r})
        print("thread 7 goes on", file=sys.stderr)
        if {{fails}}:
            raise ValueError
except ValueError:
    print("one line", file=sys.stderr)
print("after", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("own", "fails", "printed"),
    [
        (True, True, "before\nprogress\nthread 7 goes on\none line\nafter\n"),
        (True, False, f"before\nprogress\n{_PANIC}thread 7 goes on\nafter\n"),
        (False, True, f"before\nprogress\n{_PANIC}thread 7 goes on\none line\nafter\n"),
    ],
)
def test_panics_are_left_out_where_an_error_says_it(own: bool, fails: bool, printed: str) -> None:
    assert _run(_PROGRAM.format(own=own, fails=fails)) == printed


def test_a_closed_standard_error_is_left_alone() -> None:
    program = """
import os
from stageprint.stores.delta.panics import hide_panics, without_panics
hide_panics()
os.close(2)
for _ in range(2):
    with without_panics():
        os.write(1, b"done")
"""
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=where)  # noqa: S603
    assert done.stdout == "donedone"


def _run(program: str) -> str:
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=where)  # noqa: S603
    return done.stderr
