"""The page ``docs/alerts.md``: what is sent when, and each registered sink with its keys and its YAML."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, Final

from scripts.docs.docstrings import key_rows, markdown
from stageprint.alerts.base import Sink, all_sinks
from stageprint.config.notify import NotifyRule
from stageprint.pipeline.sending import MAX_SECONDS_TO_SEND

_HEAD: Final = """\
# Alerts

<!-- Written by `make docs` from profiling/stageprint/alerts and scripts/docs/alerts.py; edit those, not this page. -->

This page answers: who is notified when the data breaks, what does the message say, and how do you keep it quiet?

`stageprint compare` finds what is wrong in a run and records it as [incidents](on-call.md): one for each problem,
across all the runs that have it. `notify` in the configuration is a list of rules. Each rule names a **sink**, such as
a Slack channel, and says which incidents are sent to it.

```yaml
notify:
  - {sink: slack, token: {env: SLACK_TOKEN}, channel: "#data"}         # every warning and critical incident
  - {sink: pagerduty, routing_key: {env: PAGERDUTY_KEY}, severity: critical, stages: [raw]}
  - {sink: log, file: alerts.jsonl, severity: review}
```

Try your rules before the first night: first without sending anything, then with one message that says it is a test:

```console
$ stageprint notify --config shop.yml --dry-run
$ stageprint notify --config shop.yml --test
```

| key of a rule | default | meaning |
|---|---|---|
{keys}

Add the sink's own keys to the same rule. A misspelt sink or key is an error with file and line, before any work
begins. `owner` is a key of each table in `stages`.

## One incident is one message

| the incident | what is sent |
|---|---|
| begins | `opened`: once, no matter how much it moves downstream |
| gets a higher severity | `worsened`: as an edit of the first message or in its thread, if the sink can do that |
| is still there in the next run, and the next | nothing |
| is over | `resolved`, with the run that no longer has it |
| is the new normal: a person accepted it, or it lasted five runs | `accepted` |
| was reported as over, and is there again | `reopened` |

- In a quiet week, nothing is sent. A declared check that fails for months is one message, not one a night.
- The store records what was sent (table `notifications`). Comparing a run again sends nothing twice, nor do two
  commands that run at once. Incidents that began and ended before anybody was notified, as when `compare --all-runs`
  goes through a year, are not sent.
- If more incidents begin at once than `max_messages`, the worst get a message each, and all others share one. That
  message is closed when the last of its incidents is over.
- If a message did not arrive, the next `compare` or `stageprint notify` sends it. A message that may have arrived is
  also sent again: PagerDuty recognises it by its `dedup_key`, a webhook by the header `Idempotency-Key`.

## It never delays or fails a comparison

Alerts are sent after the results are written. All sinks send at the same time, and `compare` waits at most {seconds}
seconds for all of them together. If a server is busy (429) or broken (500 to 504), the sink tries again within these
seconds, after the delay that the server asks for. If a message was not sent, `compare` prints a line that begins with
`note:`; the exit status and the results do not change. `stageprint notify` exits with 2 in that case.

If a run was profiled again after it was compared, nothing is sent for it: what was found may be gone.

In Python, `stageprint.compare_runs` sends alerts as the command does; `stageprint.notify_run` does what
`stageprint notify` does.

## Secrets

Addresses of chat channels, tokens, keys and passwords are secrets. The configuration says where they are, never what
they are: `{env: NAME}` or `{file: PATH}`. They are read when a message is sent. Errors name only the server.

## What a message says

The first line is the title. The other lines say what was found, what it explains, and what to do next:

```text
[critical] shop: raw.orders.amount: unit change (since run 2026-03-12)
raw.orders.amount is 100 times what it was since 2026-03-12.
It explains changes in 1 other place: features.order_features.amount
Owner: sales
Look first: Divide some values by those of the same rows upstream or in an older copy: the ratio should be the factor.
All about it: `stageprint show 8bf86d144766dc07`. Say that you are on it: `stageprint incidents ack 3f2a9c0d11223344`
```

To replace this text, set `template` to a file with a [Jinja](https://jinja.palletsprojects.com) template. In it you
can use the keys of the JSON object below, and `closed`, `mark` (`[critical]`, `[resolved]`), `how` ("since run …"),
`changed` (what [changed at the same time](on-call.md#what-changed-at-the-same-time)), `look_first`, `place(incident)`,
`words(cause)` and `names(list)`. The template runs in a sandbox. [Messages](messages.md) shows one message for each
cause.

```text
{{ mark }} {{ pipeline }}: {{ place(incidents[0]) }}
{{ incidents[0].sentence }}
Runbook: https://wiki.example.com/data/{{ incidents[0].cause }}
```

The sinks `log` and `webhook` send JSON. The entries of `incidents` have the keys of
`stageprint incidents list --format json` without `notified`, plus `owner`; `findings` are the findings of these
incidents in that run, as in `stageprint findings --format json`. `key` is the same in all messages about an incident.
`total` is the number of incidents; a message holds at most 50 of them. Texts longer than 2,000 characters are cut, and
say so.

```json
{
  "at": "2026-03-12T04:30:00+00:00",
  "pipeline": "shop",
  "run_id": "2026-03-12",
  "event": "opened",
  "key": "3f2a9c0d11223344",
  "severity": "critical",
  "total": 1,
  "learning": null,
  "incidents": [
    {
      "incident_id": "3f2a9c0d11223344",
      "status": "new",
      "severity": "critical",
      "cause": "unit_change",
      "stage": "raw",
      "table": "orders",
      "column": "amount",
      "opened_run": "2026-03-12",
      "runs_seen": 1,
      "sentence": "raw.orders.amount is 100 times what it was since 2026-03-12.",
      "owner": "sales"
    }
  ],
  "findings": []
}
```

**Sensitive columns.** An alert never contains a value of a column that is
[declared `sensitive`](configuration.md#sensitive-columns), even if the store holds it. An incident or finding about
such a column keeps its place, cause, severity and first run; its `evidence` is empty, and its `sentence` says that
details are left out. The same holds for columns inside a sensitive one, for columns downstream that have its name or
are `derived_from` it, for findings about a whole table whose event time is sensitive, and for a sentence or evidence
that mentions a sensitive column. The value of a slice by such a column is left out.

## Sinks
"""

_TAIL: Final = """\
## A sink of your own

A sink is one file, `profiling/stageprint/alerts/NAME.py`. stageprint finds it automatically.

```python
from typing import ClassVar

from stageprint.alerts.base import Settings, Sink
from stageprint.errors import AlertError
from stageprint.model.alert import Alert


class SpoolSettings(Settings):
    \"\"\"Where the alerts go.

    Attributes:
        folder: The folder that gets a file for each incident.
    \"\"\"

    folder: str


class Spool(Sink[SpoolSettings]):
    \"\"\"Writes a file for each incident into a folder.

    Example:
        - {sink: spool, folder: /var/spool/alerts}
    \"\"\"

    name: ClassVar[str] = "spool"
    settings_model: ClassVar[type[Settings]] = SpoolSettings

    def send(self, alert: Alert) -> None:
        \"\"\"Write the file; the one that closes the incident takes the place of the one that opened it.\"\"\"
        try:
            with open(f"{self.settings.folder}/{alert.key}.json", "w", encoding="utf-8") as file:
                file.write(alert.to_json())
        except OSError as error:
            raise AlertError(f"{self.settings.folder}: {error.strerror}") from error
```

- `__init__` must not open anything. If sending fails, `send` raises `AlertError` with a message that says what failed,
  and never contains a secret.
- If `send` waits for another machine, it must give up by itself after a few seconds. What it returns becomes
  `alert.reference` of the next message about the same incident, such as the thread of the first message.
- `self.text(alert)` is the title and the text, made with the rule's `template`. `post_json` of
  `stageprint.alerts.base_http` tries again if a server is busy. Use `SecretRef` of `base_secrets` for a key that holds
  a secret.
- If only this sink needs a library, import it in `send` and name it in an extra of `pyproject.toml`.
- `make docs` lists the sink on this page. `tests/contracts/test_one_sink.py` shows that nothing else is needed. Test
  what is special about the sink in `tests/unit/alerts`.
"""


def alerts_page() -> str:
    """Return ``docs/alerts.md``."""
    head = _HEAD.replace("{seconds}", f"{MAX_SECONDS_TO_SEND:g}").replace("{keys}", "\n".join(key_rows(NotifyRule)))
    return "\n".join([head, *(_section(name, sink) for name, sink in all_sinks().items()), _TAIL])


def _section(name: str, sink: type[Sink[Any]]) -> str:
    text, _, example = (inspect.getdoc(sink) or "").partition("Example:\n")
    yaml = textwrap.indent(textwrap.dedent(example).strip(), "  ")
    rows = list(key_rows(sink.settings_model))
    table = "\n".join(["| key | default | meaning |", "|---|---|---|", *rows]) if rows else "No keys of its own."
    return f"### {name}\n\n{markdown(text)}\n\n{table}\n\n```yaml\nnotify:\n{yaml}\n```\n"
