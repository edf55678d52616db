"""Settings of Hadoop's connector become those of Arrow's client for Google Cloud Storage, or a reason."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pyarrow import fs

from stageprint.engines.storage.gcs import gcs_access
from stageprint.engines.storage.model import UnreachableError
from stageprint.engines.storage.opening import file_system
from tests.support.hadoop_settings import Given


def options(settings: Mapping[str, str], environment: Mapping[str, str] | None = None) -> dict[str, object]:
    return dict(gcs_access(Given(settings), environment or {}).settings)


@pytest.mark.parametrize("kind", [None, "APPLICATION_DEFAULT", "COMPUTE_ENGINE"])
def test_credentials_of_the_surroundings(kind: str | None) -> None:
    assert options({} if kind is None else {"fs.gs.auth.type": kind}) == {}


def test_nobody() -> None:
    for settings in ({"fs.gs.auth.type": "UNAUTHENTICATED"}, {"google.cloud.auth.null.enable": "true"}):
        assert options(settings) == {"anonymous": True}
    assert isinstance(file_system(gcs_access(Given({"fs.gs.auth.type": "UNAUTHENTICATED"}), {})), fs.GcsFileSystem)


def test_a_key_file_must_be_in_the_environment_too() -> None:
    settings = {"google.cloud.auth.service.account.json.keyfile": "/etc/key.json"}
    assert options(settings, {"GOOGLE_APPLICATION_CREDENTIALS": "/etc/key.json"}) == {}
    with pytest.raises(UnreachableError, match=r"takes a key file from GOOGLE_APPLICATION_CREDENTIALS only"):
        options(settings, {"GOOGLE_APPLICATION_CREDENTIALS": "/etc/other.json"})


def test_another_endpoint_and_another_account() -> None:
    settings = {
        "fs.gs.storage.root.url": "http://127.0.0.1:4443/",
        "fs.gs.auth.impersonation.service.account": "reader@project",
    }
    assert options(settings) == {
        "endpoint_override": "127.0.0.1:4443",
        "scheme": "http",
        "target_service_account": "reader@project",
    }


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"fs.gs.auth.type": "ACCESS_TOKEN_PROVIDER"}, "does not have ACCESS_TOKEN_PROVIDER"),
        ({"fs.gs.auth.type": "USER_CREDENTIALS"}, "does not have USER_CREDENTIALS"),
        ({"fs.gs.encryption.key": "k"}, "does not have keys that the client supplies"),
    ],
)
def test_what_arrows_client_does_not_have(settings: Mapping[str, str], reason: str) -> None:
    with pytest.raises(UnreachableError, match=reason):
        options(settings)
