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

A learned baseline takes for normal whatever was broken from the start. So in the run that first profiles a table,
stageprint tells you what is suspicious about it *by itself*, without any history:

```console
$ stageprint findings --config shop.yml --run 2026-03-01
```

```text
first look at tables that run 2026-03-01 profiled first (told once, never an alert)
  sentinel value: raw.weather.gust is -999 in 40 of 2,226 rows, far from all other values: it may stand for 'not known'.
  near duplicate labels: raw.planes.model has labels that are hardly different: 'FALCON XP', 'FALCON-XP'.
```

`findings` shows it as the last section (for the run you name, otherwise for the latest one), the report below the
findings. `compare` and `runs list` say in one line that there is one. `findings --format json` lists its remarks as
objects with the keys of findings, severity `review` and class `first look`; the cause is the rule's name.
`stageprint scan` shows it for files.

- **Told once.** It belongs to the run that first profiled the table; later runs do not repeat it. A table that is
  added later has its first look then. If later stages copy a column, the remark appears only at the earliest stage.
- **Never an alert.** It changes no exit status and no severity, and is not sent anywhere. `accept` and `show` do not
  know it, because nothing is stored: it is made from the stored profile each time it is shown. If a table is profiled
  again, it follows the new profile; if the profile is deleted, it is gone too.
- **Quiet.** On 730 public tables with 5,403 columns (from R's packages and vega, in files without data types) it made
  44 remarks, all of them true of the data: 21 columns with a single value, 14 with dates stored as text, 4 with
  placeholders for "not known", 3 with labels that are hardly different, one without any value, one with mixed formats.
  On the demo it makes one.
- **No values of [sensitive columns](sensitive.md).** About these it says only that they are null in all rows, or that
  a key repeats.

Declare a [check](checks.md) for what must hold from now on.

## The rules

| rule | finds | details, and when it stays quiet |
|---|---|---|
"""
_TAIL: Final = """\

Each rule is one file in `profiling/stageprint/first_look`, found by the registry. It sees only the stored profile of a
table: the [metrics](metrics.md) of its columns, its keys and the event time.
"""


def first_look_page() -> str:
    """Return the page."""
    return _HEAD + "".join(_rows()) + _TAIL


def _rows() -> Iterator[str]:
    for name, rule in all_rules().items():
        first, _, rest = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
        quiet = " ".join(rest.split())
        yield f"| `{name}` | {markdown(' '.join(first.split()))} | {markdown(quiet)} |\n"
