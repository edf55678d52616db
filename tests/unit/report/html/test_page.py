from __future__ import annotations

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.model.run_state import RunState
from stageprint.report.html import data
from tests.support.report import Page, Store, render


def test_a_quiet_run_says_so_and_a_run_nobody_compared_does_not(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    assert "No findings: 131 columns were compared" in render(store, config)
    store.state = RunState.NOT_COMPARED
    page = render(store, config)
    assert "Nothing can be said of this run: it has not been compared yet. Run stageprint compare." in page
    assert "No findings" not in page


def test_findings_of_an_earlier_profile_are_marked(store: Store, config: PipelineConfig) -> None:
    store.state = RunState.STALE
    page = render(store, config)
    assert "it was profiled again after it was compared" in page
    assert "What stands below may be of an earlier comparison." in page


def test_the_first_run_has_no_drawings_but_a_report(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    page = Page(render(store, config, "2013-04"))
    assert not [tag for tag, attrs in page.tags if attrs.get("class") == "spark"]


def test_what_was_left_out_is_said(store: Store, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MAX_COLUMNS_SHOWN", 5)
    assert "8 columns of tables without a finding are not listed" in render(store, config)
