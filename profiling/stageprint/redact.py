"""Takes credentials out of texts before they are stored, shown or logged: URLs, options and connection strings.

The one place that does it. Errors of stageprint call it for their own texts (`stageprint.errors.StageprintError`), so
that whatever an exception of Spark, of a file system or of a driver quotes loses its credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

HIDDEN: Final = "***"
"""What stands in the place of a credential."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = frozenset(
    {"secret", "secrets", "password", "passwd", "passphrase", "pwd", "pass", "token", "tokens", "credential"}
    | {"credentials", "key", "keys", "sas", "sig", "signature", "auth", "authorization", "jwt", "bearer"}
)
"""Words of a name that make it the name of a secret."""

_SECRET_ENDINGS: Final = (
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "accountkey",
    "keyid",
)
"""Endings that do so in a name written as one word, such as ``dbpassword``."""

_NOT_SECRET: Final = frozenset({"keytab", "keyspace", "keystoretype"})

_OBJECT_STORES: Final = "s3|s3a|s3n|gs|oss|cosn|obs"
_CONTAINERS: Final = "abfs|abfss|wasb|wasbs|adl"
"""Schemes whose user part is a container: ``abfss://container@account…`` holds no credential."""

_STOP: Final = r"\s'\"`<>|"
"""Characters that end a URL in a text."""

_USER: Final = "{0,2000}"
"""Characters of user and password that are looked for; without a bound, long texts would take quadratic time."""

_USER_OF_OBJECT_STORE: Final = re.compile(
    rf"(?i)\b((?:{_OBJECT_STORES})://)(?:[^{_STOP}/@]{_USER}:[^{_STOP}@]{_USER}|[^{_STOP}/@]{_USER})@+(?=[^{_STOP}])"
)
"""A bucket has no colon: all between a first colon and the last @ is the secret, which may hold slashes."""

_PASSWORD_OF_URL: Final = re.compile(
    rf"(?i)\b((?!(?:{_OBJECT_STORES})://)[a-z][a-z0-9+.-]{{0,30}}://)"
    rf"[^{_STOP}/?#@:]{_USER}:(?!\d+(?:[/?#]|$))[^{_STOP}@]{_USER}@(?:[^{_STOP}/?#@]{_USER}@)*"
)
"""A password may hold slashes; digits up to a slash are a port."""

_USER_OF_URL: Final = re.compile(
    rf"(?i)\b((?!(?:{_CONTAINERS}|{_OBJECT_STORES})://)[a-z][a-z0-9+.-]{{0,30}}://)(?:[^{_STOP}/?#@]{_USER}@)+"
)
_ORACLE: Final = re.compile(rf"(?i)\b(jdbc:oracle:\w{{1,20}}:)[^{_STOP}@]{_USER}@")
_WEBHOOK: Final = re.compile(
    rf"(?i)\b(https?://(?:hooks\.[^{_STOP}/]{{1,200}}|[^{_STOP}/]{{0,200}}\.webhook\.[^{_STOP}/]{{1,200}}"
    rf"|[^{_STOP}?#]{{1,200}}?/webhooks?))/[^{_STOP}]+"
)
"""Addresses of chat channels, whose path is the secret."""

_PARAMETER: Final = re.compile(rf"([?&;#])([\w.%-]+)(=)(\{{[^}}]*\}}|[^&;{_STOP}]*)")
_QUERY_PARAMETER: Final = re.compile(rf"([?&])([\w.%-]+)(=)([^&{_STOP}]*)")

_STRONG: Final = (
    r"(?:[\w.-]{0,60}(?:password|passwd|passphrase|secret|token|credentials?|api[_.-]?key|access[_.-]?key"
    r"|account[_.-]?key|private[_.-]?key)(?:\.[\w.-]{0,60})?|pwd|sas|sig)"
)
"""Names that are those of secrets also outside of URLs and options, where ``key=5`` may be a folder."""

_STRONG_NAME: Final = re.compile(_STRONG, re.IGNORECASE)
_QUOTED_TEXT: Final = r"'[^']+'|\"[^\"]+\""
_ASSIGNMENT: Final = re.compile(rf"(?i)(?<![\w./-])({_STRONG})(['\"]?\s*(?:=>|=)\s*)({_QUOTED_TEXT}|[^\s'\",;&)\]}}]+)")
_ENTRY: Final = re.compile(rf"(?i)(?<![\w./-])({_STRONG})(['\"]?\s*:\s*)({_QUOTED_TEXT})")
_OPTION_IN_SQL: Final = re.compile(
    rf"(?i)(?<![\w.-])([\w.-]{{0,60}}(?:password|passwd|secret)[\w.-]{{0,60}})(['\"]?\s+)({_QUOTED_TEXT})"
)
_HEADER: Final = re.compile(r"(?i)\b(bearer|basic)(\s+)([\w.~+/=-]{8,})")


def is_secret_name(name: str) -> bool:
    """Return whether an option or parameter of that name holds a secret.

    Example:
        >>> [is_secret_name(name) for name in ("fs.s3a.secret.key", "sasToken", "X-Amz-Signature", "header", "sep")]
        [True, True, True, False, False]
    """
    words = [word.casefold() for word in _WORDS.findall(name)]
    joined = re.sub(r"[^a-z0-9]", "", name.casefold())
    if joined in _NOT_SECRET:
        return False
    return not _SECRET_WORDS.isdisjoint(words) or joined.endswith(_SECRET_ENDINGS)


_MIN_SECRET_CHARACTERS: Final = 8
"""Shorter values are not looked for in other texts: they would be found in words."""

_hidden_everywhere: set[str] = set()


def hide_everywhere(secrets: Iterable[str]) -> None:
    """Let `redacted` take values out of all texts from now on, in this process.

    A configuration hides its own secrets so, since Spark, drivers and file systems may quote them in any message.

    Args:
        secrets: The values, such as `secret_values` returns them.
    """
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARACTERS:
            _hidden_everywhere.update(_forms(secret))


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the credentials in it; each is replaced by `HIDDEN`.

    Taken out are user and password of URLs (``s3a://KEY:SECRET@bucket``), parameters whose names are those of secrets
    (``?sig=``, ``&token=``, ``;password=``, presigned ``X-Amz-…``), the paths of webhooks, assignments such as
    ``password = 'x'``, and values that are known to be secret (`hide_everywhere`).

    Args:
        text: Any text, such as a path or an error message.
        secrets: More values that are secret, such as those of options; see `secret_values`.

    Example:
        >>> redacted("s3a://AKIA:abc/d@bucket/orders?sig=x&v=1")
        's3a://***@bucket/orders?sig=***&v=1'
    """
    known = _hidden_everywhere.union(*(_forms(secret) for secret in secrets))
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    if "://" in text:
        text = _USER_OF_OBJECT_STORE.sub(rf"\1{HIDDEN}@", text)
        text = _PASSWORD_OF_URL.sub(rf"\1{HIDDEN}@", text)
        text = _USER_OF_URL.sub(rf"\1{HIDDEN}@", text)
        text = _WEBHOOK.sub(rf"\1/{HIDDEN}", text)
    if "@" in text:
        text = _ORACLE.sub(rf"\1{HIDDEN}@", text)
    if "=" in text:
        text = _QUERY_PARAMETER.sub(_without_value, text)
        text = _PARAMETER.sub(_without_value, text)
        text = _ASSIGNMENT.sub(rf"\1\2{HIDDEN}", text)
    text = _ENTRY.sub(rf"\1\2{HIDDEN}", text)
    text = _OPTION_IN_SQL.sub(rf"\1\2{HIDDEN}", text)
    return _HEADER.sub(rf"\1\2{HIDDEN}", text)


def redacted_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options without secrets: values under the names of secrets are hidden, other texts are `redacted`.

    Args:
        options: Name → value; mappings and lists in it are followed.
    """
    return {name: HIDDEN if is_secret_name(str(name)) else redacted_value(value) for name, value in options.items()}


def redacted_value(value: Any) -> Any:
    """Return a value without the credentials in its texts; see `redacted_options`."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return redacted_options(value)
    if isinstance(value, (list, tuple)):
        return type(value)([redacted_value(item) for item in value])
    return value


def secret_values(options: Mapping[str, str], *texts: str) -> tuple[str, ...]:
    """Return the secrets in options and in the URLs of texts, to be found again in what others say about them.

    Args:
        options: Name → value.
        texts: Such as the path that the options belong to.
    """
    # `keyColumn: order_id` is hidden where it stands, but `order_id` is not looked for elsewhere.
    found = [value for name, value in options.items() if _STRONG_NAME.fullmatch(name)]
    for text in (*texts, *options.values()):
        for pattern in (_USER_OF_OBJECT_STORE, _PASSWORD_OF_URL, _USER_OF_URL):
            for match in pattern.finditer(text):
                user = match[0][len(match[1]) :].rstrip("@")
                found += [user, *user.split(":", 1)[1:]]
        for pattern in (_QUERY_PARAMETER, _PARAMETER):
            found += [match[4] for match in pattern.finditer(text) if is_secret_name(match[2])]
    return tuple(dict.fromkeys(value for value in found if len(value) >= _MIN_SECRET_CHARACTERS))


def _forms(secret: str) -> set[str]:
    return {secret, unquote(secret), quote(secret, safe=""), quote(secret)}


def _without_value(found: re.Match[str]) -> str:
    mark, name, sign, value = found.groups()
    return f"{mark}{name}{sign}{HIDDEN}" if value and is_secret_name(unquote(name)) else found[0]
