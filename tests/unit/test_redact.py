"""Credentials leave every text, whatever URL, option or message they stand in; what is no credential stays."""

from __future__ import annotations

import doctest
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint import redact
from stageprint.errors import SourceError, described, one_line
from stageprint.redact import HIDDEN, is_secret_name, redacted, redacted_options, redacted_value, secret_values

PLANTED = "Pl4nt3d"

SECRETS = st.text("abcXYZ019+/=_-.~!*", max_size=12).map(lambda text: f"{PLANTED}{text}{PLANTED}")
"""Secrets as key generators and people make them; slashes included, as in keys of AWS."""

URL_SAFE = SECRETS.map(lambda text: quote(text, safe=""))
NAMES = st.sampled_from(
    [
        "sig",
        "token",
        "password",
        "pwd",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "AWSAccessKeyId",
        "X-Goog-Signature",
        "access_token",
        "client_secret",
        "api_key",
        "sas",
        "SharedAccessSignature",
        "key",
        "dbpassword",
    ]
)
HOSTS = st.sampled_from(["bucket", "host.example.com", "account.dfs.core.windows.net", "10.0.0.1"])
PATHS = st.sampled_from(["", "/", "/orders", "/a/b.parquet", "/year=2013/day=1/x.csv", "/{run_id}/a b"])
AROUND = st.sampled_from(
    ["{}", "'{}'", "Path does not exist: {}", "java.io.IOException: {}: 403 Forbidden", "`{}`", "[PATH_NOT_FOUND] {} x"]
)


@st.composite
def urls(draw: st.DrawFn) -> str:
    """Return a URL that holds a planted secret."""
    host, path, secret = draw(HOSTS), draw(PATHS), draw(URL_SAFE)
    user = draw(st.sampled_from(["KEY:", f"{PLANTED}:", ""]))
    scheme = draw(st.sampled_from(["https", "hdfs", "ftp", "mysql", "postgresql+psycopg", "wasbs", "abfss"]))
    before = draw(st.sampled_from(["", "v=1&", "sv=2020-08-04&se=2030-01-01&"]))
    name = draw(NAMES)
    return draw(
        st.sampled_from(
            [
                f"s3a://{user}{draw(SECRETS) if user else secret}@{host}{path}",
                f"gs://{user}{secret}@{host}{path}",
                f"{scheme}://user:{secret}@{host}{path}",
                f"{scheme}://user:{secret}@{host}:8020{path}",
                f"https://{host}{path}?{before}{name}={secret}&end=1",
                f"jdbc:postgresql://{host}/db?user=u&{name}={secret}&ssl=true",
                f"jdbc:sqlserver://{host};databaseName=d;user=sa;password={secret};x=1",
                f"jdbc:sqlserver://{host};databaseName=d;user=sa;password={{{secret};{PLANTED}}};x=1",
                f"jdbc:oracle:thin:scott/{secret}@//{host}:1521/x",
                f"https://hooks.example.com/services/T000/{secret}",
                f"https://{host}/api/webhooks/1/{secret}",
            ]
        )
    )


def test_the_examples_of_the_module_hold() -> None:
    assert doctest.testmod(redact).failed == 0


@given(urls(), AROUND)
def test_no_url_keeps_its_credential(url: str, around: str) -> None:
    text = redacted(around.format(url))
    assert PLANTED not in text
    assert HIDDEN in text
    assert redacted(text) == text


@given(urls(), AROUND)
def test_no_error_shows_the_credential_of_a_url(url: str, around: str) -> None:
    error = SourceError(around.format(url))
    for shown in (str(error), one_line(error), described(error), one_line(OSError(url)), described(OSError(url))):
        assert PLANTED not in shown


@given(SECRETS, AROUND)
def test_a_known_secret_is_found_in_any_text(secret: str, around: str) -> None:
    known = secret_values({"fs.s3a.secret.key": secret, "header": "true"})
    for form in (secret, quote(secret), quote(secret, safe="")):
        assert PLANTED not in redacted(around.format(f"login with {form} failed"), known)


@given(urls())
def test_the_secrets_of_a_url_are_known(url: str) -> None:
    for secret in secret_values({}, url):
        assert redacted(f"login with {secret} failed", secret_values({}, url)) == f"login with {HIDDEN} failed"


@pytest.mark.parametrize(
    "text",
    [
        "abfss://container@account.dfs.core.windows.net/orders",
        "hdfs://namenode:8020/orders",
        "http://host:8080/users/x@example.com",
        "s3a://bucket/a@b/c:d",
        "file:///data/a b/x@y.csv",
        "data/key=5/token_count=3/part-0.parquet",
        "stage raw, table orders: keys[0]: the source has no column 'idd' – did you mean 'id'?",
        "mismatched input 'token' expecting 'x'",
        "no column 'passwd' – available: 'password', 'price'",
        "expected a number, got 'a:b@c'",
        "SELECT * FROM t WHERE email = 'a@x' AND n = 1",
        "https://example.com/search?q=keys&page=2",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3a://KEY:SEC/RET+x@bucket/a", "s3a://***@bucket/a"),
        ("https://u:p@h:80/x@y", "https://***@h:80/x@y"),
        ("https://c.blob.core.windows.net/x?sv=1&sig=a%3D&se=2", "https://c.blob.core.windows.net/x?sv=1&sig=***&se=2"),
        ("jdbc:sqlserver://h;user=sa;password={a;b};x=1", "jdbc:sqlserver://h;user=sa;password=***;x=1"),
        ("https://hooks.slack.com/services/T/B/x failed", "https://hooks.slack.com/*** failed"),
        ("https://x.webhook.office.com/webhookb2/1", "https://x.webhook.office.com/***"),
        ("https://discord.com/api/webhooks/1/x", "https://discord.com/api/webhooks/***"),
        ("fs.s3a.secret.key=abc, other", "fs.s3a.secret.key=***, other"),
        ("OPTIONS ('password' 'x', user 'y')", "OPTIONS ('password' ***, user 'y')"),
        ("{'password': 'abc', 'user': 'u'}", "{'password': ***, 'user': 'u'}"),
        ("Authorization: Bearer abcdefghijk", "Authorization: Bearer ***"),
    ],
)
def test_the_rest_of_the_text_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "spark.hadoop.fs.s3a.secret.key",
        "fs.azure.account.key.x.dfs.core.windows.net",
        "sasToken",
        "PGPASSWORD",
        "client_secret",
        "api-key",
        "credentials",
        "SharedAccessSignature",
        "auth",
        "AWSAccessKeyId",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["header", "sep", "mergeSchema", "keytab", "monkey", "assignee", "passenger", "tokenizer"]
)
def test_names_of_other_options(name: str) -> None:
    assert not is_secret_name(name)


def test_options_are_followed_into_mappings_and_lists() -> None:
    given_ = {"password": "x", "url": "https://u:p@h/", "more": [{"token": 1}, "s3a://K:S@b"], "n": 3}
    assert redacted_options(given_) == {
        "password": HIDDEN,
        "url": "https://***@h/",
        "more": [{"token": HIDDEN}, "s3a://***@b"],
        "n": 3,
    }
    assert redacted_value(("s3a://K:S@b",)) == ("s3a://***@b",)


def test_long_texts_take_no_longer_than_they_are_long() -> None:
    for text in ("a" * 200_000, "a." * 100_000, "password" * 20_000, "://" * 50_000, "a=" * 50_000, "@" * 100_000):
        redacted(text)
