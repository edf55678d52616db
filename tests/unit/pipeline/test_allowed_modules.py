"""A configuration imports from allowed modules only."""

from __future__ import annotations

import sys
import types

import pytest

from stageprint.errors import UsageError
from stageprint.pipeline.allowed_modules import ALLOWED_MODULES_VARIABLE, allowed_modules, import_function


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ALLOWED_MODULES_VARIABLE, raising=False)


def test_nothing_is_allowed_by_default() -> None:
    assert allowed_modules() == ()
    with pytest.raises(UsageError) as caught:
        import_function("os:system")
    assert str(caught.value) == (
        "expected a function of an allowed module, got 'os:system' of module 'os'; allowed: none "
        "(environment variable STAGEPRINT_ALLOWED_MODULES, names separated by commas)"
    )


def test_a_module_that_is_not_allowed_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED_MODULES_VARIABLE, "shop, team.models")
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with pytest.raises(UsageError, match=r"allowed: shop, team\.models"):
        import_function("this:s")
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("allowed", "module", "is_allowed"),
    [
        ("team", "team", True),
        ("team", "team.models", True),
        ("team", "teammate", False),
        ("team.models", "team", False),
        (" other , team ", "team.models", True),
        ("", "team", False),
    ],
)
def test_a_package_allows_its_submodules(
    monkeypatch: pytest.MonkeyPatch, allowed: str, module: str, is_allowed: bool
) -> None:
    made = types.ModuleType(module)

    def version(run: str) -> str:
        return f"m-{run}"

    version.__module__ = module
    made.version = version  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module, made)
    monkeypatch.setenv(ALLOWED_MODULES_VARIABLE, allowed)
    if is_allowed:
        assert import_function(f"{module}:version")("7") == "m-7"
    else:
        with pytest.raises(UsageError, match="expected a function of an allowed module"):
            import_function(f"{module}:version")


def test_what_an_allowed_module_imported_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType("team_registry")
    exec("from subprocess import check_output", vars(made))  # noqa: S102 -- a module as one is written
    monkeypatch.setitem(sys.modules, "team_registry", made)
    monkeypatch.setenv(ALLOWED_MODULES_VARIABLE, "team_registry")
    with pytest.raises(UsageError, match="got 'team_registry:check_output' of module 'subprocess'"):
        import_function("team_registry:check_output")
