"""The configuration: what it accepts, and that each mistake is one line with file, line, key, expected and got."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from stageprint.config.loader import load_config, parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.config.sources import Source
from stageprint.errors import ConfigError, UsageError
from stageprint.model import ColumnKind, TableKey

GOOD = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - name: orders
        source: {format: csv, path: "data/{run_id}/orders.csv", options: {header: true, maxColumns: 30}}
        keys: [order_id]
        event_time: ordered_at
      - name: customers
        source: {table: main.shop.customers}
        keys: [customer_id]
  - name: joined
    upstream: [raw]
    tables:
      - name: orders
        source: {format: parquet, path: "data/{run_date}/joined"}
        keys: [order_id]
        retention: {of: raw.orders, share: 0.98}
        columns: {exclude: [note], kinds: {shop_id: string}, theta: [customer_id]}
  - name: training
    role: training
    upstream: [joined]
    tables:
      - name: matrix
        source: {sql: "select * from x where run = '{run_id}' and y like '{anything}'"}
        label: returned
"""


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "shop.yml")
    assert caught.value.exit_status == 2
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} is not exactly once in the example"
    return GOOD.replace(old, new)


@pytest.fixture(scope="module")
def config() -> PipelineConfig:
    return parse_config(GOOD)


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
    example = load_config(Path(__file__).parents[2] / "conf" / "nycflights.yml")
    assert example.referenced_columns("raw", "planes") == ("tailnum",)
    assert any(table.checks for _, table in example.select())


def test_the_hash_changes_with_the_configuration_and_only_then(config: PipelineConfig) -> None:
    assert config.hash == parse_config(GOOD + "\n# a remark\n").hash
    assert config.hash != parse_config(changed("share: 0.98", "share: 0.97")).hash
    assert len(config.hash) == 16


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        # unknown keys, at every level
        ("store: ./observability", "stor: ./observability", 2, "stor: unknown key – did you mean 'store'?"),
        (
            "    upstream: [raw]",
            "    upstraem: [raw]",
            14,
            "stages[1].upstraem: unknown key – did you mean 'upstream'?",
        ),
        (
            "        event_time: ordered_at",
            "        event_tme: ordered_at",
            9,
            "stages[0].tables[0].event_tme: unknown key – did you mean 'event_time'?",
        ),
        (
            "{table: main.shop.customers}",
            "{tabel: main.shop.customers, format: csv, path: x}",
            11,
            "stages[0].tables[1].source.tabel: unknown key – did you mean 'table'?",
        ),
        (
            "share: 0.98",
            "shares: 0.98",
            19,
            "stages[1].tables[0].retention.shares: unknown key – did you mean 'share'?",
        ),
        (
            "exclude: [note]",
            "excluded: [note]",
            20,
            "stages[1].tables[0].columns.excluded: unknown key – did you mean 'exclude'?",
        ),
        (
            "stages:\n",
            "sketches: {kll: 400}\nstages:\n",
            3,
            "sketches.kll: unknown key – did you mean 'kll_k'?",
        ),
        (
            "stages:\n",
            "decision: {budget: 3}\nstages:\n",
            3,
            "decision.budget: unknown key – available: 'fail_on', 'false_findings_per_run', 'long_window', "
            "'overrides', 'window'",
        ),
        (
            "        event_time: ordered_at",
            "        path: elsewhere",
            9,
            "stages[0].tables[0].path: unknown key here – it belongs under `source`",
        ),
        # required keys
        (
            "pipeline: shop\n",
            "",
            1,
            "pipeline: required key is missing; expected the pipeline's name",
        ),
        (
            "        source: {table: main.shop.customers}\n",
            "",
            10,
            "stages[0].tables[1].source: required key is missing; "
            "expected a mapping with `format` and `path`, or `table`, or `sql`",
        ),
        # wrong types and values
        ("pipeline: shop", "pipeline: 2013", 1, "pipeline: expected text, got 2013; put it in quotes"),
        ("pipeline: shop", "pipeline:", 1, "pipeline: expected text, got nothing"),
        (
            "pipeline: shop",
            "pipeline: my shop",
            1,
            "pipeline: expected a name without blanks, dots, colons, slashes or braces, got 'my shop'",
        ),
        ("store: ./observability", "store: ''", 2, "store: expected text that is not empty, got ''"),
        ("store: ./observability", "store: [a]", 2, "store: expected text, got a list (['a'])"),
        (
            "        keys: [customer_id]",
            "        keys: customer_id",
            12,
            "stages[0].tables[1].keys: expected a list, got 'customer_id'",
        ),
        (
            "        source: {table: main.shop.customers}",
            "        source: main.shop.customers",
            11,
            "stages[0].tables[1].source: expected a mapping, got 'main.shop.customers'",
        ),
        (
            "format: csv,",
            "format: cvs,",
            7,
            "stages[0].tables[0].source.format: expected 'parquet', 'delta', 'csv', 'json', 'orc' or 'stageprint', "
            "got 'cvs' – did you mean 'csv'?",
        ),
        (
            "shop_id: string",
            "shop_id: strng",
            20,
            "stages[1].tables[0].columns.kinds.shop_id: expected 'boolean', 'integer', 'float', 'decimal', 'date', "
            "'timestamp', 'timestamp_ntz', 'string', 'binary', 'array', 'map' or 'other', got 'strng' "
            "– did you mean 'string'?",
        ),
        (
            "role: training",
            "role: shadow",
            22,
            "stages[2].role: expected 'training', 'evaluation', 'serving' or 'predictions', got 'shadow'",
        ),
        (
            "options: {header: true, maxColumns: 30}",
            "options: {header: [1]}",
            7,
            "stages[0].tables[0].source.options.header: expected text, got a list ([1])",
        ),
        ("stages:\n", "sketches: {kll_k: many}\nstages:\n", 3, "sketches.kll_k: expected a whole number, got 'many'"),
        ("stages:\n", "sketches: {kll_k: 2}\nstages:\n", 3, "sketches.kll_k: expected a number of at least 8, got 2"),
        (
            "stages:\n",
            "decision: {false_findings_per_run: 0}\nstages:\n",
            3,
            "decision.false_findings_per_run: expected a number greater than 0, got 0",
        ),
        (
            "stages:\n",
            "decision: {window: 9, long_window: 3}\nstages:\n",
            3,
            "decision.long_window: expected at least `window` (9), got 3",
        ),
        ("stages:\n", "spark: on\nstages:\n", 3, "spark: expected a mapping, got True"),
        ("stages:\n", "spark: {spark.x: }\nstages:\n", 3, "spark.spark.x: expected text, got nothing"),
        # sources
        (
            "{table: main.shop.customers}",
            "{format: csv, path: a, sql: select 1}",
            11,
            "stages[0].tables[1].source: expected one of `format` + `path`, `table` or `sql`, got `path` and `sql`",
        ),
        (
            "{table: main.shop.customers}",
            "{options: {header: true}}",
            11,
            "stages[0].tables[1].source: expected one of `format` + `path`, `table` or `sql`, got none of them",
        ),
        (
            "{table: main.shop.customers}",
            "{path: a}",
            11,
            "stages[0].tables[1].source.format: required key is missing; "
            "a `path` needs its format: parquet, delta, csv, json, orc or stageprint",
        ),
        (
            "{table: main.shop.customers}",
            "{table: main.shop.customers, format: csv}",
            11,
            "stages[0].tables[1].source.format: allowed with `path` only, got it with `table`",
        ),
        (
            "{table: main.shop.customers}",
            "{table: main.shop.customers, options: {a: b}}",
            11,
            "stages[0].tables[1].source.options: allowed with `path` only, got it with `table`",
        ),
        (
            "data/{run_date}/joined",
            "data/{rundate}/joined",
            17,
            "stages[1].tables[0].source.path: unknown placeholder {rundate} – did you mean 'run_date'?",
        ),
        # the graph
        ("upstream: [raw]", "upstream: [rwa]", 14, "stages[1].upstream[0]: expected a stage, got 'rwa' – did you mean"),
        (
            "- name: raw\n",
            "- name: raw\n    upstream: [training]\n",
            5,
            "stages[0].upstream: expected stages without a cycle, got raw → training → joined → raw",
        ),
        (
            "upstream: [joined]",
            "upstream: [training]",
            23,
            "stages[2].upstream: expected stages without a cycle, got training → training",
        ),
        (
            "- name: training",
            "- name: joined",
            21,
            "stages[2].name: expected each stage name once, got 'joined' a second time",
        ),
        (
            "- name: customers",
            "- name: orders",
            10,
            "stages[0].tables[1].name: expected each table name once, got 'orders' a second time",
        ),
        (
            "of: raw.orders",
            "of: raw.order",
            19,
            "stages[1].tables[0].retention.of: expected a table of an upstream stage, got 'raw.order'"
            " – did you mean 'raw.orders'?",
        ),
        (
            "        event_time: ordered_at\n",
            "        event_time: ordered_at\n        retention: {of: customers}\n",
            10,
            "stages[0].tables[0].retention.of: expected a table of an upstream stage, got 'customers'"
            "; stage 'raw' has no upstream",
        ),
        (
            "share: 0.98",
            "share: 1.5",
            19,
            "stages[1].tables[0].retention.share: expected a number of at most 1, got 1.5",
        ),
        # YAML itself
        (
            "        event_time: ordered_at",
            "        keys: [other]",
            9,
            "stages[0].tables[0].keys: key given twice (first on line 8)",
        ),
        ("store: ./observability", "store: x\nstore: y", 3, "store: key given twice (first on line 2)"),
        ("store: ./observability", "? [a, b]\n: c", 2, "expected a key that is plain text, got a list or mapping"),
        ("store: ./observability", "store: &loop [*loop]", 2, "store[0]: an alias (*) refers to the mapping or list"),
        ("store: ./observability", "store: a: b", 2, "not valid YAML: mapping values are not allowed here"),
        ("store: ./observability", "store: !!python/name:os.system x", 2, "not valid YAML: could not determine"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_and_key(old: str, new: str, line: int, said: str) -> None:
    message = error_of(changed(old, new))
    assert "\n" not in message
    assert message.startswith(f"shop.yml:{line}: {said}")


def test_empty_lists_are_refused_once() -> None:
    assert error_of("pipeline: a\nstore: b\nstages: []\n") == (
        "shop.yml:3: stages: expected a list with at least one entry, got a list ([])"
    )
    assert error_of("pipeline: a\nstore: b\nstages:\n  - name: raw\n    tables: []\n") == (
        "shop.yml:5: stages[0].tables: expected a list with at least one entry, got a list ([])"
    )


def test_several_mistakes_are_a_line_each_from_top_to_bottom() -> None:
    text = changed("format: csv,", "format: cvs,").replace("share: 0.98", "shares: 1").replace("shop\n", "7\n", 1)
    lines = error_of(text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "7", "19"]


def test_several_unknown_upstreams_are_all_named() -> None:
    text = GOOD.replace("upstream: [raw]", "upstream: [a]").replace("upstream: [joined]", "upstream: [b]")
    assert [line.split(":")[2].strip() for line in error_of(text).splitlines()] == [
        "stages[1].upstream[0]",
        "stages[2].upstream[0]",
    ]


def test_a_stage_that_leads_into_a_cycle_is_not_blamed_for_it() -> None:
    text = "pipeline: p\nstore: s\nstages:\n" + "".join(
        f"  - {{name: {name}, upstream: [{up}], tables: [{{name: t, source: {{table: x}}}}]}}\n"
        for name, up in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    assert error_of(text) == "shop.yml:5: stages[1].upstream: expected stages without a cycle, got b → c → b"


def test_a_long_wrong_value_is_cut() -> None:
    message = error_of(changed("        keys: [customer_id]", f"        keys: {'x' * 500}"))
    assert len(message) < 150
    assert message.endswith("…")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "shop.yml:1: expected a mapping with `pipeline`, `store` and `stages`, got nothing: the file is empty"),
        ("# only a remark\n", "got nothing: the file is empty"),
        ("- a\n- b\n", "shop.yml:1: expected a mapping with `pipeline`, `store` and `stages`, got a list (['a', 'b'])"),
        ("just words", "got 'just words'"),
        ("a: 1\n---\nb: 2\n", "shop.yml:2: not valid YAML: expected a single document in the stream"),
        ("a:\n\t- b\n", "shop.yml:2: not valid YAML: while scanning for the next token, found character '\\t'"),
        ("a: 2013-02-30\n", "shop.yml: not valid YAML: day is out of range for month"),
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


class TestRuns:
    @pytest.mark.parametrize(
        ("run_id", "date"),
        [
            ("2013-05", dt.date(2013, 5, 1)),
            ("2013-05-17", dt.date(2013, 5, 17)),
            ("20130517", dt.date(2013, 5, 17)),
            ("2013-05-17T04:00", dt.date(2013, 5, 17)),
            ("2013-05-17_retry", dt.date(2013, 5, 17)),
            ("201305", dt.date(2013, 5, 1)),
            ("2013-13", None),
            ("2013-02-30", None),
            ("201305171", None),
            ("run-7", None),
            ("", None),
        ],
    )
    def test_the_date_a_run_begins_with(self, run_id: str, date: dt.date | None) -> None:
        assert run_date(run_id) == date

    def test_placeholders_are_substituted(self, config: PipelineConfig) -> None:
        assert config.table("raw", "orders").source.for_run("r1").path == "data/r1/orders.csv"
        assert config.table("joined", "orders").source.for_run("2013-05").path == "data/2013-05-01/joined"
        assert "run = 'r1'" in (config.table("training", "matrix").source.for_run("r1").sql or "")
        assert config.table("raw", "customers").source.for_run("r1").table == "main.shop.customers"

    def test_a_run_without_a_date_is_refused_where_one_is_needed(self, config: PipelineConfig) -> None:
        with pytest.raises(UsageError, match=r"run 'r1' does not begin with a date \(YYYY-MM or YYYY-MM-DD\)"):
            config.table("joined", "orders").source.for_run("r1")

    @pytest.mark.parametrize(
        ("source", "text", "label"),
        [
            (Source(format="delta", path="p"), "p", "delta"),
            (Source(table="t"), "t", "table"),
            (Source(sql="select 1"), "select 1", "sql"),
        ],
    )
    def test_a_source_tells_what_it_is(self, source: Source, text: str, label: str) -> None:
        assert (source.text, source.label) == (text, label)

    def test_path_globs_with_braces_are_no_placeholders(self) -> None:
        assert Source(format="csv", path="data/{a,b}/*.csv").text == "data/{a,b}/*.csv"


class TestSelection:
    def test_everything_in_order(self, config: PipelineConfig) -> None:
        chosen = [f"{stage.name}.{table.name}" for stage, table in config.select()]
        assert chosen == ["raw.orders", "raw.customers", "joined.orders", "training.matrix"]

    def test_stages_and_tables_narrow_it(self, config: PipelineConfig) -> None:
        assert [stage.name for stage, _ in config.select(tables=("orders",))] == ["raw", "joined"]
        assert [table.name for _, table in config.select(stages=("joined", "raw"))] == ["orders", "customers", "orders"]

    @pytest.mark.parametrize(
        ("stages", "tables", "said"),
        [
            (("raww",), (), "no stage 'raww' in pipeline 'shop' – did you mean 'raw'?"),
            ((), ("order",), "no table 'order' in pipeline 'shop' – did you mean 'orders'?"),
            (("training",), ("orders",), "no table 'orders' in stage 'training' – available: 'matrix'"),
        ],
    )
    def test_a_wrong_name_gets_a_hint(
        self, config: PipelineConfig, stages: tuple[str, ...], tables: tuple[str, ...], said: str
    ) -> None:
        with pytest.raises(UsageError) as caught:
            config.select(stages, tables)
        assert str(caught.value) == said

    def test_a_wrong_table_gets_a_hint(self, config: PipelineConfig) -> None:
        with pytest.raises(UsageError, match="no table 'orderz' in stage 'raw' – did you mean 'orders'"):
            config.table("raw", "orderz")

    def test_named_columns_carry_their_key(self, config: PipelineConfig) -> None:
        assert list(config.table("joined", "orders").named_columns()) == [
            ("keys[0]", "order_id"),
            ("columns.exclude", "note"),
            ("columns.theta", "customer_id"),
            ("columns.kinds", "shop_id"),
        ]
        assert list(config.table("training", "matrix").named_columns()) == [("label", "returned")]

    def test_rows_are_kept_of_the_declared_table_or_the_one_with_the_same_keys(self, config: PipelineConfig) -> None:
        joined, training = config.stage("joined"), config.stage("training")
        assert config.retention_source(joined, joined.tables[0]) == TableKey("raw", "orders")
        inferred = joined.tables[0].model_copy(update={"retention": None})
        assert config.retention_source(joined, inferred) == TableKey("raw", "orders")
        assert config.retention_source(training, training.tables[0]) is None


class TestChecks:
    CHECKS = """\
        exact_keys: false
        references: {customer_id: raw.customers.customer_id, note: joined.orders.a.b}
        checks:
          - not_null: order_id
          - key_coverage: {key: customer_id, references: raw.customers, min_share: 0.9}
          - {check: retention, of: orders, min_share: 0.5}
"""

    def test_they_are_kept_as_written_and_references_plan_sketches(self) -> None:
        config = parse_config(changed("        event_time: ordered_at\n", self.CHECKS))
        orders = config.table("raw", "orders")
        assert orders.checks[0] == {"not_null": "order_id"}
        assert not orders.exact_keys
        assert orders.theta_columns == ("customer_id", "note")
        assert ("references.note", "note") in list(orders.named_columns())
        assert config.referenced_columns("raw", "customers") == ("customer_id",)
        assert config.referenced_columns("joined", "orders") == ("a.b",)
        assert config.referenced_columns("raw", "orders") == ()
        assert config.table("joined", "orders").theta_columns == ("customer_id",)
        assert config.table("joined", "orders").exact_keys

    def test_the_hash_knows_them_dates_too(self) -> None:
        dated = [
            parse_config(
                changed(
                    "        event_time: ordered_at", f"        checks: [accepted_range: {{column: a, min: {date}}}]"
                )
            ).hash
            for date in ("2013-01-01", "2013-01-02")
        ]
        assert dated[0] != dated[1]

    @pytest.mark.parametrize(
        ("old", "new", "line", "said"),
        [
            ("        checks:\n", "        chekcs:\n", 11, "chekcs: unknown key – did you mean 'checks'?"),
            ("exact_keys: false", "exact_keys: few", 9, "exact_keys: expected true or false, got 'few'"),
            ("not_null:", "not_nul:", 12, "checks[0]: no check 'not_nul' – did you mean 'not_null'?"),
            (
                "min_share: 0.9",
                "min_shar: 0.9",
                13,
                "checks[1].key_coverage.min_shar: unknown key – did you mean 'min_share'?",
            ),
            (
                "min_share: 0.5",
                "min_share: 50",
                14,
                "checks[2].min_share: expected a share from 0 to 1 (for 50 % write 0.5), got 50",
            ),
            (
                "not_null: order_id",
                "{check: not_null, column: a, severity: info}",
                12,
                "checks[0].severity: expected critical, warning or review, got 'info'",
            ),
            ("not_null: order_id", "{check: 3}", 12, "checks[0].check: expected the name of a check, got 3"),
            (
                "references: raw.customers,",
                "references: raw.custmers,",
                13,
                "checks[1]: expected a table of this pipeline, got 'raw.custmers' – did you mean 'raw.customers'?",
            ),
            ("of: orders", "of: order", 14, "checks[2]: expected a table of this pipeline, got 'order'"),
            (
                "raw.customers.customer_id",
                "raw.customer.customer_id",
                10,
                "references.customer_id: expected a column of a table of this pipeline, got 'raw.customer.customer_id'"
                ": no table 'raw.customer' – did you mean 'raw.customers'?",
            ),
            (
                "raw.customers.customer_id",
                "raw.customers",
                10,
                "references.customer_id: expected stage.table.column, got 'raw.customers'",
            ),
        ],
    )
    def test_each_mistake_is_one_line(self, old: str, new: str, line: int, said: str) -> None:
        text = changed("        event_time: ordered_at\n", self.CHECKS)
        assert text.count(old) == 1
        (found,) = error_of(text.replace(old, new)).splitlines()
        assert found.startswith(f"shop.yml:{line}: stages[0].tables[0].{said}")

    def test_mistakes_in_checks_are_told_with_all_others(self) -> None:
        text = changed(
            "        event_time: ordered_at", "        checks: [not_nul: a, row_count, key_unique, key_unique]"
        )
        assert error_of(text.replace("store: ./observability", "store: 3")).splitlines() == [
            "shop.yml:2: store: expected text, got 3; put it in quotes",
            "shop.yml:9: stages[0].tables[0].checks[0]: no check 'not_nul' – did you mean 'not_null'?",
            "shop.yml:9: stages[0].tables[0].checks[1]: "
            "row_count: expected a least value, a greatest or both, got neither",
            "shop.yml:9: stages[0].tables[0].checks[3]: key_unique is declared a second time with the same parameters",
        ]
