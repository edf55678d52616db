"""The fakes that replace the wiring in tests must take what the wiring takes."""

from __future__ import annotations

import inspect

import pytest

from stageprint.cli import wiring
from tests.support.cli import FAKED, Fakes


@pytest.mark.parametrize("name", FAKED)
def test_a_fake_has_the_arguments_of_what_it_replaces(name: str) -> None:
    def arguments(function: object) -> list[tuple[str, object]]:
        assert callable(function)
        return [(each.name, each.kind) for each in inspect.signature(function).parameters.values()]

    assert arguments(getattr(Fakes(), name)) == arguments(getattr(wiring, name))
