"""What is declared for columns counts for what lies in them; secrets come from the environment or a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.sensitive import Sensitive, SensitiveSettings, mentions, secret_for, secret_id, sensitivity
from stageprint.errors import ConfigError, UsageError

DECLARED: dict[str, Sensitive] = {"email": "hashed", "address": 50, "address.street": "off", "Name": "off"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("email", "hashed"),
        ("EMAIL", "hashed"),
        ("email#2", "hashed"),
        ("email_sent", None),
        ("address.city", 50),
        ("address.street", "off"),
        ("address.street[]", "off"),
        ("address{}.key", 50),
        ("`name`", "off"),
        ("plain", None),
    ],
)
def test_what_lies_in_a_sensitive_column_is_sensitive(path: str, expected: Sensitive | None) -> None:
    assert sensitivity(path, DECLARED) == expected


@pytest.mark.parametrize("path", ["_corrupt_record", "_RESCUED_DATA", "_rescued_data.row"])
def test_columns_of_whole_records_are_sensitive_where_any_is(path: str) -> None:
    assert sensitivity(path, DECLARED) == "off"
    assert sensitivity(path, {}) is None
    assert sensitivity(path, {**DECLARED, "_corrupt_record": "hashed", "_rescued_data": "hashed"}) == "hashed"


@pytest.mark.parametrize(
    ("condition", "names"),
    [("email LIKE 'a%'", ["email"]), ("`NAME` = 'x' AND email IS NULL", ["email", "Name"]), ("emails > 1", [])],
)
def test_columns_named_in_a_condition_are_found(condition: str, names: list[str]) -> None:
    assert mentions(condition, ["email", "Name"]) == names


def test_the_secret_is_that_of_the_file_else_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from the file\n", "utf-8")
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "from the environment")
    settings = SensitiveSettings(secret_file=str(tmp_path / "secret"))
    assert secret_for("t", {"email": "hashed"}, settings) == b"from the file"
    assert secret_for("t", {"email": "off"}, SensitiveSettings()) == b"from the environment"
    assert secret_for("t", {}, settings) == b""
    monkeypatch.delenv("STAGEPRINT_HASH_KEY")
    assert secret_for("t", {"email": "off", "city": 5}, SensitiveSettings()) == b""
    with pytest.raises(
        UsageError, match="needs a secret in the environment variable STAGEPRINT_HASH_KEY, or in the file"
    ):
        secret_for("t", {"email": "hashed"}, SensitiveSettings())


def test_an_id_tells_secrets_apart_and_is_none_of_their_hashes() -> None:
    ids = {secret_id(secret) for secret in (b"one", b"two", b"")}
    assert len(ids) == 3
    assert secret_id(b"one") == secret_id(b"one")
    assert secret_id(b"") is None
    assert "one" not in str(secret_id(b"one"))


TABLE = """\
pipeline: p
store: s
sensitive: {{min_group_size: 10}}
stages:
  - name: raw
    tables:
      - name: t
        source: {{format: parquet, path: x}}
        {more}
        columns: {{sensitive: {{email: hashed, birthday: off, city: 50}}}}
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("slices: [email]", r"slices\[0\]: not allowed by 'email', whose values may not be stored"),
        ("slices: [country, Birthday]", r"slices\[1\]: not allowed by 'Birthday'"),
        ("incremental: city", "incremental: not allowed for a sensitive column: 'city' would be stored"),
    ],
)
def test_what_would_store_values_is_refused(more: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        parse_config(TABLE.format(more=more))


def test_slices_by_sensitive_columns_need_enough_rows() -> None:
    table = parse_config(TABLE.format(more="slices: [city, country, \"birthday > '1990'\"]")).table("raw", "t")
    sizes = {one.by: table.min_slice_rows(one.by, 10) for one in table.slices}
    assert sizes == {"city": 50, "country": 0, "birthday > '1990'": 10}


def test_settings_that_are_not_made_do_not_change_the_hash_of_a_configuration() -> None:
    plain = parse_config(TABLE.format(more="").replace("sensitive: {min_group_size: 10}\n", ""))
    made = parse_config(TABLE.format(more="").replace("{min_group_size: 10}", "{min_group_size: 5}"))
    other = parse_config(TABLE.format(more=""))
    assert plain.hash == made.hash != other.hash
