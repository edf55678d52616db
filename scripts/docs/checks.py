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

A check is an expectation that you declare for a table, such as "no nulls" or "at least 20,000 rows". It needs no
history and no second scan: stageprint evaluates it from the table's stored profile. The result is **pass**, **fail**,
or **not computable** with a reason, which never counts as a pass. If a figure misses its bound by no more than the
sketch error, the check passes and says so. If the table does not have the column, the check fails.

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

`column` may be a list: this declares the check for each column. `severity` says how serious a failure is: `critical`
(the default), `warning` or `review`. A misspelt check, key or value is an error with file and line before any work
begins.

**Keys.** Rows that repeat a declared key are counted exactly. The count comes from the key's theta sketch (a sample of
the hashes of its values, used to count distinct values) as long as the sketch holds all of them (4,096 keys with the
default `sketches.theta_lg_k`). Beyond that, one more Spark aggregation over the key's columns counts them. To skip
this aggregation, set `exact_keys: false` on the table; `key_unique` is then `not_computable` where the sketch alone
cannot decide.

**Foreign keys.** `references` gives, for a column, the `stage.table.column` that it points to. stageprint keeps a
theta sketch of both columns and checks a `key_coverage` of 100 % at severity `warning`, unless the table declares a
`key_coverage` for the same two columns.

**Running.** `stageprint compare` evaluates the checks of the runs it compares; failed checks at or above `--fail-on`
count towards its exit status. `stageprint check` evaluates only the checks. Both write `check_results` and, for
compared runs, [incidents](on-call.md). `check_results` has one row for each run, table, column and check:

| column | holds |
|---|---|
| `pipeline, run_id, stage, table_name, column_name` | what was checked; `:table` for a check of the whole table |
| `check_name, severity` | the check, and how serious its failure is: critical, warning or review |
| `status` | pass, fail or not_computable |
| `expected, observed, message` | in words: what you declared, what the profile holds, both in one sentence |
| `reason` | why the check was not computable |

The view `failed_checks` lists the checks that did not pass in each pipeline's latest run. `stageprint findings` and
the HTML report show failed checks beside the findings. `findings --format json` lists only findings;
`check --format json` lists checks with
`run_id, stage, table, column, check, status, severity, expected, observed, reason, message`.

**Starting.** `stageprint suggest` proposes checks from the profiles of past runs, as YAML to paste, each with its
evidence as a comment. It proposes what held in every run it looked at (at least three). It leaves out what you have
already declared, and what a healthy run is bound to break, such as a list of the versions of a model.
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
