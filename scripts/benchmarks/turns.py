"""Times cases that take turns, so that what else the machine does meets all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from scripts.benchmarks.measure import Result, failed, median, worker_peak_mib


def in_turns(
    cases: Mapping[str, Callable[[], object]], rounds: int, rows: int, columns: int, warm: int = 1
) -> Iterator[Result]:
    """Yield the seconds of each case.

    Args:
        cases: Name → what is timed. ``scan_x`` is the bare scan beside ``profile_x``; a scan that is the only one is
            beside all.
        rounds: Rounds, in each of which every case is run once.
        rows: Rows of the data.
        columns: Columns of the data.
        warm: Rounds before them that are not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in cases}
    errors: dict[str, Exception] = {}
    for _ in range(rounds + warm):
        for name, run in cases.items():
            started = time.monotonic()
            try:
                run()
            except Exception as error:  # noqa: BLE001 -- the other cases are still measured
                errors[name] = error
            times[name].append(time.monotonic() - started)
    scans = [name for name in cases if name.startswith("scan_")]
    peak = worker_peak_mib()
    for name, found in times.items():
        if name in errors:
            yield failed(name, rows, columns, errors[name])
            continue
        scan = scans[0] if len(scans) == 1 else f"scan_{name.partition('_')[2]}"
        floor = None if scan in errors or scan not in times else median(tuple(times[scan][warm:]))
        more = {"worker_peak_mib": round(peak)} if name.startswith("profile") and peak is not None else {}
        yield Result(name, rows, columns, median(tuple(found[warm:])), floor, tuple(found[warm:]), more)
