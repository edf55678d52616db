"""Mistakes of every kind, each as one line that says the key, what was expected and what was found."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from stageprint.config.problems import Problem, explain, fail, key_path, show
from tests.unit.config.shop import assert_one_line, changed, error_of


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
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
            "decision.budget: unknown key – available: 'fail_on', 'false_alerts', 'false_findings_per_run', "
            "'long_window', 'missing', 'overrides', 'window'",
        ),
        (
            "        event_time: ordered_at",
            "        path: elsewhere",
            9,
            "stages[0].tables[0].path: unknown key here – it belongs under `source`",
        ),
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
            "role: training",
            "role: shadow",
            22,
            "stages[2].role: expected 'training', 'evaluation', 'serving' or 'predictions', got 'shadow'",
        ),
        ("stages:\n", "sketches: {kll_k: many}\nstages:\n", 3, "sketches.kll_k: expected a whole number, got 'many'"),
        ("stages:\n", "sketches: {kll_k: 2}\nstages:\n", 3, "sketches.kll_k: expected a number of at least 8, got 2"),
        ("stages:\n", "spark: on\nstages:\n", 3, "spark: expected a mapping, got true"),
        ("stages:\n", "spark: {spark.x: }\nstages:\n", 3, "spark.spark.x: expected text, got nothing"),
        (
            "share: 0.98",
            "share: 1.5",
            19,
            "stages[1].tables[0].retention.share: expected a number of at most 1, got 1.5",
        ),
    ],
)
def test_a_mistake_is_one_line_with_file_line_and_key(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("keys: [customer_id]", "keys: customer_id", "keys: expected a list, got 'customer_id'; write [customer_id]"),
        ("keys: [customer_id]", "keys: 'a, b'", "keys: expected a list, got 'a, b'"),
        (
            "keys: [customer_id]",
            "checks: {not_null: a}",
            "checks: expected a list, got a mapping ({'not_null': 'a'}); begin each entry with `- `",
        ),
        (
            "- name: customers",
            "- name: on",
            "name: expected text, got true; put it in quotes: YAML reads on, off, yes and no as true or false",
        ),
        ("keys: [customer_id]", "retention: 0.9", "retention: expected a mapping with `of`, `share`, got 0.9"),
        ("keys: [customer_id]", "slices: [5]", "slices[0]: expected a mapping with `by`, `values`, `limit`, got 5"),
    ],
)
def test_a_message_says_how_to_mend_it(old: str, new: str, said: str) -> None:
    assert error_of(changed(old, new)).partition(": ")[2] == f"stages[0].tables[1].{said}"


def test_empty_lists_are_refused_once() -> None:
    assert error_of("pipeline: a\nstore: b\nstages: []\n") == (
        "shop.yml:3: stages: expected a list with at least one entry, got a list ([])"
    )
    assert error_of("pipeline: a\nstore: b\nstages:\n  - name: raw\n    tables: []\n") == (
        "shop.yml:5: stages[0].tables: expected a list with at least one entry, got a list ([])"
    )


def test_a_long_wrong_value_is_cut() -> None:
    message = error_of(changed("        keys: [customer_id]", f"        keys: {'x' * 500}"))
    assert len(message) < 150
    assert message.endswith("…")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int
    colour: str = "red"

    @field_validator("size")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            message = "expected an even number"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _small(self) -> Part:
        if self.size > 10:
            message = "expected a small part"
            raise ValueError(message)
        if self.size < 0:
            fail([Problem(("size",), "expected a positive size"), Problem((), "and a real part")])
        return self


def said(**values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Part.model_validate(values)
    return [str(problem) for problem in explain(caught.value, Part, also_known=["weight"])]


def test_a_validators_own_words_are_kept_and_show_the_value() -> None:
    assert said(size=3) == ["size: expected an even number, got 3"]
    assert said(size=12) == ["expected a small part"]
    assert said(size=-2) == ["size: expected a positive size", "and a real part"]


def test_keys_that_are_known_beside_the_model_are_proposed() -> None:
    assert said(size=2, wieght=1) == ["wieght: unknown key – did you mean 'weight'?"]


def test_a_misspelt_key_is_not_also_missing() -> None:
    assert said(siez=2) == ["siez: unknown key – did you mean 'size'?"]
    assert said(form=2) == [
        "size: required key is missing",
        "form: unknown key – available: 'colour', 'size', 'weight'",
    ]


def test_a_path_reads_as_the_key_in_the_file() -> None:
    assert key_path(("stages", 0, "tables", 12, "keys", 1)) == "stages[0].tables[12].keys[1]"
    assert str(Problem(("keys", 1), "wrong").below(("tables", 0))) == "tables[0].keys[1]: wrong"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "nothing"), ("a", "'a'"), ({"a": 1}, "a mapping ({'a': 1})"), ((1,), "a list ((1,))"), (1.5, "1.5")],
)
def test_a_wrong_value_is_shown_with_its_type(value: object, text: str) -> None:
    assert show(value) == text
