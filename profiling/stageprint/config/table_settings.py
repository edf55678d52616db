"""What the configuration says of one table, as hashes by key: to tell later which keys were changed, not from what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from stageprint.config.stages import StageConfig
from stageprint.config.tables import TableConfig
from stageprint.redact import redacted_options, redacted_value

_NO_SETTING: Final = frozenset({"name", "owner"})
"""Keys that change no profile."""

_HASH_DIGITS: Final = 8


def table_settings(stage: StageConfig, table: TableConfig) -> dict[str, str]:
    """Return the key of each setting that is not the default → the first 8 hex digits of the SHA-256 of its value.

    Credentials are taken out first, so that nobody can try passwords against a hash. Of a table with sensitive columns
    `checks` is left out: their bounds would be as easy to try.

    Args:
        stage: The table's stage; its `upstream` and `role` count as the table's.
        table: The table.
    """
    content = table.model_dump(mode="json", exclude_defaults=True)
    found: dict[str, Any] = {}
    for key, value in content.items():
        if key in _NO_SETTING or (key == "checks" and table.columns.sensitive):
            continue
        if key == "source":
            options = redacted_options(value.pop("options", {}))
            found |= {f"source.options.{name}": option for name, option in options.items()}
        if key in {"source", "columns"} and isinstance(value, Mapping):
            found |= {f"{key}.{name}": redacted_value(part) for name, part in value.items()}
        else:
            found[key] = redacted_value(value)
    if stage.upstream:
        found["stage.upstream"] = list(stage.upstream)
    if stage.role is not None:
        found["stage.role"] = str(stage.role)
    return {key: _hash(value) for key, value in sorted(found.items())}


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
