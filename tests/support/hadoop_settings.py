"""Hadoop's settings, as a test gives them."""

from __future__ import annotations

from collections.abc import Mapping


class Given:
    """Settings that are given, none of them in a store of credentials."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def get(self, name: str) -> str | None:
        return self._settings.get(name)

    def secret(self, name: str) -> str | None:
        return self._settings.get(name)
