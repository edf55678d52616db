"""OpenLineage by its official client, against a server on the loopback."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.alerts.openlineage import OpenLineage, OpenLineageSettings
from stageprint.errors import AlertError
from stageprint.model.alert import Alert, AlertEvent, TableFigures
from tests.support.alerts import alert
from tests.support.receivers import Receiver

FIGURES = (TableFigures("raw", "weather", 100, 5_000, {"temp1": 3, "other": None}, {"temp1": 42, "other": None}),)


def sent(web: Receiver, told: Alert, **settings: Any) -> dict[str, Any]:
    OpenLineage(OpenLineageSettings.model_validate({"url": web.url, **settings})).send(told)
    found: dict[str, Any] = web.posted[-1].json
    return found


def test_an_incident_is_an_assertion_that_does_not_hold(web: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "abc")
    event = sent(web, alert(figures=FIGURES), api_key={"env": "KEY"}, namespace="warehouse")
    assert web.posted[0].path == "/api/v1/lineage"
    assert web.posted[0].headers["authorization"] == "Bearer abc"
    assert (event["eventType"], event["job"]["name"]) == ("COMPLETE", "stageprint.shop")
    (table,) = event["inputs"]
    assert (table["namespace"], table["name"]) == ("warehouse", "raw.weather")
    facets = table["inputFacets"]
    (assertion,) = facets["dataQualityAssertions"]["assertions"]
    assert (assertion["assertion"], assertion["success"], assertion["column"]) == ("unit_change", False, "temp1")
    metrics = facets["dataQualityMetrics"]
    assert (metrics["rowCount"], metrics["bytes"]) == (100, 5_000)
    counts = metrics["columnMetrics"]["temp1"]
    assert (counts["nullCount"], counts["distinctCount"]) == (3, 42)
    assert all("_schemaURL" in facet and "_producer" in facet for facet in facets.values())


def test_it_holds_again_when_the_incident_is_over(web: Receiver) -> None:
    event = sent(web, alert(AlertEvent.RESOLVED))
    (table,) = event["inputs"]
    (assertion,) = table["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert assertion["success"] is True


def test_failed_checks_are_assertions_by_their_names(web: Receiver) -> None:
    checks = ["raw.weather.temp1: not_null", "raw.weather.b: not_null"]
    one = {**alert().incidents[0], "class": "check", "checks": checks}
    (table,) = sent(web, alert(incidents=[one]))["inputs"]
    assert [found["assertion"] for found in table["inputFacets"]["dataQualityAssertions"]["assertions"]] == ["not_null"]


def test_a_test_asserts_nothing(web: Receiver) -> None:
    (table,) = sent(web, alert(AlertEvent.TEST))["inputs"]
    assert "dataQualityAssertions" not in table.get("inputFacets", {})


def test_a_server_that_refuses_is_named_without_the_path(web: Receiver) -> None:
    web.answers = [403]
    with pytest.raises(AlertError, match="answered 403") as told:
        sent(web, alert(), url=f"{web.url}/s3cr3t")
    assert "s3cr3t" not in str(told.value)
