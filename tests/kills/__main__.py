"""The command line of the kills: `python -m tests.kills --kills 1000`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from tests.kills.trials import Tally, kill_many
from tests.support.reliability import Seen, write, write_searched


def main() -> int:
    """Kill commands, print what was left, and return 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="kills at the same time, each in stores of their own")
    parser.add_argument("--keep", action="store_true", help="keep the result in docs/reliability/")
    options = parser.parse_args()
    began = time.monotonic()
    total = Tally()
    with tempfile.TemporaryDirectory() as folder:
        spawned = get_context("spawn")
        parts = []
        for number in range(options.processes):
            mine, theirs = spawned.Pipe(duplex=False)
            kills = options.kills // options.processes + (number < options.kills % options.processes)
            process = spawned.Process(
                target=kill_many, args=(Path(folder) / str(number), options.seed * 1000 + number, kills, theirs)
            )
            process.start()
            theirs.close()
            parts.append((process, mine))
        for process, mine in parts:
            total.add(mine.recv())
            process.join()
    for problem in total.problems:
        print(problem)
    result = {
        "kills": total.kills,
        "rows_lost": total.rows_lost,
        "rows_duplicated": total.rows_duplicated,
        "false_all_clears": total.false_all_clears,
        "values_found": total.values_found,
        "seed": options.seed,
        "seconds": round(time.monotonic() - began),
        "said": dict(sorted(total.said.items())),
    }
    if options.keep:
        said = ", ".join(f"{text} ({number} ×)" for text, number in sorted(total.said.items()))
        what = "`profile` or `compare` is killed at a random moment"
        meanwhile = f"`findings`: {said}; false all-clears: {total.false_all_clears}"
        kept = Seen(what, total.kills, total.rows_lost, total.rows_duplicated, meanwhile, "none: the process is gone")
        write("kills", [kept])
        write_searched(what, total.kills, total.searched_bytes, total.values_found)
    print(json.dumps(result))
    bad = total.rows_lost, total.rows_duplicated, total.false_all_clears, total.values_found
    return 1 if any(bad) else 0


if __name__ == "__main__":
    sys.exit(main())
