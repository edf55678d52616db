"""A plug-in that is there for the length of a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stageprint.registry import find, plugin_modules


@contextmanager
def one_more_file(
    package: ModuleType, name: str, text: str, folder: Path, forget: Sequence[Callable[..., Any]]
) -> Iterator[None]:
    """Put one file beside a package's plug-ins, as far as the registry can see, and take it away again.

    Args:
        package: The plug-in folder.
        name: The module's name.
        text: Its source.
        folder: Where the file is written.
        forget: Cached functions that know the plug-ins, beside the registry's own; their caches are cleared before and
            after.
    """
    (folder / f"{name}.py").write_text(text, "utf-8")

    def clear() -> None:
        for known in (plugin_modules, find, *forget):
            known.cache_clear()  # type: ignore[attr-defined]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        clear()
        yield
    sys.modules.pop(f"{package.__name__}.{name}", None)
    vars(package).pop(name, None)
    clear()
