"""Hadoop's settings for S3 become those of Arrow's client, or a reason why they cannot."""

# ruff: noqa: S105 -- what these tests give as secrets is none

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from stageprint.engines.storage.model import Access, UnreachableError
from stageprint.engines.storage.s3a import s3a_access
from tests.support.hadoop_settings import Given

HADOOP = "org.apache.hadoop.fs.s3a."
SDK = "software.amazon.awssdk.auth.credentials."
DEFAULT = {
    "aws.credentials.provider": f"\n  {HADOOP}TemporaryAWSCredentialsProvider,\n"
    f"  {HADOOP}SimpleAWSCredentialsProvider,\n"
    f"  {SDK}EnvironmentVariableCredentialsProvider,\n  {HADOOP}auth.IAMInstanceCredentialsProvider\n",
    "connection.establish.timeout": "30s",
    "connection.timeout": "200s",
    "attempts.maximum": "5",
    "assumed.role.session.duration": "30m",
}
"""As core-default.xml of Hadoop 3.5 has them."""

KEYS = {"access.key": "AKIA", "secret.key": "very-secret"}


def access(own: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Access:
    settings = {f"fs.s3a.{name}": value for name, value in (DEFAULT | dict(own)).items()}
    return s3a_access("lake", Given(settings), environment or {})


def options(own: Mapping[str, str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    found = access(own, environment)
    return dict(found.settings) | dict(found.secrets)


def test_hadoops_defaults_ask_the_instance() -> None:
    found = access({})
    assert dict(found.settings) == {"attempts": 5, "connect_timeout": 30.0, "request_timeout": 200.0}
    assert found.secrets == ()


def test_keys_of_the_configuration() -> None:
    found = options(KEYS)
    assert (found["access_key"], found["secret_key"]) == ("AKIA", "very-secret")
    assert "session_token" not in found


def test_temporary_credentials_need_all_three() -> None:
    assert options(KEYS | {"session.token": "t"})["session_token"] == "t"
    only = {"aws.credentials.provider": f"{HADOOP}TemporaryAWSCredentialsProvider"}
    with pytest.raises(UnreachableError, match="none of its providers has credentials"):
        access(KEYS | only)
    plain = {"aws.credentials.provider": f"{HADOOP}SimpleAWSCredentialsProvider", "session.token": "t"}
    assert "session_token" not in options(KEYS | plain)


def test_a_bucket_has_settings_of_its_own() -> None:
    own = {
        "bucket.lake.access.key": "OWN",
        "bucket.lake.fs.s3a.secret.key": "own-secret",
        "bucket.lake.endpoint": "https://store.example:9000/",
        "bucket.other.access.key": "OTHER",
        "bucket.lake.path.style.access": "true",
    }
    found = options(KEYS | own)
    assert (found["access_key"], found["secret_key"]) == ("OWN", "own-secret")
    assert found["endpoint_override"] == "store.example:9000"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"endpoint": "s3.eu-west-3.amazonaws.com"}, {"region": "eu-west-3"}),
        ({"endpoint": "s3-us-gov-west-1.amazonaws.com"}, {"region": "us-gov-west-1"}),
        ({"endpoint": "https://s3.cn-north-1.amazonaws.com.cn"}, {"region": "cn-north-1"}),
        ({"endpoint": "s3.amazonaws.com", "endpoint.region": "ap-south-1"}, {"region": "ap-south-1"}),
        ({"endpoint.region": "sdk"}, {}),
        (
            {"endpoint": "http://127.0.0.1:9000"},  # no bucket can stand before an address
            {"region": "us-east-1", "scheme": "http", "endpoint_override": "127.0.0.1:9000"},
        ),
        (
            {"endpoint": "store:9000", "connection.ssl.enabled": "false", "path.style.access": "TRUE"},
            {"region": "us-east-1", "scheme": "http", "endpoint_override": "store:9000"},
        ),
        (
            {"endpoint": "store.example"},
            {
                "region": "us-east-1",
                "scheme": "https",
                "endpoint_override": "store.example",
                "force_virtual_addressing": True,
            },
        ),
        (
            {"endpoint": "bucket.vpce-0a1b.s3.eu-west-1.vpce.amazonaws.com", "path.style.access": "true"},
            {
                "region": "eu-west-1",
                "scheme": "https",
                "endpoint_override": "bucket.vpce-0a1b.s3.eu-west-1.vpce.amazonaws.com",
            },
        ),
    ],
)
def test_endpoint_and_region(own: Mapping[str, str], expected: Mapping[str, Any]) -> None:
    found = options(own)
    names = {"region", "scheme", "endpoint_override", "force_virtual_addressing"}
    assert {name: value for name, value in found.items() if name in names} == expected


def test_the_region_of_the_environment_is_the_last_resort() -> None:
    assert options({}, {"AWS_REGION": "eu-north-1"})["region"] == "eu-north-1"
    assert options({"endpoint.region": "us-west-2"}, {"AWS_REGION": "eu-north-1"})["region"] == "us-west-2"


@pytest.mark.parametrize(
    "provider",
    [
        f"{HADOOP}auth.IAMInstanceCredentialsProvider",
        "com.amazonaws.auth.InstanceProfileCredentialsProvider",
        f"{SDK}WebIdentityTokenFileCredentialsProvider",
        f"{SDK}DefaultCredentialsProvider",
        "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
    ],
)
def test_what_arrows_client_asks_by_itself(provider: str) -> None:
    assert access(KEYS | {"aws.credentials.provider": provider}).secrets == ()


def test_anonymous() -> None:
    own = {"aws.credentials.provider": f"{HADOOP}AnonymousAWSCredentialsProvider"}
    assert options(KEYS | own)["anonymous"] is True
    assert access(KEYS | own).secrets == ()


def test_a_role_is_assumed_with_credentials_of_the_instance() -> None:
    role = {
        "aws.credentials.provider": f"{HADOOP}auth.AssumedRoleCredentialProvider",
        "assumed.role.arn": "arn:aws:iam::1:role/reader",
        "assumed.role.session.name": "profiles",
        "assumed.role.credentials.provider": f"{HADOOP}auth.IAMInstanceCredentialsProvider",
    }
    found = options(role)
    assert found["role_arn"] == "arn:aws:iam::1:role/reader"
    assert (found["session_name"], found["load_frequency"]) == ("profiles", 900)
    with pytest.raises(UnreachableError, match=r"assumed\.role\.policy: Arrow's client for S3 does not have a policy"):
        access(role | {"assumed.role.policy": "{}"})
    simple = {"assumed.role.credentials.provider": f"{HADOOP}SimpleAWSCredentialsProvider"}
    with pytest.raises(UnreachableError, match=r"environment or the instance only, not with those of .*SimpleAWS"):
        access(role | KEYS | simple)
    with pytest.raises(UnreachableError, match=r"assumed\.role\.arn is not set"):
        access(role | {"assumed.role.arn": " "})


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (
            {"aws.credentials.provider": "com.example.VaultProvider"},
            "com.example.VaultProvider is a class of Java, which Arrow's client cannot ask",
        ),
        ({"encryption.algorithm": "SSE-C"}, "fs.s3a.encryption.algorithm: Arrow's client for S3 does not have SSE-C"),
        (
            {"encryption.algorithm": "CSE-KMS"},
            "fs.s3a.encryption.algorithm: Arrow's client for S3 does not have CSE-KMS",
        ),
        ({"requester.pays.enabled": "true"}, "does not have requester pays"),
        ({"bucket.lake.accesspoint.arn": "arn:x"}, "does not have an access point"),
        ({"delegation.token.binding": "x.Y"}, "does not have delegation tokens"),
        ({"endpoint.fips": "true"}, "does not have FIPS endpoints"),
    ],
)
def test_what_arrows_client_does_not_have(own: Mapping[str, str], reason: str) -> None:
    with pytest.raises(UnreachableError) as caught:
        access(KEYS | dict(own))
    assert reason in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_keys_on_the_server_need_nothing_for_reading() -> None:
    assert options(KEYS | {"encryption.algorithm": "SSE-KMS", "encryption.key": "arn"}) == options(KEYS)


def test_a_proxy() -> None:
    proxy = {"proxy.host": "proxy", "proxy.port": "3128", "proxy.username": "me", "proxy.password": "p@ss/word"}
    found = access(KEYS | proxy)
    assert dict(found.secrets)["proxy_options"] == "http://me:p%40ss%2Fword@proxy:3128"
    assert options(KEYS | {"proxy.host": "proxy", "proxy.ssl.enabled": "true"})["proxy_options"] == "https://proxy:443"


def test_secrets_go_to_tasks_and_are_not_shown() -> None:
    found = access(KEYS | {"session.token": "session-secret"})
    for secret in ("very-secret", "session-secret", "AKIA"):
        assert secret not in repr(found)
        assert secret not in str(found)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 -- made here
    assert hash(found) == hash(access(KEYS | {"session.token": "session-secret"}))
