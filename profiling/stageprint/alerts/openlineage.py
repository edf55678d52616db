"""Alerts as data quality facets of OpenLineage."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import Field

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_http import MAX_SECONDS_PER_TRY, host_of
from stageprint.alerts.base_secrets import SecretRef
from stageprint.errors import AlertError
from stageprint.model.alert import Alert, AlertEvent, TableFigures
from stageprint.redact import redacted

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, RunEvent

_PRODUCER: Final = "https://pypi.org/project/stageprint"
_RETRIES: Final[dict[str, Any]] = {
    "total": 2,
    "backoff_factor": 0.3,
    "status_forcelist": [429, 500, 502, 503, 504],
    "allowed_methods": ["POST"],
}


class OpenLineageSettings(Settings):
    """The server and the names there.

    Attributes:
        url: Address of the OpenLineage server, such as Marquez.
        endpoint: Path of the endpoint for events.
        api_key: Where the server's API key is: ``{env: NAME}`` or ``{file: PATH}``.
        namespace: Namespace of the job, whose name is ``stageprint.`` followed by the pipeline's name.
        dataset_namespace: Namespace of the tables, which are named ``stage.table``; if not set, that of the job.
    """

    url: str = Field(min_length=1)
    endpoint: str = "api/v1/lineage"
    api_key: SecretRef | None = None
    namespace: str = "stageprint"
    dataset_namespace: str | None = None


class OpenLineage(Sink[OpenLineageSettings]):
    """Sends an OpenLineage event for each alert, with the official client: ``pip install "stageprint[openlineage]"``.

    Each table of the alert is an input of the event. Its facet ``dataQualityAssertions`` has an assertion for each
    incident, named after the cause, or for each check that fails; it is not successful until the incident is over. Its
    facet ``dataQualityMetrics`` has the table's rows and bytes, and the nulls and distinct values of each column.

    Example:
        - {sink: openlineage, url: "http://marquez:5000", namespace: warehouse}
    """

    name: ClassVar[str] = "openlineage"
    settings_model: ClassVar[type[Settings]] = OpenLineageSettings
    wants_figures: ClassVar[bool] = True

    def send(self, alert: Alert) -> None:
        """Send the event; a test has no assertion.

        Raises:
            AlertError: The client is not installed, or the server refused the event or cannot be reached.
        """
        try:
            from openlineage.client import OpenLineageClient  # noqa: PLC0415 -- an extra
            from openlineage.client.transport.http import (  # noqa: PLC0415 -- an extra
                ApiKeyTokenProvider,
                HttpConfig,
                HttpTransport,
            )
        except ImportError as error:
            message = 'the client of OpenLineage is not installed: pip install "stageprint[openlineage]"'
            raise AlertError(message) from error
        where = host_of(self.settings.url)
        key = self.settings.api_key
        config = HttpConfig(
            url=self.settings.url, endpoint=self.settings.endpoint, timeout=MAX_SECONDS_PER_TRY, retry=_RETRIES
        )
        if key is not None:
            config.auth = ApiKeyTokenProvider({"apiKey": key.reveal()})
        try:
            OpenLineageClient(transport=HttpTransport(config)).emit(self._event(alert))
        except Exception as error:  # the client raises what its HTTP library does
            response = getattr(error, "response", None)
            status = getattr(response, "status_code", None)
            said = f"answered {status}" if status is not None else type(error).__name__
            message = f"{where}: {said}: {self._quoted(error)}"
            raise AlertError(message) from error

    def _quoted(self, error: Exception) -> str:
        path = urlsplit(self.settings.url).path
        text = str(error).replace(path, "/***") if len(path) > 1 else str(error)
        return " ".join(redacted(text).split())[:200]

    def _event(self, alert: Alert) -> RunEvent:
        from openlineage.client.event_v2 import Job, Run, RunEvent, RunState  # noqa: PLC0415 -- an extra

        job = f"stageprint.{alert.pipeline}"
        run = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.settings.namespace}/{job}/{alert.message_id}")
        tables = dict.fromkeys((one["stage"], one["table"]) for one in alert.incidents)
        return RunEvent(
            eventType=RunState.COMPLETE,
            eventTime=alert.at.isoformat(),
            run=Run(runId=str(run)),
            job=Job(namespace=self.settings.namespace, name=job),
            inputs=[self._dataset(alert, stage, table) for stage, table in tables],
            producer=_PRODUCER,
        )

    def _dataset(self, alert: Alert, stage: str, table: str) -> InputDataset:
        from openlineage.client.event_v2 import InputDataset  # noqa: PLC0415 -- an extra
        from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality  # noqa: PLC0415 -- an extra

        told = [one for one in alert.incidents if (one["stage"], one["table"]) == (stage, table)]
        assertions = (
            []
            if alert.event is AlertEvent.TEST
            else [
                quality.Assertion(assertion=name, success=alert.event.closes, column=one["column"])
                for one in told
                for name in _assertions(one)
            ]
        )
        facets: dict[str, Any] = {}
        if assertions:
            facets["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(
                assertions=assertions, producer=_PRODUCER
            )
        for figures in alert.figures:
            if (figures.stage, figures.table) == (stage, table):
                facets["dataQualityMetrics"] = _metrics(figures)
        namespace = self.settings.dataset_namespace or self.settings.namespace
        return InputDataset(namespace=namespace, name=f"{stage}.{table}", inputFacets=facets)


def _assertions(incident: Any) -> list[str]:
    """Return the names of what does not hold: the cause, or the checks."""
    if incident["class"] != "check":
        return [str(incident["cause"])]
    return list(dict.fromkeys(str(name).rpartition(": ")[2] for name in incident["checks"]))


def _metrics(figures: TableFigures) -> Any:
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as quality  # noqa: PLC0415 -- an extra

    return quality.DataQualityMetricsInputDatasetFacet(
        columnMetrics={
            name: quality.ColumnMetrics(nullCount=nulls, distinctCount=figures.distinct.get(name))
            for name, nulls in figures.nulls.items()
        },
        rowCount=figures.rows,
        bytes=figures.size_bytes,
        producer=_PRODUCER,
    )
