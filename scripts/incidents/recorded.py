"""Events of OpenLineage as the steps of a pipeline would record them, written by the official client's classes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal
from zlib import crc32

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset as facet
from openlineage.client.serde import Serde

from scripts.incidents.flow import Flow, Stages
from scripts.incidents.steps import Step
from stageprint.config.pipeline import PipelineConfig
from stageprint.model.lineage import NO_LINEAGE, Lineage
from stageprint.opening import open_lineage

Kept = Literal["declared", "recorded", "two-thirds", "none"]
"""Where lineage is kept: in the configuration (``derived_from``), in events, in two thirds of their edges, nowhere."""

PRODUCER: Final = "https://example.org/pipeline"


def place(config: PipelineConfig, run: str, name: str) -> str:
    """Return the absolute path of a table of a run, by ``stage.table``."""
    stage, table = name.split(".")
    source = config.table(stage, table).source.for_run(run)
    return str(Path(source.text).absolute())


def events(
    config: PipelineConfig, steps: Mapping[str, Step], run: str, stages: Stages, *, thirds: int = 3
) -> list[str]:
    """Return the events of a run, one for each step, as JSON.

    Args:
        config: The pipeline.
        steps: Table → what makes it.
        run: The run.
        stages: Its tables: their columns are recorded.
        thirds: How many thirds of the edges are kept, always the same ones.
    """
    columns = {
        f"{stage}.{name}": list(frame.columns) for stage, found in stages.items() for name, frame in found.items()
    }
    return [Serde.to_json(_event(config, run, name, step, columns, thirds)) for name, step in steps.items()]


def lineage_for(flow: Flow, steps: Mapping[str, Step], kept: Kept) -> tuple[PipelineConfig, Lineage]:
    """Return the pipeline without what it declares, unless that is asked for, and the lineage read from events."""
    if kept == "declared":
        return flow.config, NO_LINEAGE
    stages = [
        stage.model_copy(update={"tables": tuple(one.model_copy(update={"derived_from": {}}) for one in stage.tables)})
        for stage in flow.config.stages
    ]
    config = flow.config.model_copy(update={"stages": tuple(stages)})
    if kept == "none":
        return config, NO_LINEAGE
    run = flow.runs[0]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "events.ndjson"
        lines = events(config, steps, run, flow.clean(run), thirds=3 if kept == "recorded" else 2)
        file.write_text("\n".join([*lines, ""]), "utf-8")
        asked = config.lineage.model_copy(update={"openlineage": (str(file),)})
        return config, open_lineage(config.model_copy(update={"lineage": asked}), None)


def _event(
    config: PipelineConfig, run: str, name: str, step: Step, columns: Mapping[str, Sequence[str]], thirds: int
) -> RunEvent:
    fields = {}
    for column in columns[name]:
        origins = [
            origin for origin in _origins(column, step, columns) if _is_kept(f"{origin} {name}.{column}", thirds)
        ]
        if not origins:
            continue
        inputs = [_field(config, run, origin, "DIRECT", "TRANSFORMATION") for origin in origins]
        inputs += [_field(config, run, origin, "INDIRECT", "JOIN") for origin in step.rows]
        fields[column] = facet.Fields(inputFields=inputs)
    output = OutputDataset(
        namespace="file",
        name=place(config, run, name),
        facets={"columnLineage": facet.ColumnLineageDatasetFacet(fields=fields, producer=PRODUCER)},
    )
    read = [one for one in step.inputs if _is_kept(f"{one} {name}", thirds)]
    return RunEvent(
        eventType=RunState.COMPLETE,
        eventTime="2026-03-02T06:00:00+00:00",
        run=Run(runId=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{run}/{name}"))),
        job=Job(namespace="pipeline", name=name),
        inputs=[InputDataset(namespace="file", name=place(config, run, one)) for one in read],
        outputs=[output],
        producer=PRODUCER,
    )


def _origins(column: str, step: Step, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if column in step.computed:
        yield from step.computed[column]
        return
    found = next((table for table in step.inputs if column in columns[table]), None)
    if found is not None:
        yield f"{found}.{column}"


def _field(config: PipelineConfig, run: str, origin: str, kind: str, subtype: str) -> facet.InputField:
    table, _, column = origin.rpartition(".")
    how = facet.Transformation(type=kind, subtype=subtype)
    return facet.InputField(namespace="file", name=place(config, run, table), field=column, transformations=[how])


def _is_kept(edge: str, thirds: int) -> bool:
    return crc32(edge.encode()) % 3 < thirds
