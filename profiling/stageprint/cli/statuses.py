"""Exit statuses of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stageprint.errors import StageprintError
from stageprint.model.exit_status import FINDINGS, SOME_TABLE_FAILED

DONE: Final = 0
FOUND: Final = FINDINGS
UNUSABLE: Final = StageprintError.exit_status
TABLE_FAILED: Final = SOME_TABLE_FAILED
NOTHING_KNOWN: Final = 4
UNEXPECTED: Final = 70
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

MEANINGS: Final[Mapping[int, str]] = {
    DONE: "Done.",
    FOUND: "A finding or a failed check is at or above --fail-on.",
    UNUSABLE: "Wrong usage or configuration, or the store cannot be used.",
    TABLE_FAILED: "At least one table could not be read; the others are done.",
    NOTHING_KNOWN: "Nothing can be said about a run: it has not been compared since it was last profiled.",
    UNEXPECTED: "Unexpected error.",
    INTERRUPTED: "Interrupted.",
    PIPE_CLOSED: "The reader of the output closed the pipe.",
}
"""What each status means, unless a command's help page is more specific."""
