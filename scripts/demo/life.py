"""``python -m scripts.demo.life``: writes docs/incident-life.md, the life of the demo's incidents as it was seen then.

After ``make demo``: the demo's data are profiled and compared again, month by month and without Spark, into a store of
its own; what the commands print and what is sent is what the page shows. `tests/demo` holds the page to it.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from scripts.demo.months import MONTHS
from scripts.demo.tour import CONFIG
from stageprint.alerts.base import Settings, Sink
from stageprint.api import open_results, profile_runs
from stageprint.cli import run as stageprint
from stageprint.config.loader import load_config
from stageprint.config.notify import NotifyRule
from stageprint.config.pipeline import PipelineConfig
from stageprint.model.alert import Alert
from stageprint.pipeline.compare import compare
from stageprint.ports import AlertRoute
from stageprint.stores.opening import open_store

PAGE: Final = Path("docs/incident-life.md")
STORE: Final = "build/demo/life"
_YAML: Final = "build/demo/life.yml"
_WIDTH: Final = "100"
_WHY: Final = "the join with planes is to be a left join again"

_TEXT: Final = """\
# The life of an incident

<!-- Written by `python -m scripts.demo.life` from the demo's data; edit that, not this page. -->

Twelve months of the [demo](demo.md), one run a month, as the person on call saw them: what was sent, and what
`stageprint incidents list` printed on that day. Two faults were planted, in June and in October. For the terms, see
[on call](on-call.md); the pictures are from [the report](report.md). The times shown are those when this page was
made.

![A line a run: whether it is all right, the worst finding, and a link to its page](images/life-runs.png)

## January to May: nothing is sent

stageprint [learns](decisions.md) from the first three runs and judges the runs after them. Nothing is wrong, and
{quiet} messages are sent.

## June: an incident opens

The join of flights with planes has become an inner join: flights whose planes are not in the registry are gone.
Everything computed from the joined table moves with it. That is one incident, and one message:

```text
{june_sent}
```

The report's first screen says the same: where the problem began, the edge on which rows are lost, and what follows
from it.

![June: one critical finding, its origin and the edge that is blamed](images/report-first-screen.png)

```console
$ stageprint incidents list --config conf/nycflights.yml
```

```text
{june}
```

`stageprint show` gives [the query for the lost rows](report.md#the-rows), and their number. Somebody takes the
incident and says so:

```console
$ stageprint incidents ack {june_id} --why "{why}" --config conf/nycflights.yml
```

```text
{acknowledged}
```

## July: it is resolved

The join is fixed. Nobody has to close anything: July's run was compared and no longer has the incident.

```text
{july_sent}
```

```text
{july}
```

![July: no findings](images/life-july.png)

June's run is not used to judge July: it was flagged, so July is compared with the runs before June.

## August and September: nothing is sent

{august} messages are sent.

## October: another one

New York's local time is labelled as UTC. This has nothing to do with the first incident, and is a separate one.

```text
{october_sent}
```

![October: the clock has moved by four hours; dashed is now, turned forward](images/life-october.png)

## November: resolved

```text
{november_sent}
```

## December: a fact of the data

Nobody planted this one. The weather data end on 30 December, a day before the flights do, and the serving team's code
finds no weather for the flights of the last day.

```text
{december_sent}
```

At the end of the year, one incident is open and two are closed, each with the run that no longer had it:

```text
{december}
```
"""


class KeptMessages(Sink[Settings]):
    """A sink that keeps what would be sent to a chat channel."""

    name: ClassVar[str] = "chat"
    settings_model: ClassVar[type[Settings]] = Settings

    def __init__(self) -> None:
        super().__init__(Settings())
        self.sent: list[str] = []

    def send(self, alert: Alert) -> None:
        """Keep the message."""
        text = self.text(alert)
        self.sent.append(f"{text.title}\n{text.body}")


@dataclass
class Month:
    """What was seen after a month's run."""

    sent: list[str] = field(default_factory=list)
    listed: str = ""
    acknowledged: str = ""


def main() -> int:
    """Write the page; return the exit status."""
    if not Path("build/demo/data").is_dir():
        sys.stderr.write("build/demo/data does not exist: `make demo` first\n")
        return 2
    PAGE.write_text(page(lived(), _june()), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
    return 0


def lived() -> dict[str, Month]:
    """Profile and compare every month in order; return what was seen after each."""
    shutil.rmtree(STORE, ignore_errors=True)
    Path(_YAML).write_text(Path(CONFIG).read_text("utf-8").replace("build/demo/store", STORE), "utf-8")
    config = load_config(_YAML)
    sink = KeptMessages()
    found = {}
    for run in MONTHS:
        found[run] = _month(config, run, sink)
        if run == "2013-06":
            words = ("incidents", "ack", _june(), "--why", _WHY, "--config", _YAML)
            found[run].acknowledged = printed(*words)
    return found


def _june() -> str:
    """Return the id of June's incident."""
    (june,) = [one for one in open_results(load_config(_YAML)).incidents() if one.opened_run == "2013-06"]
    return june.incident_id


def _month(config: PipelineConfig, run: str, sink: KeptMessages) -> Month:
    sink.sent = []
    profile_runs(config, [run], engine="local")
    compare(config, [run], store=open_store(config), routes=[AlertRoute(NotifyRule(sink=sink.name), sink)])
    return Month(list(sink.sent), printed("incidents", "list", "--config", _YAML))


def printed(*words: str) -> str:
    """Return what a command prints on a terminal of the page's width."""
    with _columns(), contextlib.redirect_stdout(io.StringIO()) as out:
        stageprint(list(words))
    return out.getvalue().replace(STORE, "build/demo/store").rstrip("\n")


@contextlib.contextmanager
def _columns() -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = _WIDTH
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def page(months: Mapping[str, Month], june_id: str) -> str:
    """Return the page.

    Args:
        months: What was seen after each month.
        june_id: The id of June's incident.
    """

    def sent(run: str) -> str:
        return "\n\n".join(months[run].sent)

    def number(*runs: str) -> str:
        count = sum(len(months[run].sent) for run in runs)
        return "no" if count == 0 else str(count)

    quiet = number(*[f"2013-0{month}" for month in range(1, 6)])
    august = number("2013-08", "2013-09")
    return _TEXT.format(
        quiet=quiet,
        june_sent=sent("2013-06"),
        june=months["2013-06"].listed,
        june_id=june_id,
        why=_WHY,
        acknowledged=months["2013-06"].acknowledged,
        july_sent=sent("2013-07"),
        july=months["2013-07"].listed,
        august=august[0].upper() + august[1:],
        october_sent=sent("2013-10"),
        november_sent=sent("2013-11"),
        december_sent=sent("2013-12"),
        december=months["2013-12"].listed,
    )


if __name__ == "__main__":
    sys.exit(main())
