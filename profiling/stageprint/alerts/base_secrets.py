"""Secrets of sinks: the configuration says where they are, never what they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from pydantic import Field, model_validator

from stageprint.config.base import ConfigModel
from stageprint.errors import AlertError, plain_reason

_EXPECTED: Final = "expected where the secret is, {env: NAME} or {file: PATH}; a secret itself has no place here"


class SecretRef(ConfigModel):
    """Where a secret is.

    Attributes:
        env: Environment variable that holds it.
        file: File that holds it; white space at its ends does not count.
    """

    env: str | None = Field(default=None, min_length=1)
    file: str | None = Field(default=None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _a_reference(cls, value: Any) -> Any:
        if not isinstance(value, (dict, SecretRef)):
            raise ValueError(_EXPECTED)  # pydantic reports it with file, line and key
        return value

    @model_validator(mode="after")
    def _one_place(self) -> SecretRef:
        if (self.env is None) == (self.file is None):
            raise ValueError(_EXPECTED)
        return self

    def reveal(self) -> str:
        """Return the secret.

        Raises:
            AlertError: It is not there, or empty.
        """
        if self.env is not None:
            found = os.environ.get(self.env, "").strip()
            where = f"environment variable {self.env}"
        else:
            where = f"file {self.file}"
            try:
                found = Path(str(self.file)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                message = f"the secret in {where} cannot be read: {plain_reason(error, quotes=False)}"
                raise AlertError(message) from error
        if not found:
            message = f"the secret in {where} is missing: set it where stageprint runs"
            raise AlertError(message)
        return found
