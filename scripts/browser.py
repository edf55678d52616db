"""Finds a browser on this machine, for pictures of the report and for its tests."""

from __future__ import annotations

import os
import shutil
from typing import Final

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell")


def executable() -> str:
    """Return the path of Chromium or Chrome: ``STAGEPRINT_CHROMIUM``, else the first found on the path.

    Raises:
        RuntimeError: There is none.
    """
    found = os.environ.get("STAGEPRINT_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        message = f"no browser: none of {', '.join(_NAMES)} is on the path, and STAGEPRINT_CHROMIUM is not set"
        raise RuntimeError(message)
    return found
