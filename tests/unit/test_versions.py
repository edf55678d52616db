"""Which version of a model is recorded, and which is expected."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass

import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import TableConfig
from stageprint.errors import ConfigError, UsageError
from stageprint.model import ColumnKind, NotComputable
from stageprint.pipeline.allowed_modules import ALLOWED_MODULES_VARIABLE
from stageprint.pipeline.model_versions import check_registries, expected_versions, recorded_versions, version_facts
from tests.support.columns import profile_of

PIPELINE = """\
pipeline: p
store: s
stages:
  - name: live
    tables:
      - name: scores
        source: {table: scores}
        model_version: version
        expected_model_version: WANTED
"""


def config(wanted: str) -> PipelineConfig:
    return parse_config(PIPELINE.replace("WANTED", wanted))


def table(wanted: str) -> TableConfig:
    return config(wanted).table("live", "scores")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("late-{run_id}", ("late-2013-05",)),
        ("v{run_date}", ("v2013-05-01",)),
        ("7", ("7",)),
        ("[a, 'b:2']", ("a", "b:2")),
    ],
)
def test_texts_stand_for_the_run(wanted: str, expected: tuple[str, ...]) -> None:
    assert expected_versions(table(f'"{wanted}"' if "{" in wanted else wanted), "2013-05") == expected


def test_a_run_without_a_date_has_no_run_date() -> None:
    with pytest.raises(UsageError, match=r"table 'scores': expected_model_version 'v\{run_date\}' uses \{run_date\}"):
        expected_versions(table('"v{run_date}"'), "blue")


def test_a_wrong_placeholder_and_a_version_without_its_column_are_errors_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"unknown placeholder \{run\}"):
        config('"late-{run}"')
    with pytest.raises(ConfigError, match="needs `model_version`"):
        parse_config(PIPELINE.replace("        model_version: version\n", ""))


def test_a_function_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("registry_of_ours")
    module.one = lambda run: f"m-{run}"  # type: ignore[attr-defined]
    module.several = lambda _: ["a", 2]  # type: ignore[attr-defined]
    module.none = lambda _: None  # type: ignore[attr-defined]
    module.down = lambda _: 1 / 0  # type: ignore[attr-defined]
    module.number = 7  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv(ALLOWED_MODULES_VARIABLE, f"registry_of_ours,{__name__}")

    def ask(name: str) -> object:
        return expected_versions(table(f'{{python: "registry_of_ours:{name}"}}'), "r")

    assert ask("one") == ("m-r",)
    assert ask("several") == ("a", "2")
    assert ask("none") == NotComputable("python: registry_of_ours:none named no version for run 'r'")
    down = ask("down")
    assert isinstance(down, NotComputable)
    assert down.reason.endswith("did not answer: ZeroDivisionError: division by zero")
    check_registries(config('{python: "registry_of_ours:one"}'))
    for name, why in (("gone", "that Python can import"), ("number", "which is a int")):
        with pytest.raises(UsageError, match=f"stage 'live', table 'scores': expected_model_version: .*{why}"):
            check_registries(config(f'{{python: "registry_of_ours:{name}"}}'))
    with pytest.raises(UsageError, match=r"expected package\.module:function, got 'nothing'"):
        check_registries(config("{python: nothing}"))


def test_a_run_s_name_never_says_whom_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED_MODULES_VARIABLE, "os")
    assert expected_versions(table('"{run_id}"'), "python:os:strerror") == ("python:os:strerror",)
    asked = expected_versions(table('{python: "os:{run_id}"}'), "getenv")
    assert isinstance(asked, NotComputable)
    assert "os:{run_id}" in asked.reason


def test_mlflow_is_asked_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Version:
        version: int

    class Client:
        def get_model_version_by_alias(self, name: str, alias: str) -> Version:
            assert (name, alias) == ("late", "production")
            return Version(7)

    mlflow = types.ModuleType("mlflow")
    mlflow.MlflowClient = Client  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    found = expected_versions(table('{mlflow: "models:/late@production"}'), "r")
    assert found == ("7", "late/7", "models:/late/7")
    assert expected_versions(table('{mlflow: "models:/late/3"}'), "r") == ("3", "late/3", "models:/late/3")
    check_registries(config('{mlflow: "models:/late@production"}'))
    with pytest.raises(UsageError, match="expected models:/name@alias or models:/name/version, got 'late'"):
        check_registries(config("{mlflow: late}"))


def test_without_mlflow_it_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UsageError, match=r"needs MLflow's client, which is not installed: pip install mlflow-skinny"):
        check_registries(config('{mlflow: "models:/late@production"}'))
    check_registries(config("plain"))


def test_versions_are_counted_in_texts_and_whole_numbers() -> None:
    texts = profile_of(pa.array(["b", "a", "b", None]), ColumnKind.STRING)
    assert recorded_versions(texts) == (("b", 2), ("a", 1))
    assert recorded_versions(profile_of(pa.array([7, 7, 6]), ColumnKind.INTEGER)) == (("7", 2), ("6", 1))
    assert recorded_versions(profile_of(pa.array([0.5]), ColumnKind.FLOAT)) == ()


def test_facts_are_of_the_column_whatever_its_case() -> None:
    versions = profile_of(pa.array(["a"]), ColumnKind.STRING)
    facts = version_facts(table("a"), "r", {"Version": versions})
    assert facts["model_versions"] == (("a", 1),)
    assert facts["expected_model_versions"] == ("a",)
    assert version_facts(table("a"), "r", {})["model_versions"] == ()
    assert version_facts(table("a").model_copy(update={"model_version": None}), "r", {}) == {}
