"""The page ``docs/first-look.md``: what the first look is, and each registered rule."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

from scripts.docs.docstrings import markdown
from stageprint.first_look import all_rules

_HEAD: Final = """\
# The first look

<!-- Written by `make docs` from profiling/stageprint/first_look and scripts/docs/first_look.py; edit those instead. -->

What was broken from the start is what a learned baseline takes for normal. So in the run that first profiles a table,
what is suspicious about it *by itself*, without any history, is told:

```console
$ stageprint findings --config shop.yml --run 2026-03-01
```

```text
first look at tables that run 2026-03-01 profiled first (told once, never an alert)
  sentinel value: raw.weather.gust is -999 in 40 of 2,226 rows, far from all other values: it may stand for 'not known'.
  near duplicate labels: raw.planes.model has labels that are hardly different: 'FALCON XP', 'FALCON-XP'.
```

It is a section at the end of `findings` (of a run that is named, else of the latest one) and below the findings on the
report's page; `compare` and `runs list` say in one line that there is one. In `findings --format json` it is objects
with the keys of findings, severity `review` and class `first look`; the cause is the rule's name. `stageprint scan`
shows it for files.

- **Told once.** It belongs to the run that profiled the table first; later runs do not repeat it. A table that joins
  later has its first look then. The same of a column that later stages copy is told where it comes first.
- **Never an alert.** It changes no exit status and no severity, is sent nowhere, and is no finding that `accept` or
  `show` would know: nothing is stored. It is made from the stored profile when it is shown, so it follows the profile
  when a table is profiled again, and is gone with it.
- **Quiet.** On 730 public tables with 5,403 columns (those of R's packages and of vega, in files without types) it made
  44 remarks, and each is true of the data: 21 columns of one value, 14 of dates stored as text, 4 with values for "not
  known", 3 with labels that are hardly different, one without any value, one of mixed formats; on the demo it is one.
- **No value of a [sensitive column](sensitive.md)** is shown. Of these it says only that they are null in all rows, or
  that a key repeats.

Declare a [check](checks.md) for what must hold from now on.

## The rules

| rule | finds | when it is quiet |
|---|---|---|
"""
_TAIL: Final = """\

A rule is one file in `profiling/stageprint/first_look`, found by the registry. It sees the stored profile of a table
alone: the [metrics](metrics.md) of its columns, keys and the event time.
"""


def first_look_page() -> str:
    """Return the page."""
    return _HEAD + "".join(_rows()) + _TAIL


def _rows() -> Iterator[str]:
    for name, rule in all_rules().items():
        first, _, rest = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
        quiet = " ".join(rest.split())
        yield f"| `{name}` | {markdown(' '.join(first.split()))} | {markdown(quiet)} |\n"
