"""Names the process that writes, and tells whether such a process has ended."""

from __future__ import annotations

import datetime as dt
import os
import socket
from pathlib import Path
from typing import Final

MAX_WRITING_TIME: Final = dt.timedelta(hours=24)
"""How long a command may write; what an older one left unfinished is taken as abandoned."""

_NAMESPACE: Final = Path("/proc/self/ns/pid")


def this_process() -> str:
    """Return the name of this process, ``host:pid namespace:pid``; each container on a host has its own namespace."""
    return f"{_place()}:{os.getpid()}"


def has_ended(writer: str | None, started_at: dt.datetime) -> bool:
    """Tell whether a process surely no longer writes: it was on this host and is gone, or it began too long ago.

    Args:
        writer: Its name; None: not known.
        started_at: When it began to write.
    """
    if dt.datetime.now(dt.timezone.utc) - started_at > MAX_WRITING_TIME:
        return True
    place, _, number = (writer or "").rpartition(":")
    return place == _place() and number.isdigit() and not _runs(int(number))


def _place() -> str:
    try:
        namespace = str(_NAMESPACE.readlink())
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}:{''.join(filter(str.isdigit, namespace))}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
