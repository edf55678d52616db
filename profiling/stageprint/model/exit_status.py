"""Exit statuses of commands that did their work, beside those of the errors (`stageprint.errors`)."""

from __future__ import annotations

from typing import Final

from stageprint.errors import SourceError

FINDINGS: Final = 1
"""A finding or failed check is at or above the severity of ``--fail-on``."""

SOME_TABLE_FAILED: Final = SourceError.exit_status
"""The command finished although some tables could not be read."""
