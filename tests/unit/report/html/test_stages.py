from __future__ import annotations

from stageprint.config.pipeline import PipelineConfig
from stageprint.model.run_state import RunState
from tests.support.report import Store, view_of


def test_stages_are_flagged_affected_or_without_findings(store: Store, config: PipelineConfig) -> None:
    view = view_of(store, config)
    assert {name: (stage.severity, stage.affected, stage.note) for name, stage in view.stages.items()} == {
        "raw": ("critical", False, "1 critical, 1 review"),
        "training": ("none", True, "affected"),
        "monthly": ("none", False, "no findings"),
    }
    assert [stage.detail for stage in view.stages.values()] == ["2 tables", "1 table", "serving, 2 tables"]
    assert {(edge.source, edge.target) for edge in view.hot} == {("raw", "training")}


def test_a_stage_with_an_unread_table_says_so(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    view = view_of(store, config)
    assert (view.stages["raw"].severity, view.stages["raw"].note) == ("failed", "not read")


def test_a_stage_of_a_run_that_was_not_compared_says_so(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    store.state = RunState.NOT_COMPARED
    assert {stage.note for stage in view_of(store, config).stages.values()} == {"not compared", "not read"}
