from __future__ import annotations

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.report.html import data
from tests.support.report import Page, Store, render


def test_a_quiet_run_says_so_and_a_run_nobody_compared_does_not(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    assert "No findings: 131 columns were compared" in render(store, config)
    store.compared = lambda runs: {}  # type: ignore[method-assign]  # noqa: ARG005
    page = render(store, config)
    assert "This run has been profiled but not compared yet." in page
    assert "No findings" not in page


def test_the_first_run_has_no_drawings_but_a_report(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    page = Page(render(store, config, "2013-04"))
    assert not [tag for tag, attrs in page.tags if attrs.get("class") == "spark"]


def test_what_was_left_out_is_said(store: Store, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MAX_COLUMNS_SHOWN", 5)
    assert "8 columns of tables without a finding are not listed" in render(store, config)
