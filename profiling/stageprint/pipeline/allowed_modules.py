"""Imports the functions that a configuration names, from the modules that the environment allows and no others.

A configuration may come from other people than the process that reads it runs as. The list of modules is therefore not
part of it.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from stageprint.errors import UsageError

ALLOWED_MODULES_VARIABLE: Final = "STAGEPRINT_ALLOWED_MODULES"
"""Environment variable with the modules and packages, separated by commas, whose functions a configuration may name."""


def allowed_modules() -> tuple[str, ...]:
    """Return the modules whose functions a configuration may name, submodules included; without the variable, none."""
    names = (name.strip() for name in os.environ.get(ALLOWED_MODULES_VARIABLE, "").split(","))
    return tuple(name for name in names if name)


def import_function(text: str) -> Callable[[str], Any]:
    """Return the function ``package.module:function``.

    Nothing is imported from a module that is not allowed. What an allowed module has imported from another one is not
    its function.

    Args:
        text: The function, as the configuration names it.

    Raises:
        UsageError: The text has another form, the module is not allowed or cannot be imported, or it has no such
            function of its own.
    """
    module, separator, name = text.partition(":")
    if not separator or not module or not name:
        message = f"expected package.module:function, got {text!r}"
        raise UsageError(message)
    _require_allowed(module, text)
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        message = f"expected a function that Python can import, got {text!r}: {error}"
        raise UsageError(message) from error
    if not callable(function):
        message = f"expected a function of the run's name, got {text!r}, which is a {type(function).__name__}"
        raise UsageError(message)
    if inspect.isroutine(function) or inspect.isclass(function):
        _require_allowed(str(function.__module__), text)
    return function  # type: ignore[no-any-return]


def _require_allowed(module: str, text: str) -> None:
    allowed = allowed_modules()
    if any(module == name or module.startswith(f"{name}.") for name in allowed):
        return
    message = (
        f"expected a function of an allowed module, got {text!r} of module {module!r}; allowed: "
        f"{', '.join(allowed) or 'none'} (environment variable {ALLOWED_MODULES_VARIABLE}, names separated by commas)"
    )
    raise UsageError(message)
