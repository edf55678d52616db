"""Reading YAML: where a mistake is, files that cannot be read, YAML that is none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stageprint.config.loader import build_config, load_config, parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import ConfigError
from stageprint.model import ColumnKind
from tests.unit.config.shop import GOOD, assert_one_line, changed, error_of


def test_a_good_file_is_read_whole(config: PipelineConfig) -> None:
    orders = config.table("raw", "orders")
    assert config.pipeline == "shop"
    assert orders.source.options == {"header": "true", "maxColumns": "30"}
    assert orders.keys == ("order_id",)
    assert config.stage("training").role == "training"
    assert config.table("joined", "orders").columns.kinds == {"shop_id": ColumnKind.STRING}
    assert config.sketches.kll_k == 400
    assert config.decision.fail_on == "critical"


def test_the_documented_example_is_taken() -> None:
    example = load_config(Path(__file__).parents[3] / "conf" / "nycflights.yml")
    assert example.referenced_columns("raw", "planes") == ("tailnum",)
    assert any(table.checks for _, table in example.select())


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "        event_time: ordered_at",
            "        keys: [other]",
            9,
            "stages[0].tables[0].keys: key given twice (first on line 8)",
        ),
        ("store: ./observability", "store: x\nstore: y", 3, "store: key given twice (first on line 2)"),
        ("store: ./observability", "? [a, b]\n: c", 2, "expected a key that is plain text, got a list or mapping"),
        ("store: ./observability", "store: &loop [*loop]", 2, "store[0]: an alias (*) refers to the mapping or list"),
        ("store: ./observability", "store: a: b", 2, "not valid YAML: mapping values are not allowed here; put"),
        ("store: ./observability", "store: !!python/name:os.system x", 2, "not valid YAML: could not determine"),
    ],
)
def test_a_mistake_of_yaml_is_one_line(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            LAUGHS,
            "shop.yml:6: expected at most 500,000 keys and values, those that aliases (*) repeat included, got more",
        ),
        (LAUGHS.replace("a: &a [", "a: &a {m: [").replace("x]\n", "x]}\n", 1), "shop.yml:6: expected at most 500,000"),
        (f"{GOOD}more: {'[' * 5000}{']' * 5000}\n", "shop.yml:28: expected at most 32 lists and mappings inside"),
        ("- " * 5000, "shop.yml:1: expected at most 32 lists and mappings inside each other, got more"),
        ("? " * 5000, "shop.yml:1: expected at most 32 lists and mappings inside each other, got more"),
        (f"{GOOD}# {'x' * (4 << 20)}\n", "shop.yml: expected a configuration of at most 4 MiB, got more"),
        (f"{GOOD}engine: {'1' * 101}\n", "shop.yml:28: expected a number or time of at most 100 characters, got 101"),
        (f"{GOOD}engine: {'1:' * 60}1\n", "shop.yml:28: expected a number or time of at most 100 characters, got 121"),
        (f"{GOOD}engine: !!int '{'1' * 5000}'\n", "shop.yml:28: expected a number or time of at most 100 characters"),
    ],
    ids=["laughs", "mappings", "flow lists", "lists", "keys", "size", "digits", "sexagesimal", "tagged"],
)
def test_yaml_that_would_fill_the_memory_ends_at_a_limit(text: str, said: str) -> None:
    started = time.monotonic()
    message = error_of(text)
    assert message.startswith(said)
    assert "\n" not in message
    assert time.monotonic() - started < 20


def test_a_file_that_never_ends_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^/dev/zero: expected a configuration of at most 4 MiB, got more$"):
        load_config("/dev/zero")


def test_merged_keys_count_as_often_as_they_are_merged() -> None:
    lines = ["m0: &m0 {x1: 1, x2: 2, x3: 3, x4: 4}"]
    lines += [f"m{at}: &m{at} {{<<: [{', '.join([f'*m{at - 1}'] * 9)}]}}" for at in range(1, 9)]
    message = error_of("\n".join(lines))
    assert "expected at most 500,000 keys and values" in message


def test_aliases_that_repeat_little_are_fine() -> None:
    text = changed("keys: [customer_id]\n  - name: joined", "keys: &keys [customer_id]\n  - name: joined")
    again = text.replace("keys: [order_id]\n        retention", "keys: *keys\n        retention")
    assert parse_config(again).table("joined", "orders").keys == ("customer_id",)


def test_a_pipeline_of_many_tables_is_within_the_limits() -> None:
    table = "      - {{name: t{0}, source: {{format: parquet, path: 'data/{{run_id}}/t{0}'}}, keys: [id]}}\n"
    text = "pipeline: p\nstore: s\nstages:\n  - name: raw\n    tables:\n" + "".join(map(table.format, range(2000)))
    assert len(parse_config(text).stages[0].tables) == 2000


def test_several_mistakes_are_a_line_each_from_top_to_bottom() -> None:
    text = changed("format: csv,", "format: cvs,").replace("share: 0.98", "shares: 1").replace("shop\n", "7\n", 1)
    lines = error_of(text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "7", "19"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "shop.yml:1: expected a mapping with `pipeline`, `store` and `stages`, got nothing: the file is empty"),
        ("# only a remark\n", "got nothing: the file is empty"),
        ("- a\n- b\n", "shop.yml:1: expected a mapping with `pipeline`, `store` and `stages`, got a list (['a', 'b'])"),
        ("just words", "got 'just words'"),
        ("a: 1\n---\nb: 2\n", "shop.yml:2: not valid YAML: expected a single document in the stream"),
        ("a:\n\t- b\n", "shop.yml:2: not valid YAML: while scanning for the next token, found character '\\t'"),
        ("a: 2013-02-30\n", "shop.yml: not valid YAML: day "),
        ("a: \x07\n", "shop.yml: not valid YAML: unacceptable character"),
    ],
)
def test_a_file_that_is_no_mapping(text: str, said: str) -> None:
    message = error_of(text)
    assert said in message
    assert "\n" not in message


def test_merge_keys_are_allowed() -> None:
    text = (
        GOOD.replace("source: {table: main.shop.customers}", "source: &s {table: main.shop.customers}")
        + "      - name: again\n        source:\n          <<: *s\n"
    )
    assert parse_config(text).table("training", "again").source.table == "main.shop.customers"


class TestFiles:
    def test_a_file_is_loaded(self, tmp_path: Path) -> None:
        file = tmp_path / "shop.yml"
        file.write_text(GOOD, encoding="utf-8")
        assert load_config(str(file)).pipeline == "shop"

    def test_a_missing_file_names_its_neighbour(self, tmp_path: Path) -> None:
        (tmp_path / "nycflights.yml").write_text(GOOD, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_config(tmp_path / "nycflight.yml")
        assert str(caught.value) == (
            f"{tmp_path}/nycflight.yml: no such configuration file – did you mean '{tmp_path}/nycflights.yml'?"
        )

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="no such configuration file; there is no folder"):
            load_config(tmp_path / "nowhere" / "x.yml")

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="expected a YAML file, got a folder"):
            load_config(tmp_path)

    def test_a_file_that_is_not_text(self, tmp_path: Path) -> None:
        (tmp_path / "x.yml").write_bytes(b"pipeline: \xff\xfe")
        with pytest.raises(ConfigError, match="expected text in UTF-8, got other bytes at offset 10"):
            load_config(tmp_path / "x.yml")

    def test_a_file_the_system_refuses(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x", encoding="utf-8")
        with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
            load_config(tmp_path / "file" / "x.yml")


def test_a_mapping_that_python_made_is_checked_like_a_file() -> None:
    table = {"name": "orders", "source": {"table": "orders"}}
    assert build_config({"pipeline": "p", "store": "s", "stages": [{"name": "raw", "tables": [table]}]}).store == "s"
    with pytest.raises(ConfigError) as caught:
        build_config({"pipeline": "p", "stor": "s", "stages": [{"name": "a b", "tables": [table]}]})
    assert str(caught.value).splitlines() == [
        "stages[0].name: expected a name without blanks, dots, colons, slashes or braces, got 'a b'",
        "stor: unknown key – did you mean 'store'?",
    ]
