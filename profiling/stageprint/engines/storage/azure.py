"""Makes Arrow's client for Azure storage from the settings of Hadoop's ABFS client, `fs.azure.*`.

Source of names and precedence: Hadoop's documentation of hadoop-azure ("Authentication"), versions 3.3 to 3.5.
"""

from __future__ import annotations

import re
from typing import Any, Final

from stageprint.engines.storage.model import Access, HadoopSettings, UnreachableError

_PREFIX: Final = "fs.azure."
_TENANT: Final = re.compile(r"^https://login\.microsoftonline\.com/([^/]+)/")
_HOST: Final = re.compile(r"^(?P<account>[^.]+)(?P<service>\.(?:dfs|blob))(?P<rest>\.[\w.-]+)$")
_PUBLIC: Final = ".core.windows.net"
_REFUSED: Final = ("encryption.context.provider.type", "client-provided-encryption-key")


class _OfAccount:
    """The settings of an account: those that end with its host where there are such, else those for all."""

    def __init__(self, settings: HadoopSettings, host: str) -> None:
        self._settings = settings
        self._host = host

    def get(self, name: str) -> str:
        for full in (f"{_PREFIX}{name}.{self._host}", f"{_PREFIX}{name}"):
            value = (self._settings.get(full) or "").strip()
            if value:
                return value
        return ""

    def secret(self, name: str, container: str = "") -> str | None:
        endings = (*([f".{container}.{self._host}"] if container else []), f".{self._host}", "")
        for ending in endings:
            value = (self._settings.secret(f"{_PREFIX}{name}{ending}") or "").strip()
            if value:
                return value
        return None


def abfs_access(authority: str, settings: HadoopSettings) -> Access:
    """Return how Arrow's client reaches a container with the settings of Hadoop's.

    Args:
        authority: ``container@account.dfs.core.windows.net``.
        settings: Hadoop's configuration.

    Raises:
        UnreachableError: It is reached in a way that Arrow's client does not have; the message says which.
    """
    container, _, host = authority.rpartition("@")
    found = _HOST.match(host)
    if not container or found is None:
        message = f"expected container@account.dfs.core.windows.net, got {authority}"
        raise UnreachableError(message)
    own = _OfAccount(settings, host)
    for name in _REFUSED:
        if own.get(name):
            message = f"{_PREFIX}{name}: Arrow's client for Azure does not have it"
            raise UnreachableError(message)
    kind = own.get("account.auth.type") or "SharedKey"
    given, secrets = _credentials(kind, own, container)
    other = found["rest"] if found["rest"] != _PUBLIC else None
    return Access.of(
        "azure",
        {
            "account_name": found["account"],
            "dfs_storage_authority": f".dfs{other}" if other else None,
            "blob_storage_authority": f".blob{other}" if other else None,
            **given,
        },
        secrets,
    )


def _credentials(kind: str, own: _OfAccount, container: str) -> tuple[dict[str, Any], dict[str, str | None]]:
    if kind == "SharedKey":
        key = own.secret("account.key")
        if key is None:
            message = f"{_PREFIX}account.key is not set for this account"
            raise UnreachableError(message)
        return {}, {"account_key": key}
    if kind == "SAS":
        token = own.secret("sas.fixed.token", container)
        if token is None:
            message = (
                f"{_PREFIX}sas.fixed.token is not set; tokens of {_PREFIX}sas.token.provider.type come from a class of "
                "Java, which Arrow's client cannot ask"
            )
            raise UnreachableError(message)
        return {}, {"sas_token": token}
    if kind == "OAuth":
        return _oauth(own)
    message = f"{_PREFIX}account.auth.type: {kind} is a class of Java, which Arrow's client cannot ask"
    raise UnreachableError(message)


def _oauth(own: _OfAccount) -> tuple[dict[str, Any], dict[str, str | None]]:
    full = own.get("account.oauth.provider.type")
    provider = full.rsplit(".", 1)[-1]
    client = own.secret("account.oauth2.client.id")
    if provider == "MsiTokenProvider":
        return {"client_id": client}, {}
    if provider == "ClientCredsTokenProvider":
        tenant = _TENANT.match(own.get("account.oauth2.client.endpoint"))
        secret = own.secret("account.oauth2.client.secret")
        if tenant is None or client is None or secret is None:
            message = (
                f"{_PREFIX}account.oauth2.client.endpoint, .id and .secret: expected a tenant of "
                "https://login.microsoftonline.com/, an id and a secret"
            )
            raise UnreachableError(message)
        return {"tenant_id": tenant[1], "client_id": client}, {"client_secret": secret}
    message = f"{_PREFIX}account.oauth.provider.type: Arrow's client does not have {provider or 'the default'}"
    raise UnreachableError(message)
