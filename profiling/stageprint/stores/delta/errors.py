"""Says in one line why delta-rs could not read or write."""

from __future__ import annotations

import re
from typing import Final

from stageprint.reasons import reason_of

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_CAUSED_BY: Final = "↳"
_S3_ANSWER: Final = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")


def reason(error: BaseException) -> str:
    """Return what went wrong, with the innermost cause, and what to do about it if that is known.

    delta-rs writes one cause a line, each behind an arrow. Other lines after the first hold help or rows of data, which
    are left out.
    """
    known = reason_of(error)
    if known.advice is not None:
        return str(known)
    answer = _S3_ANSWER.search(str(error))
    if answer is not None:
        return f"{answer[1]}: {answer[2]}"
    lines = _COLOUR.sub("", str(error)).strip().splitlines() or [type(error).__name__]
    causes = [line.partition(_CAUSED_BY)[2].strip() for line in lines[1:] if _CAUSED_BY in line]
    return ": ".join([lines[0].strip().rstrip(":"), *causes[-1:]])
