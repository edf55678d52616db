"""The asset checks under Dagster: in a job without partitions, and in one of a partition."""

from __future__ import annotations

import dagster as dg
import pytest

from stageprint.errors import UsageError
from stageprint.integrations.dagster import CHECK_NAME, stageprint_asset_checks
from tests.integrations.conftest import BROKEN, DAYS, GOOD

TABLES = {"raw.orders": "orders", "features.order_features": dg.AssetKey(["ml", "order_features"])}


@dg.asset(key="orders")
def orders() -> None:
    """Stand for the shop's orders."""


@dg.asset(key=["ml", "order_features"])
def order_features() -> None:
    """Stand for their features."""


def evaluations(config: str, day: str, fail_on: str | None = None) -> dict[str, dg.AssetCheckEvaluation]:
    checks = stageprint_asset_checks(config, TABLES, run=lambda _: day, fail_on=fail_on)
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([orders, order_features, checks], instance=instance, raise_on_error=False)
    assert done.success
    found = done.get_asset_check_evaluations()
    assert {one.check_name for one in found} == {CHECK_NAME}
    return {one.asset_key.to_user_string(): one for one in found}


def test_a_good_day_passes_every_check(config: str) -> None:
    found = evaluations(config, GOOD)
    assert {name: one.passed for name, one in found.items()} == {"orders": True, "ml/order_features": True}
    assert found["orders"].metadata["worst_severity"].value == "none"
    assert found["orders"].metadata["run"].value == GOOD


def test_the_check_of_the_asset_in_which_it_began_fails_and_those_downstream_name_it(config: str) -> None:
    found = evaluations(config, BROKEN, "warning")
    assert {name: one.passed for name, one in found.items()} == {"orders": False, "ml/order_features": True}
    failed = found["orders"]
    assert failed.severity == dg.AssetCheckSeverity.ERROR
    assert "price" in str(failed.description)
    (first, *_) = failed.metadata["findings"].value
    assert (first["column"], first["cause"]) == ("price", "unit_change")
    (told,) = found["ml/order_features"].metadata["passed_on_from_upstream"].value
    assert told == first["sentence"]


def test_what_is_not_to_fail_is_a_warning(config: str) -> None:
    failed = evaluations(config, BROKEN, "never")["orders"]
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_the_run_is_the_partition_where_there_is_one(config: str) -> None:
    days = dg.StaticPartitionsDefinition(DAYS)

    @dg.asset(key="orders", partitions_def=days)
    def partitioned() -> None:
        """Stand for the shop's orders, a partition a day."""

    checks = stageprint_asset_checks(config, {"raw.orders": "orders"}, spec_arguments={"partitions_def": days})
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([partitioned, checks], instance=instance, partition_key=BROKEN)
    (one,) = done.get_asset_check_evaluations()
    assert one.metadata["run"].value == BROKEN


def test_a_misspelt_table_is_an_error_before_anything_runs(config: str) -> None:
    with pytest.raises(UsageError, match=r"no table 'raw.order', expected stage.table – did you mean 'raw.orders'\?"):
        stageprint_asset_checks(config, {"raw.order": "orders"})
