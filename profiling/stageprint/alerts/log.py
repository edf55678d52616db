"""Alerts as lines of JSON, in a file or on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from stageprint.alerts.base import Settings, Sink
from stageprint.errors import AlertError, plain_reason
from stageprint.model.alert import Alert


class LogSettings(Settings):
    """Where the lines go.

    Attributes:
        file: The file that lines are appended to. It is created if needed; its folder must exist. If not set, the
            lines go to stderr.
    """

    file: str | None = Field(default=None, min_length=1)


class Log(Sink[LogSettings]):
    """Appends one line of JSON per alert to a file, or writes it to stderr, for log collectors and for `jq`.

    Example:
        - {sink: log, file: alerts.jsonl, severity: review}
    """

    name: ClassVar[str] = "log"
    settings_model: ClassVar[type[Settings]] = LogSettings

    def send(self, alert: Alert) -> None:
        """Write the line.

        Raises:
            AlertError: The file cannot be written.
        """
        line = f"{alert.to_json()}\n"
        if self.settings.file is None:
            sys.stderr.write(line)
            return
        path = Path(self.settings.file)
        try:
            # Unbuffered, so that the line is one write: lines of several processes do not mix.
            with path.open("ab", buffering=0) as file:
                file.write(line.encode())
        except OSError as error:
            message = f"{path}: cannot be written: {plain_reason(error)}"
            raise AlertError(message) from error
