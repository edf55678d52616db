"""The `stageprint` command line: parses, calls one use case, shows the result, returns an exit status.

Adding a command is one file in `commands` and one test. What commands share:

- `command`: the decorator that makes a command and its help page, and the groups that find commands by themselves
- `options`: options that several commands have
- `selection`: which runs a command line means
- `output`: stdout, stderr and progress
- `wiring`: which engine and which store serve; the only module that names them
- `statuses`: exit statuses
- `program`: the program itself and how it reports errors
"""

from __future__ import annotations

from stageprint.cli.program import main, run

__all__ = ["main", "run"]
