"""Which run ids may be profiled, at every entrance."""

from __future__ import annotations

import logging

import pytest

from stageprint.config.loader import build_config, parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import DEFAULT_RUN_ID_PATTERN, require_run_ids, usable_runs
from stageprint.errors import UsageError
from tests.unit.config.shop import GOOD, error_of

HOSTILE = ["x' OR '1'='1", "", ".", "..", "../other", "a/b", "a\\b", "a b", "a\nb", "a\x00b", "{run_date}", "*", "1;2"]
HOSTILE += ["é", "`x`", '"x"', "$x", "${env:HOME}", "a" * 129, "2013-05\n"]


@pytest.mark.parametrize("run", HOSTILE)
def test_what_is_more_than_a_name_is_refused_by_default(config: PipelineConfig, run: str) -> None:
    with pytest.raises(
        UsageError, match=r"^run id .*: expected 1 to 128 letters, digits and characters of \. _ : \+ -"
    ):
        require_run_ids(config, ["2013-05", run])


@pytest.mark.parametrize("run", ["2013-05", "2013-05-17T04:00:00+02:00", "r1", "v9.1", "a_b", "a" * 128, "..1"])
def test_dates_times_and_versions_are_allowed_by_default(config: PipelineConfig, run: str) -> None:
    require_run_ids(config, [run])


def test_the_error_says_the_run_what_is_expected_and_which_key_changes_it(config: PipelineConfig) -> None:
    with pytest.raises(UsageError) as caught:
        require_run_ids(config, ["a b"])
    assert str(caught.value) == (
        "run id 'a b': expected 1 to 128 letters, digits and characters of . _ : + -, not only dots; "
        "`run_id_pattern` in the configuration says so"
    )
    assert caught.value.exit_status == 2


def test_a_pipeline_may_allow_other_names_but_never_control_characters_or_dots_alone() -> None:
    wide = parse_config(f"{GOOD}run_id_pattern: '(?s).+'\n")
    require_run_ids(wide, ["a b", "x' OR '1'='1", "2013/05"])
    for run in ("..", "a\nb", "a\x00b"):
        with pytest.raises(UsageError, match="expected a match of"):
            require_run_ids(wide, [run])


def test_the_pattern_must_match_the_whole_run_id() -> None:
    narrow = parse_config(f"{GOOD}run_id_pattern: '\\d{{4}}-\\d{{2}}'\n")
    require_run_ids(narrow, ["2013-05"])
    with pytest.raises(UsageError, match="run id '2013-05-17': expected a match of"):
        require_run_ids(narrow, ["2013-05-17"])


def test_a_pattern_that_is_no_regular_expression_is_an_error_of_the_configuration() -> None:
    message = error_of(f"{GOOD}run_id_pattern: '[a-'\n")
    assert message.startswith("shop.yml:28: run_id_pattern: expected a regular expression, got '[a-'")


def test_the_pattern_does_not_change_the_hash_of_the_configuration() -> None:
    assert parse_config(GOOD).hash == parse_config(f"{GOOD}run_id_pattern: '.+'\n").hash


def test_folders_that_are_no_runs_are_skipped_and_told(
    config: PipelineConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "stageprint.config"):
        assert usable_runs(config, ["2013-05", "old copy", "2013-06"]) == ["2013-05", "2013-06"]
    assert "skipped 'old copy', found where sources have their runs: expected run ids of 1 to 128" in caplog.text


def test_nothing_is_told_where_nothing_is_skipped(config: PipelineConfig, caplog: pytest.LogCaptureFixture) -> None:
    assert usable_runs(config, ["2013-05"]) == ["2013-05"]
    assert not caplog.records


def test_a_long_list_of_folders_is_cut(config: PipelineConfig, caplog: pytest.LogCaptureFixture) -> None:
    usable_runs(config, [f"copy {number}" for number in range(5)])
    assert "skipped 'copy 0', 'copy 1', 'copy 2' and 2 more" in caplog.text


def test_the_default_is_what_the_configuration_has() -> None:
    content = {
        "pipeline": "p",
        "store": "s",
        "stages": [{"name": "a", "tables": [{"name": "t", "source": {"table": "t"}}]}],
    }
    assert build_config(content).run_id_pattern == DEFAULT_RUN_ID_PATTERN
