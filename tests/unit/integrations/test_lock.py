"""The environment of `make test-integrations` has what the package and its tools ask for."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def names(text: str) -> set[str]:
    """Return the packages that a list of requirements names."""
    return {found.lower() for found in re.findall(r'"([A-Za-z0-9][A-Za-z0-9._-]*)', text)}


def test_the_lock_has_every_package_that_is_asked_for() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    asked = set()
    for key in ("dependencies", "integrations"):
        (listed,) = re.findall(rf"^{key} = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
        asked |= names(listed)
    assert {"deltalake", "apache-airflow", "dagster", "mlflow-skinny"} <= asked
    lock = (ROOT / "conf" / "integrations.lock").read_text("utf-8")
    locked = {found.lower() for found in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    assert asked <= locked, "make lock; or the line for conf/integrations.lock in it, without --upgrade"
