"""Keys of a table's configuration with hashes of their values: which were changed is seen, nothing secret is."""

from __future__ import annotations

from typing import Any

from stageprint.config.stages import StageConfig
from stageprint.config.table_settings import table_settings
from stageprint.config.tables import TableConfig

SOURCE = {"format": "csv", "path": "s3://AKIA:hunter2secret@bucket/orders", "options": {"header": "true"}}


def settings(source: dict[str, Any] | None = None, upstream: tuple[str, ...] = (), **more: Any) -> dict[str, str]:
    table = TableConfig.model_validate({"name": "orders", "source": source or SOURCE, **more})
    stage = StageConfig(name="raw", upstream=upstream, tables=(table,))
    return table_settings(stage, table)


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {key for key in {*one, *other} if one.get(key) != other.get(key)}


def test_only_what_is_set_is_there() -> None:
    assert set(settings()) == {"source.format", "source.path", "source.options.header"}


def test_a_key_that_was_changed_is_seen_and_no_other() -> None:
    before = settings(keys=["id"], columns={"exclude": ["a"]}, checks=[{"not_null": ["id"]}])
    after = settings(keys=["id"], columns={"exclude": ["b"]}, checks=[{"not_null": ["id"]}], event_time="at")
    assert changed(before, after) == {"columns.exclude", "event_time"}
    assert changed(settings(), settings(upstream=("landing",))) == {"stage.upstream"}
    assert changed(settings(), settings({**SOURCE, "options": {"header": "false"}})) == {"source.options.header"}


def test_another_password_is_no_other_setting_and_an_owner_neither() -> None:
    other = {**SOURCE, "path": "s3://AKIA:another0ne@bucket/orders"}
    assert changed(settings(), settings(other)) == set()
    with_key = [settings({**SOURCE, "options": {"fs.s3a.secret.key": key}}) for key in ("hunter2", "swordfish")]
    assert changed(*with_key) == set()
    assert changed(settings(), settings(owner="data-team")) == set()


def test_bounds_of_checks_beside_sensitive_columns_are_not_hashed() -> None:
    sensitive = {"sensitive": ["salary"]}
    found = [
        settings(columns=sensitive, checks=[{"accepted_range": {"column": "salary", "max": bound}}])
        for bound in (100, 200)
    ]
    assert "checks" not in found[0]
    assert changed(*found) == set()
