"""The lists of packages and licences are those of the lock, and every licence is an allowed one."""

from __future__ import annotations

import json
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from scripts.licences.licences import (
    LOCK,
    PAGE,
    ROOT,
    SBOM,
    LicenceError,
    is_allowed,
    known_licences,
    licence_of,
    licences,
    main,
    read_licence,
)
from scripts.licences.lock import Package, read_lock

LOCKED = read_lock((ROOT / LOCK).read_text("utf-8"))
KNOWN = known_licences((ROOT / SBOM).read_text("utf-8"))


def test_the_lists_are_those_of_the_lock() -> None:
    assert main(["--check"]) == 0, "run `make licences` and commit the files"


def test_every_version_of_the_lock_is_in_the_bill() -> None:
    lines = (ROOT / LOCK).read_text("utf-8").splitlines()
    pinned = {line.split(" ", 1)[0] for line in lines if "==" in line}
    components = json.loads((ROOT / SBOM).read_text("utf-8"))["components"]
    assert {f"{one['name']}=={one['version']}" for one in components} == pinned
    assert len({one["bom-ref"] for one in components}) == len(components)


@pytest.mark.parametrize("package", LOCKED, ids=lambda package: package.name)
def test_every_licence_is_allowed_and_what_the_package_says(package: Package) -> None:
    licence = KNOWN[package.name]
    assert is_allowed(package, licence)
    try:
        version = metadata.version(package.name)
    except metadata.PackageNotFoundError:
        return
    if version in package.versions:
        assert licence_of(package.name) == licence


def test_what_users_get_is_what_the_project_depends_on() -> None:
    users = {package.name for package in LOCKED if package.for_users}
    assert {"click", "pyspark", "py4j", "markupsafe", "pydantic-core"} <= users
    assert not {"pytest", "codespell", "mypy", "mkdocs", "deltalake-dev"} & users


def test_a_new_package_makes_the_lists_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (LOCK, PAGE, SBOM):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    assert main(["--check"], tmp_path) == 0
    lock = tmp_path / LOCK
    lock.write_text(lock.read_text("utf-8").replace("click==", "click==9"), "utf-8")
    assert main(["--check"], tmp_path) == 1
    assert f"{PAGE} is not of this lock: run `make licences`" in capsys.readouterr().err
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    lock.write_text(f"{lock.read_text('utf-8')}no-such-package==1.0\n    # via stageprint (pyproject.toml)\n", "utf-8")
    assert main(["--check"], tmp_path) == 1
    assert "no-such-package: not installed here and not listed before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("licence", "for_users", "allowed"),
    [
        ("MIT", True, True),
        ("MIT AND Zlib", True, True),
        ("GPL-3.0-only OR MIT", True, True),
        ("GPL-3.0-only", False, False),
        ("MIT AND GPL-3.0-only", True, False),
        ("GPL-2.0-only", False, True),
        ("GPL-2.0-only", True, False),
    ],
)
def test_allowed_licences(licence: str, for_users: bool, allowed: bool) -> None:
    assert is_allowed(Package("p", for_users=for_users), licence) is allowed


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT OR Apache-2.0")], "MIT OR Apache-2.0"),
        ([("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("License", "Apache License 2.0")], "Apache-2.0"),
    ],
)
def test_what_metadata_says(fields: list[tuple[str, str]], licence: str) -> None:
    found = Message()
    for name, value in fields:
        found[name] = value
    assert read_licence("p", found) == licence


def test_a_licence_that_nobody_knows_is_an_error() -> None:
    found = Message()
    found["License"] = "Commercial"
    with pytest.raises(LicenceError, match="p: its metadata names no known licence: 'Commercial'"):
        read_licence("p", found)
    with pytest.raises(LicenceError, match="x-y: not installed here"):
        licences([Package("x-y", {"1": ""})], {})
