from __future__ import annotations

import pytest

from stageprint.stores.delta.errors import reason


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Metadata changed since last commit.", "Metadata changed since last commit."),
        (
            "Generic S3 error\n  \x1b[31m↳\x1b[0m Error performing PUT\n   \x1b[31m↳\x1b[0m connection refused\n",
            "Generic S3 error: connection refused",
        ),
        (
            'Generic S3 error\n ↳ 404 Not Found\n  ↳ <?xml version="1.0"?>\n<Error><Code>NoSuchBucket</Code>'
            "<Message>The specified bucket does not exist</Message></Error>",
            "there is no such bucket; check its name, and the endpoint or account",
        ),
        ("1 rows failed validation check.\nPreview of invalid data:\n| secret |", "1 rows failed validation check."),
        ("", "OSError"),
    ],
)
def test_one_line_with_the_innermost_cause_and_no_rows(message: str, said: str) -> None:
    assert reason(OSError(message)) == said
