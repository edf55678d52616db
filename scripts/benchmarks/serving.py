"""Measures what `ServingProfiler` costs a service, and prints one line of JSON.

    python -m scripts.benchmarks.serving --requests 20000 --threads 4 --rounds 3

- in one process, without HTTP: time of `update` and CPU of everything (sketches and files included) per 1,000 rows;
- over HTTP, scripts/demo/serving_app.py under uvicorn: latency with and without the profiler, in alternating rounds;
- import time of `stageprint.serving` and of the first profiler, in a fresh interpreter; memory of the service.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.demo.serving_app import SCHEMA, score
from stageprint.serving import ServingProfiler

ROOT = Path(__file__).resolve().parents[2]

_CONFIG = """\
pipeline: bench
store: {root}/store
stages:
  - name: serving
    role: serving
    tables:
      - name: requests
        source: {{format: stageprint, path: "{root}/profiles/{{run_id}}"}}
        keys: [request_id]
        event_time: served_at
"""

_IMPORT = """\
import time
start = time.perf_counter()
import stageprint.serving
middle = time.perf_counter()
import numpy, pyarrow, pyarrow.compute, pyarrow.parquet, pydantic
pyarrow.array([None])
own = time.perf_counter()
stageprint.serving.ServingProfiler({config!r}).close()
print(1e3 * (middle - start), 1e3 * (own - middle), 1e3 * (time.perf_counter() - own))
"""


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.serving", description="Measure what ServingProfiler costs a service."
    )
    parser.add_argument("--requests", type=int, default=20_000, help="requests a round (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="clients at once (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds with and without (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
        config = Path(folder) / "serving.yml"
        config.write_text(_CONFIG.format(root=folder), encoding="utf-8")
        result = {
            "requests": options.requests * options.rounds,
            "threads": options.threads,
            "cores": os.cpu_count(),
            **import_times(config),
            **in_process(config),
            **over_http(config, options.requests, options.threads, options.rounds),
        }
    sys.stdout.write(json.dumps(result) + "\n")


def import_times(config: Path) -> dict[str, float]:
    """Return the milliseconds of three steps, medians of 5: import our package, its libraries, make a profiler."""
    runs = []
    for _ in range(5):
        code = _IMPORT.format(config=str(config))
        out = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 -- ours
        runs.append([float(part) for part in out.stdout.split()])
    names = ("import_ms", "import_libraries_ms", "first_profiler_ms")
    return {name: round(statistics.median(run[place] for run in runs), 1) for place, name in enumerate(names)}


def in_process(config: Path, rows: int = 100_000) -> dict[str, float]:
    """Return milliseconds per 1,000 rows given one by one: the time of the caller, and all CPU time until written."""
    features = [_request(number) | {"dest": "SFO", "wind_speed": 5.0, "visib": 10.0} for number in range(rows)]
    served = [row | {"score": score(row), "late": False, "model_version": "1"} for row in features]
    profiler = ServingProfiler(config, columns=SCHEMA, on_error="raise")
    cpu, spent = time.process_time(), 0.0
    for row in served:
        start = time.perf_counter()
        profiler.update(row)
        spent += time.perf_counter() - start
    profiler.close()
    cpu = time.process_time() - cpu
    empty = time.process_time()
    for _ in served:
        start = time.perf_counter()
        time.perf_counter()
    cpu -= time.process_time() - empty
    thousands = rows / 1000
    return {
        "update_ms_per_1000_rows": round(1e3 * spent / thousands, 2),
        "cpu_ms_per_1000_rows": round(1e3 * cpu / thousands, 2),
        "columns": len(SCHEMA),
    }


def over_http(config: Path, requests: int, threads: int, rounds: int) -> dict[str, Any]:
    """Return latencies in milliseconds, throughput and memory, with and without the profiler."""
    times: dict[bool, list[float]] = {True: [], False: []}
    seconds: dict[bool, float] = {True: 0.0, False: 0.0}
    memory: dict[bool, int] = {True: 0, False: 0}
    for turn in range(rounds):
        for profiled in (True, False) if turn % 2 else (False, True):
            with service(config, profiled=profiled) as (port, process):
                load(port, min(requests, 500), threads)  # connections, caches, the first batch
                start = time.perf_counter()
                times[profiled] += load(port, requests, threads)
                seconds[profiled] += time.perf_counter() - start
                memory[profiled] = max(memory[profiled], _resident(process.pid))
    result: dict[str, Any] = {}
    for profiled, name in ((False, "without"), (True, "with")):
        cuts = statistics.quantiles(times[profiled], n=1000)
        result[f"p50_ms_{name}"] = round(1e3 * cuts[499], 3)
        result[f"p99_ms_{name}"] = round(1e3 * cuts[989], 3)
        result[f"requests_per_second_{name}"] = round(requests * rounds / seconds[profiled])
        result[f"memory_mb_{name}"] = round(memory[profiled] / 1e6, 1)
    spent = (seconds[True] - seconds[False]) / (requests * rounds)
    result["overhead_ms_per_1000_rows"] = round(1e6 * spent, 2)
    return result


@contextmanager
def service(config: Path, *, profiled: bool) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the application under uvicorn; yields its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"STAGEPRINT_CONFIG": str(config), "STAGEPRINT_PROFILE": "1" if profiled else "0"}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "scripts.demo.serving_app:app",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    with subprocess.Popen([*command, "--no-access-log"], cwd=ROOT, env=environment) as process:  # noqa: S603 -- ours
        try:
            _wait(port, process)
            yield port, process
        finally:
            process.terminate()
            process.wait(30)


def load(port: int, requests: int, threads: int) -> list[float]:
    """Send requests from several threads, each over one connection; return the seconds each took."""
    taken: list[list[float]] = [[] for _ in range(threads)]

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for at in range(number, requests, threads):
            body = json.dumps(_request(at))
            start = time.perf_counter()
            connection.request("POST", "/score", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            taken[number].append(time.perf_counter() - start)
            if answer.status != 200:
                message = f"request {at}: status {answer.status}"
                raise RuntimeError(message)
        connection.close()

    workers = [threading.Thread(target=client, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = [seconds for part in taken for seconds in part]
    if len(found) != requests:
        message = f"{requests - len(found)} of {requests} requests failed"
        raise RuntimeError(message)
    return found


def _request(number: int) -> dict[str, Any]:
    temp = None if number % 10 == 0 else 30 + number % 50
    carrier = ("UA", "EV", "DL", "AA", "B6")[number % 5]
    distance = 200 + 7 * number % 2300
    return {
        "request_id": number,
        "carrier": carrier,
        "origin": ("EWR", "JFK", "LGA")[number % 3],
        "distance": distance,
        "hour": number % 24,
        "temp": temp,
        "wind_speed": None,
        "visib": 10.0,
    }


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    message = "the service did not start; see its output above"
    raise RuntimeError(message)


def _resident(pid: int) -> int:
    """Return a process's resident bytes; 0 where the system has no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
