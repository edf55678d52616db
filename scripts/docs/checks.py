"""The page ``docs/checks.md``: what each registered check expects, its parameters, its YAML."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, Final

from scripts.docs.docstrings import key_rows, markdown
from stageprint.checks import Check, all_checks

_HEAD: Final = """\
# Checks

<!-- Written by `make docs` from profiling/stageprint/checks; edit the check's file, not this page. -->

A check is an expectation that you declare beside a table, such as "no nulls" or "at least 20,000 rows". It needs no
history and no second scan: it is evaluated from the table's stored profile. It ends in one of three ways: **pass**,
**fail**, or **not computable** with the reason, which never counts as a pass. If a figure misses its bound by no more
than sketch error, the check passes and says so. If the table does not have the column, the check fails.

```yaml
keys: [year, month, day, carrier, flight, origin]
references: {tailnum: raw.planes.tailnum}    # a foreign key
checks:
  - row_count: {min: 20000}
  - not_null: [year, month, day]             # columns alone
  - accepted_values: {column: origin, values: [EWR, JFK, LGA]}
  - {check: completeness, column: dep_delay, min_share: 0.9, severity: warning}   # or parameters beside the name
  - freshness: 2d                            # the main parameter alone
  - key_unique                               # nothing to say
```

`column` may be a list: the check is declared for each. `severity` is `critical` (the default), `warning` or `review`;
it says how serious a failure is. A misspelt check, key or value is an error with file and line before any work begins.

**Keys.** Rows that repeat a declared key are counted exactly: from the key's theta sketch (a sample of the hashes of
its values, from which distinct values are counted) while that holds all of them (4,096 keys with the default
`sketches.theta_lg_k`), else by one more Spark aggregation over the key's columns. `exact_keys: false` beside a table
leaves this aggregation out; `key_unique` is then `not_computable` where the sketch alone cannot decide.

**Foreign keys.** `references` names, for a column, the `stage.table.column` it points at. A theta sketch is kept of
both, and a `key_coverage` of 100 % at severity `warning` is checked, unless the table declares a `key_coverage` of the
same two columns.

**Running.** `stageprint compare` evaluates the checks of the runs it compares, and its exit status counts failed ones
at or above `--fail-on`; `stageprint check` evaluates them alone. Both write `check_results` and, of compared runs,
[incidents](on-call.md). `check_results` has one row for each run, table, column and check:

| column | holds |
|---|---|
| `pipeline, run_id, stage, table_name, column_name` | where; `:table` for a check of the whole table |
| `check_name, severity` | the check, and how serious its failure is: critical, warning or review |
| `status` | pass, fail or not_computable |
| `expected, observed, message` | in words: what was declared, what the profile holds, both in one sentence |
| `reason` | why it was not computable |

The view `failed_checks` holds what did not pass in each pipeline's latest run. `stageprint findings` and the HTML
report show failed checks beside the findings. `findings --format json` lists findings alone; `check --format json`
lists checks with `run_id, stage, table, column, check, status, severity, expected, observed, reason, message`.

**Starting.** `stageprint suggest` proposes checks from the profiles of past runs, as YAML to paste, each with its
evidence as a comment. It proposes what held in every run it looked at (three at least), and leaves out what is declared
already.
"""


def checks_page() -> str:
    """Return ``docs/checks.md``."""
    levels = {"column": "Checks on a column", "table": "Checks on a table"}
    parts = [_HEAD]
    for level, title in levels.items():
        mine = {name: check for name, check in all_checks().items() if check.level == level}
        links = ", ".join(f"[`{name}`](#{name})" for name in mine)
        parts.append(f"## {title}\n\n{links}\n")
        parts += [_section(name, check) for name, check in mine.items()]
    return "\n".join(parts)


def _section(name: str, check: type[Check[Any]]) -> str:
    text, _, example = (inspect.getdoc(check) or "").partition("Example:\n")
    yaml = textwrap.indent(textwrap.dedent(example).strip(), "  ")
    rows = ["| `column` | required | The column, or a list of columns. |"] if check.level == "column" else []
    rows += key_rows(check.model, check.short)
    table = "\n".join(["| parameter | default | |", "|---|---|---|", *rows]) if rows else "No parameters."
    return f"### {name}\n\n{markdown(text)}\n\n{table}\n\n```yaml\nchecks:\n{yaml}\n```\n"
