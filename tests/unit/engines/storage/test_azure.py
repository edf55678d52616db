"""Hadoop's settings for Azure become those of Arrow's client, or a reason why they cannot."""

# ruff: noqa: S105 -- what these tests give as secrets is none

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pyarrow import fs

from stageprint.engines.storage.azure import abfs_access
from stageprint.engines.storage.model import Access, UnreachableError
from stageprint.engines.storage.opening import file_system
from tests.support.hadoop_settings import Given

HOST = "lakes.dfs.core.windows.net"
KEY = "c2VjcmV0IG9mIHRoZSBhY2NvdW50"


def access(own: Mapping[str, str], authority: str = f"raw@{HOST}") -> Access:
    return abfs_access(authority, Given({f"fs.azure.{name}": value for name, value in own.items()}))


def options(own: Mapping[str, str]) -> dict[str, Any]:
    found = access(own)
    return dict(found.settings) | dict(found.secrets)


def test_the_key_of_the_account() -> None:
    found = access({f"account.key.{HOST}": KEY, "account.key": "of another"})
    assert dict(found.settings) == {"account_name": "lakes"}
    assert dict(found.secrets) == {"account_key": KEY}
    assert KEY not in repr(found)
    assert isinstance(file_system(found), fs.AzureFileSystem)


def test_a_cloud_of_its_own() -> None:
    host = "lakes.dfs.core.chinacloudapi.cn"
    found = access({f"account.key.{host}": KEY}, f"raw@{host}")
    assert dict(found.settings) == {
        "account_name": "lakes",
        "blob_storage_authority": ".blob.core.chinacloudapi.cn",
        "dfs_storage_authority": ".dfs.core.chinacloudapi.cn",
    }


def test_a_sas_token_of_the_container_comes_first() -> None:
    own = {"account.auth.type": "SAS", f"sas.fixed.token.{HOST}": "sv=1"}
    assert options(own)["sas_token"] == "sv=1"
    assert options(own | {f"sas.fixed.token.raw.{HOST}": "sv=2"})["sas_token"] == "sv=2"


def test_client_credentials() -> None:
    own = {
        f"account.auth.type.{HOST}": "OAuth",
        "account.oauth.provider.type": "org.apache.hadoop.fs.azurebfs.oauth2.ClientCredsTokenProvider",
        "account.oauth2.client.endpoint": "https://login.microsoftonline.com/a-tenant/oauth2/token",
        "account.oauth2.client.id": "an-id",
        "account.oauth2.client.secret": "client-secret",
    }
    assert options(own) == {
        "account_name": "lakes",
        "tenant_id": "a-tenant",
        "client_id": "an-id",
        "client_secret": "client-secret",
    }
    assert "client-secret" not in repr(access(own))


def test_a_managed_identity() -> None:
    own = {
        "account.auth.type": "OAuth",
        "account.oauth.provider.type": "org.apache.hadoop.fs.azurebfs.oauth2.MsiTokenProvider",
    }
    assert options(own) == {"account_name": "lakes"}
    assert options(own | {"account.oauth2.client.id": "an-id"}) == {"account_name": "lakes", "client_id": "an-id"}


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({}, "fs.azure.account.key is not set for this account"),
        ({"account.auth.type": "Custom"}, "fs.azure.account.auth.type: Custom is a class of Java"),
        ({"account.auth.type": "SAS", "sas.token.provider.type": "x.Y"}, "fs.azure.sas.fixed.token is not set"),
        (
            {"account.auth.type": "OAuth", "account.oauth.provider.type": "x.UserPasswordTokenProvider"},
            "does not have UserPasswordTokenProvider",
        ),
        (
            {"account.auth.type": "OAuth", "account.oauth.provider.type": "x.ClientCredsTokenProvider"},
            "expected a tenant of https://login.microsoftonline.com/, an id and a secret",
        ),
        ({"account.key": KEY, "client-provided-encryption-key": "k"}, "Arrow's client for Azure does not have it"),
    ],
)
def test_what_arrows_client_does_not_have(own: Mapping[str, str], reason: str) -> None:
    with pytest.raises(UnreachableError) as caught:
        access(own)
    assert reason in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("authority", ["raw", "lakes.dfs.core.windows.net", "raw@lakes"])
def test_no_container_or_account(authority: str) -> None:
    with pytest.raises(UnreachableError, match=r"expected container@account\.dfs\.core\.windows\.net, got"):
        access({"account.key": KEY}, authority)
