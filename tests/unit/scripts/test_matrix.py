"""The matrix runs tests that exist, writes one report a step, and makes an environment again for other packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.matrix import __main__ as matrix
from scripts.matrix import environments
from stageprint.engines.spark.versions import DELTA_OF_SPARK, TESTED
from tests.support.iceberg import ARTIFACTS


def test_every_test_that_it_names_exists() -> None:
    for name in (*matrix.ENGINE, *matrix.STORES, matrix.ACROSS, matrix.CONNECT, matrix.ICEBERG):
        assert (environments.ROOT / name).exists(), name


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of a run in which every test passes and no environment is made."""
    found: list[list[str]] = []

    def run(command: list[str], **_: object) -> object:
        found.append(command)
        return type("Done", (), {"returncode": 0})()

    monkeypatch.setattr("scripts.matrix.__main__.subprocess.run", run)
    monkeypatch.setattr(matrix, "make", Path)
    return found


def test_each_step_of_a_version_has_its_own_report(commands: list[list[str]]) -> None:
    assert matrix.main([]) == 0
    reports = [word for command in commands for word in command if word.startswith("--junitxml=")]
    assert len(reports) == len(set(reports)) == len(commands)
    # The tests of each version, its Connect, Iceberg where there is one, and the tests across.
    assert len(commands) == 2 * len(TESTED) + len(ARTIFACTS) + 1
    connect = [command for command in commands if command[-1] == matrix.CONNECT]
    assert [Path(command[0]) for command in connect] == [environments.interpreter(version) for version in TESTED]
    for version in TESTED:
        python = str(environments.interpreter(version))
        (own,) = [command for command in commands if command[0] == python and matrix.ENGINE[0] in command]
        assert (matrix.STORES[0] in own) == (version in DELTA_OF_SPARK)


def test_the_quick_form_is_the_contract_and_the_tests_across(commands: list[list[str]]) -> None:
    assert matrix.main(["--quick"]) == 0
    assert [command[-1] for command in commands] == [*matrix.CONTRACT, *matrix.CONTRACT, matrix.ACROSS]


def test_an_environment_is_made_once_and_again_for_other_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[tuple[str, ...]] = []

    def run(*words: str) -> None:
        made.append(words)
        (tmp_path / "4.0").mkdir(exist_ok=True)

    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    monkeypatch.setattr(environments, "_run", run)
    environments.make("4.0")
    assert [words[1] for words in made] == ["venv", "pip"]
    assert {"pyspark==4.0.*", "grpcio"} <= set(made[1])
    environments.make("4.0")
    assert len(made) == 2
    monkeypatch.setattr(environments, "_FOR_TESTS", ("pytest", "another"))
    environments.make("4.0")
    assert [words[1] for words in made[2:]] == ["venv", "pip"]
    assert "another" in made[3]


def test_the_lock_leaves_open_what_follows_from_spark() -> None:
    lock = "delta-spark==4.4.0\n    # via stageprint\ngrpcio==1.85.3\npy4j==0.10.9.9\npyspark==4.2.0\nnumpy==2.4.6\n"
    assert environments.constraints(lock) == "grpcio==1.85.3\nnumpy==2.4.6\n"
