"""The profiler in its process: threads, forks, crashes, full disks, memory, and what importing it costs."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.fingerprint import pack_states
from stageprint.serving import ServingProfiler
from tests.support import serving

ROOT = Path(__file__).parents[2]


def simple(root: Path) -> str:
    return f"""\
pipeline: shop
store: {root}/store
stages:
  - name: serving
    tables:
      - name: requests
        source: {{format: stageprint, path: "{root}/profiles/{{run_id}}/"}}
"""


def state_bytes(profiler: ServingProfiler) -> int:
    fingerprint = profiler._window.fingerprint
    assert fingerprint is not None
    return sum(len(pack_states(fingerprint.states(index))) for index in fingerprint.plan.indices)


def test_threads_lose_and_double_nothing(tmp_path: Path) -> None:
    threads, updates = 8, 400
    start = threading.Barrier(threads)
    with serving.profiler(
        tmp_path, config=parse_config(simple(tmp_path)), buffer_rows=50, flush_seconds=0.05
    ) as profiler:

        def serve(number: int) -> None:
            start.wait()
            for turn in range(updates):
                profiler.update({"id": number * updates + turn, "who": f"t{number}"})
                if turn % 97 == 0:
                    profiler.flush()

        workers = [threading.Thread(target=serve, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert profiler.rows == threads * updates
    assert profiler.errors == 0
    window = serving.merged(tmp_path)
    found = serving.metrics(window)
    assert found["id"][0]["row_count"] == threads * updates
    total = threads * updates
    assert found["id"][0]["mean"] == pytest.approx((total - 1) / 2, rel=1e-12)
    items = found["who"][0]["top_items"]
    assert isinstance(items, list)
    assert {item["item"]: item["count"] for item in items} == {f"t{number}": updates for number in range(threads)}  # type: ignore[index]


def test_the_background_writes_by_itself(tmp_path: Path) -> None:
    with serving.profiler(tmp_path, flush_seconds=0.05) as profiler:
        profiler.update({"request_id": 1, "country": "DE"})
        until = time.monotonic() + 20
        while not profiler.files and time.monotonic() < until:
            time.sleep(0.01)
        assert profiler.files == 1
    assert profiler.files == 1  # nothing came since: no empty file
    (window,) = serving.windows(tmp_path)
    assert window.rows == 1
    assert window.start < window.end
    assert (window.replica, window.run_id, str(window.key)) == ("one", serving.RUN, "serving.requests")


CRASH = """\
import sys, time
from stageprint.serving import ServingProfiler
profiler = ServingProfiler(sys.argv[1], run="2026-03-02", flush_seconds=3600)
for turn in range(1, 4):
    profiler.update([{"request_id": number, "country": "DE"} for number in range(100)])
    if turn < 3:
        profiler.flush()
        print(turn, flush=True)
print("unflushed", flush=True)
time.sleep(600)
"""


def test_a_killed_process_loses_the_unflushed_window_alone(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(serving.yaml(tmp_path), encoding="utf-8")
    command = [sys.executable, "-c", CRASH, str(tmp_path / "shop.yml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 -- ours
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(3)] == ["1", "2", "unflushed"]
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [window.rows for window in serving.windows(tmp_path)] == [100, 100]
    assert serving.merged(tmp_path).rows == 200


def test_a_process_that_ends_writes_its_last_window(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(serving.yaml(tmp_path), encoding="utf-8")
    code = (
        "import sys; from stageprint.serving import ServingProfiler\n"
        "ServingProfiler(sys.argv[1], run='2026-03-02').update({'request_id': 1, 'country': None})"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "shop.yml")], check=True, cwd=ROOT)  # noqa: S603 -- ours
    assert serving.merged(tmp_path).rows == 1


def test_memory_is_bounded(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    sizes = []
    with serving.profiler(tmp_path, config=parse_config(simple(tmp_path)), buffer_rows=2_000) as profiler:
        for _ in range(12):
            for _ in range(10):
                numbers = random.integers(0, 2**62, 5_000)
                profiler.update(
                    pa.table({"text": [f"user-{n}" for n in numbers.tolist()], "n": numbers, "x": random.random(5_000)})
                )
            profiler._process_buffer()
            sizes.append(state_bytes(profiler))
            assert profiler._buffered == 0
    assert sizes[-1] < 150_000
    # 600,000 distinct texts take about as much as 300,000; memory that grew with the rows would double. KLL sketches
    # toss coins: in 160 runs the ratio was 1.16 at most.
    assert sizes[-1] < 1.3 * sizes[5]


def test_callers_digest_where_the_background_cannot_keep_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServingProfiler, "_work", lambda _: None)
    with serving.profiler(tmp_path, buffer_rows=10) as profiler:
        for number in range(1000):
            profiler.update({"request_id": number, "country": "DE"})
            assert profiler._buffered < 40
    assert serving.merged(tmp_path).rows == 1000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_counts_its_own_rows_alone(tmp_path: Path) -> None:
    with serving.profiler(tmp_path, replica=None) as profiler:
        profiler.update([{"request_id": 1, "country": "DE"}] * 3)
        child = os.fork()
        if not child:
            profiler.update([{"request_id": 2, "country": "DE"}] * 2)
            profiler.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    found = serving.windows(tmp_path)
    assert sorted(window.rows for window in found) == [2, 3]
    assert len({window.replica for window in found}) == 2


def test_rows_wait_while_the_folder_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "profiles").write_text("a file where the folder should be", encoding="utf-8")
    with serving.profiler(tmp_path, on_error="log") as profiler:
        for number in range(30):
            profiler.update({"request_id": number, "country": "DE"})
            with caplog.at_level(logging.WARNING, "stageprint.serving"):
                assert profiler.flush() == []
        assert len(profiler._queue) <= 9
        assert profiler.errors == 30
        assert len(caplog.records) == 1  # one that repeats is logged once a minute
        assert "serving.requests: a window was not written" in caplog.text
        (tmp_path / "profiles").unlink()
    window = serving.merged(tmp_path)
    assert window.rows == 30
    assert serving.metrics(window)["request_id"][0]["distinct_count"] == 30
    assert not list((tmp_path / "profiles" / serving.RUN).glob(".*"))


def test_errors_are_raised_where_asked_for(tmp_path: Path) -> None:
    profiler = serving.profiler(tmp_path)
    with pytest.raises(UsageError, match=r"expected a mapping, a sequence of mappings, .* got int"):
        profiler.update(5)
    with pytest.raises(UsageError, match="one of type str"):
        profiler.update(["a"])
    profiler.close()
    profiler.close()
    with pytest.raises(UsageError, match=r"serving\.requests is closed"):
        profiler.update({"request_id": 1})
    assert profiler.errors == 3


def test_errors_do_not_reach_the_service(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "stageprint.serving"):
        with serving.profiler(tmp_path, on_error="log") as profiler:
            profiler.update(5)
            profiler.update(object())
        profiler.update({"request_id": 1})
    assert profiler.errors == 3
    assert "rows were not taken" in caplog.text
    assert not (tmp_path / "profiles").exists()


def test_a_failed_digest_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stageprint.serving.intake import Intake  # noqa: PLC0415

    take = Intake.batch

    def failing(self: Intake, rows: object) -> pa.RecordBatch:
        if isinstance(rows, list) and rows[0]["request_id"] == 13:
            message = "no luck"
            raise RuntimeError(message)
        return take(self, rows)

    monkeypatch.setattr(Intake, "batch", failing)
    with serving.profiler(tmp_path, on_error="log") as profiler:
        profiler.update({"request_id": 1, "country": "DE"})
        profiler.update(pa.table({"request_id": [2], "country": ["DE"]}))
        profiler.update({"request_id": 13, "country": "DE"})
        profiler.update(pa.table({"request_id": [3], "country": ["DE"]}))
    window = serving.merged(tmp_path)
    assert window.rows == 3
    assert window.problems == ("rows were lost or taken in part: RuntimeError: no luck",)


def test_runs(tmp_path: Path) -> None:
    with serving.profiler(tmp_path, run=lambda start: f"week-{start:%G-%V}") as profiler:
        profiler.update({"request_id": 1, "country": "DE"})
    now = dt.datetime.now(dt.timezone.utc)
    assert serving.merged(tmp_path, f"week-{now:%G-%V}").rows == 1
    with serving.profiler(tmp_path, run=None) as profiler:
        profiler.update({"request_id": 1, "country": "DE"})
    assert serving.merged(tmp_path, dt.datetime.now(dt.timezone.utc).date().isoformat()).rows == 1
    with pytest.raises(UsageError, match="expected an id without slashes, got 'a/b'"):
        serving.profiler(tmp_path, run="a/b")
    with pytest.raises(UsageError, match=r"run id '\.\.': expected 1 to 128 letters"):
        serving.profiler(tmp_path, run="..")


def test_the_folder(tmp_path: Path) -> None:
    with serving.profiler(tmp_path, directory=tmp_path / "elsewhere") as profiler:
        profiler.update({"request_id": 1, "country": "DE"})
    assert len(list((tmp_path / "elsewhere" / serving.RUN).glob("serving.requests-*.parquet"))) == 1
    parquet = serving.yaml(tmp_path).replace("format: stageprint", "format: parquet")
    with pytest.raises(UsageError, match=r"serving\.requests: expected `directory`, or a source of format stageprint"):
        serving.profiler(tmp_path, config=parse_config(parquet))
    with pytest.raises(UsageError, match="expected a local or mounted folder, got 's3://"):
        serving.profiler(tmp_path, directory="s3://bucket/x")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"flush_seconds": 0}, "flush_seconds: expected a number above 0"),
        ({"buffer_rows": -1}, "buffer_rows"),
        ({"on_error": "ignore"}, "on_error: expected 'log' or 'raise'"),
        ({"stage": "servin"}, "no stage 'servin'"),
        ({"table": "request"}, "no table 'request' in stage 'serving' – did you mean 'requests'"),
    ],
)
def test_wrong_arguments(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        serving.profiler(tmp_path, **wrong)


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pyarrow", "pydantic", "yaml", "scipy", "pyspark"}
    code = f"import sys, stageprint.serving; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 -- ours
    assert out.stdout.strip() == "[]"


def test_using_it_loads_neither_spark_nor_scipy(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(serving.yaml(tmp_path), encoding="utf-8")
    code = (
        "import sys; from stageprint.serving import ServingProfiler\n"
        "with ServingProfiler(sys.argv[1]) as p: p.update({'request_id': 1})\n"
        "print(p.files, sorted({'pyspark', 'scipy', 'delta'} & set(sys.modules)))"
    )
    out = subprocess.run(  # noqa: S603 -- ours
        [sys.executable, "-c", code, str(tmp_path / "shop.yml")], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert out.stdout.strip() == "1 []"
