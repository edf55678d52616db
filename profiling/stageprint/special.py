"""SciPy's special functions, which are imported when the first of them is called: that takes longer than most commands.

Use it in place of ``scipy.special``: ``special.stdtr(df, t)``.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Return a function of `scipy.special`, and keep it here."""
    if name.startswith("__"):
        raise AttributeError(name)
    from scipy import special  # noqa: PLC0415 -- see above

    found = globals()[name] = getattr(special, name)
    return found
