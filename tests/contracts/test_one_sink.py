"""A sink is one file: it is taken in YAML, called by the use case and listed on its page by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import stageprint.alerts
from scripts.docs.alerts import alerts_page
from stageprint.alerts.base import all_sinks, open_routes
from stageprint.config.loader import parse_config
from stageprint.errors import ConfigError
from stageprint.model import Severity
from stageprint.model.alert import Alert
from stageprint.model.incident_tables import INCIDENTS
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import MANIFESTS, RUNS
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.notify import notify
from stageprint.registry import discover
from stageprint.stores.memory import MemoryStore
from tests.support import stores
from tests.support.alerts import incident
from tests.support.plugins import one_more_file

NAME: Final = "spool"
FILE: Final = '''
"""Alerts as files of a folder."""

from pathlib import Path
from typing import ClassVar

from stageprint.alerts.base import Settings, Sink
from stageprint.model.alert import Alert


class SpoolSettings(Settings):
    """Where the alerts go.

    Attributes:
        folder: The folder that gets a file for each run.
        ending: What follows the run's name.
    """

    folder: str
    ending: str = ".json"


class Spool(Sink[SpoolSettings]):
    """Writes a file for each run into a folder.

    Example:
        - {sink: spool, folder: alerts}
    """

    name: ClassVar[str] = "spool"
    settings_model: ClassVar[type[Settings]] = SpoolSettings

    def send(self, alert: Alert) -> None:
        path = Path(self.settings.folder) / f"{alert.run_id}{self.settings.ending}"
        path.write_text(alert.to_json(), encoding="utf-8")
'''
CONFIG: Final = """\
pipeline: shop
store: memory
stages: [{name: raw, tables: [{name: orders, source: {table: a}}]}]
notify:
  - {sink: spool, folder: FOLDER, severity: critical, ending: .txt}
"""
BEFORE: Final = (set(all_sinks()), alerts_page().splitlines())


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.alerts, NAME, FILE, tmp_path, (discover,)):
        yield


@pytest.mark.usefixtures("one_more")
def test_it_is_taken_in_yaml_with_its_own_keys() -> None:
    (rule,) = parse_config(CONFIG).notify
    assert (rule.sink, dict(rule.settings)) == ("spool", {"folder": "FOLDER", "ending": ".txt"})


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ending", "endng", "notify[0].endng: unknown key – did you mean 'ending'?"),
        ("folder: FOLDER, ", "", "notify[0].folder: required key is missing"),
        ("severity", "severty", "notify[0].severty: unknown key – did you mean 'severity'?"),
    ],
)
def test_its_mistakes_are_reported_with_file_line_and_key(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        parse_config(CONFIG.replace(old, new), "shop.yml")
    assert str(told.value) == f"shop.yml:5: {said}"


@pytest.mark.usefixtures("one_more")
def test_it_gets_the_alerts_of_its_rule(tmp_path: Path) -> None:
    store = MemoryStore("shop")
    store.replace(RUNS, RUNS.rows([stores.run_row("a")]), EVERY_ROW)
    critical = {"severity": Severity.CRITICAL, "worst_severity": Severity.CRITICAL}
    incidents = [incident(1, run_id="a", last_run="a", **critical), incident(2, run_id="a", last_run="a")]
    store.replace(INCIDENTS, INCIDENTS.rows(one.to_row("shop") for one in incidents), EVERY_ROW)
    now = dt.datetime(2026, 3, 8, 8, tzinfo=dt.timezone.utc)
    compared = Manifest("a", ManifestKind.COMPARISON, "1", "auto", None, now, now, names_rows=False)
    store.replace(MANIFESTS, MANIFESTS.rows([compared.to_row("shop")]), EVERY_ROW)
    config = parse_config(CONFIG.replace("FOLDER", str(tmp_path)))
    outcome = notify(config, "a", store=store, routes=open_routes(config.notify))
    assert (outcome.exit_status, [one.to for one in outcome.alerts]) == (0, ["spool (notify[0])"])
    alert: Alert = outcome.alerts[0].alert
    assert alert.key == incidents[0].incident_id
    assert (tmp_path / "a.txt").read_text("utf-8") == alert.to_json()


@pytest.mark.usefixtures("one_more")
def test_it_is_documented() -> None:
    new = [line for line in alerts_page().splitlines() if line not in BEFORE[1]]
    assert new == [
        "### spool",
        "Writes a file for each run into a folder.",
        "| `folder` | required | The folder that gets a file for each run. |",
        "| `ending` | .json | What follows the run's name. |",
        "  - {sink: spool, folder: alerts}",
    ]


def test_it_is_gone_again() -> None:
    assert set(all_sinks()) == BEFORE[0]
    with pytest.raises(ConfigError, match=r"notify\[0\]\.sink: no sink 'spool'"):
        parse_config(CONFIG)


@pytest.mark.parametrize("name", sorted(all_sinks()))
def test_every_sink_says_where_its_alerts_go_and_describes_its_keys(name: str) -> None:
    section = alerts_page().partition(f"### {name}\n\n")[2].partition("\n### ")[0]
    assert section.partition("\n")[0].endswith((".", ":", "`")), section
    for key in all_sinks()[name].settings_model.model_fields:
        assert f"| `{key}` | " in section
    assert f"  - {{sink: {name}" in section
