"""The page ``docs/alerts.md``: what is sent when, and each registered sink with its keys and its YAML."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, Final

from scripts.docs.docstrings import key_rows, markdown
from stageprint.alerts.base import Sink, all_sinks
from stageprint.pipeline.notify import MAX_SECONDS_TO_SEND

_HEAD: Final = """\
# Alerts

<!-- Written by `make docs` from profiling/stageprint/alerts and scripts/docs/alerts.py; edit those, not this page. -->

`stageprint compare` can tell somebody what it found. `notify` in the configuration is a list of rules; each names a
**sink**, such as a log file, and says which findings go there.

```yaml
notify:
  - {sink: log, file: alerts.jsonl}                           # every warning and critical finding
  - {sink: log, severity: critical, stages: [raw]}            # to stderr, what began in the stage raw
  - {sink: log, file: orders.jsonl, severity: review, tables: [raw.orders]}
```

| key of a rule | default | meaning |
|---|---|---|
| `sink` | required | the name of one of the [sinks](#sinks) |
| `severity` | `warning` | the lowest severity that is sent: `critical`, `warning` or `review` |
| `stages` | – | only findings that began in these stages |
| `tables` | – | only findings that began in these tables: `stage.table`, or the table's name alone |

The sink's own keys stand beside them. A misspelt sink or key is an error with file and line, before any work begins.

## What is sent when

- When `compare` has written the results of all its runs, each rule sends, for each run, one alert with the
  findings that match it, worst first. A run without such findings sends nothing. Failed checks are not sent.
- Comparing a run again sends its alerts again. `compare --all-runs` sends an alert for each run that has findings.
- An alert that is not sent, for whatever reason, changes neither results nor exit status: `compare` says it in a line
  that begins with `note:`. Sinks send at the same time, and `compare` waits {seconds} seconds for all of them together;
  then it goes on and says which alerts may not have arrived.
- `stageprint notify` sends what the stored findings of a run would send, and exits with 2 if an alert was not sent.
  Of a run that was not compared since it was profiled it sends nothing and exits with 2: silence would look like an
  all-clear.
  With `--dry-run` it shows them and sends nothing: this is how to try rules.

```console
$ stageprint notify --config shop.yml --run 2026-03-12 --dry-run
```

In Python, `stageprint.compare_runs` sends alerts as the command does; `stageprint.notify_run` is `stageprint notify`.

## What an alert holds

An alert is about one run. As JSON it has these keys; findings have those of `stageprint findings --format json`.
`learning` is null, or says how many columns had too few earlier runs to be judged: "2 of 9 columns are still learning
(1 more run): …".

```json
{
  "at": "2026-03-12T04:30:00+00:00",
  "pipeline": "shop",
  "run_id": "2026-03-12",
  "learning": null,
  "findings": [
    {
      "finding_id": "8bf86d144766dc07",
      "run_id": "2026-03-12",
      "severity": "critical",
      "cause": "unit_change",
      "class": "data",
      "stage": "raw",
      "table": "orders",
      "column": "amount",
      "first_run": "2026-03-12",
      "explains": ["features.order_features.amount"],
      "confidence": 0.99,
      "alternatives": [],
      "evidence": {"factor": 100.0},
      "sentence": "raw.orders.amount is 100 times what it was since 2026-03-12.",
      "beside": [],
      "told_once": false
    }
  ]
}
```

**Sensitive columns** No value of a column that is [declared `sensitive`](configuration.md#sensitive-columns) leaves in
an alert, whatever the store may hold of it. A finding about such a column keeps its place, cause, severity and first
run; its `evidence` is empty, and its `sentence` says that details are left out. The same holds for columns inside a
sensitive one, for columns downstream that have its name or are `derived_from` it, for findings about a whole table
whose event time is sensitive, and for a sentence or evidence that mentions a sensitive column.

## Sinks
"""

_TAIL: Final = """\
## A sink of your own

A sink is one file, `profiling/stageprint/alerts/NAME.py`; it is found by itself.

```python
from typing import ClassVar

from stageprint.alerts.base import Settings, Sink
from stageprint.errors import AlertError
from stageprint.model.alert import Alert


class SpoolSettings(Settings):
    \"\"\"Where the alerts go.

    Attributes:
        folder: The folder that gets a file for each run.
    \"\"\"

    folder: str


class Spool(Sink[SpoolSettings]):
    \"\"\"Writes a file for each run into a folder.

    Example:
        - {sink: spool, folder: /var/spool/alerts}
    \"\"\"

    name: ClassVar[str] = "spool"
    settings_model: ClassVar[type[Settings]] = SpoolSettings

    def send(self, alert: Alert) -> None:
        \"\"\"Write the file.\"\"\"
        try:
            with open(f"{self.settings.folder}/{alert.run_id}.json", "w", encoding="utf-8") as file:
                file.write(alert.to_json())
        except OSError as error:
            raise AlertError(f"{self.settings.folder}: {error.strerror}") from error
```

- `__init__` opens nothing; `send` raises `AlertError` with a message that says what failed, and never a secret.
- `send` gives up by itself after a few seconds where it waits for another machine.
- A library that only this sink needs is imported in `send` and named in an extra of `pyproject.toml`.
- `make docs` lists the sink on this page. `tests/contracts/test_one_sink.py` shows that nothing else is needed; what is
  special about the sink gets a test in `tests/unit/alerts`.
"""


def alerts_page() -> str:
    """Return ``docs/alerts.md``."""
    head = _HEAD.replace("{seconds}", f"{MAX_SECONDS_TO_SEND:g}")
    return "\n".join([head, *(_section(name, sink) for name, sink in all_sinks().items()), _TAIL])


def _section(name: str, sink: type[Sink[Any]]) -> str:
    text, _, example = (inspect.getdoc(sink) or "").partition("Example:\n")
    yaml = textwrap.indent(textwrap.dedent(example).strip(), "  ")
    rows = list(key_rows(sink.settings_model))
    table = "\n".join(["| key | default | meaning |", "|---|---|---|", *rows]) if rows else "No keys of its own."
    return f"### {name}\n\n{markdown(text)}\n\n{table}\n\n```yaml\nnotify:\n{yaml}\n```\n"
