"""Finds one-file plug-ins: every public module of a folder defines one class of the folder's base."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, TypeVar

from stageprint.errors import RegistryError


class Named(Protocol):
    """A plug-in class carries the name it is known by."""

    name: str


P = TypeVar("P")

_HELPER = re.compile(r"_|base(_|$)")


@cache
def discover(package: str, base: type[P]) -> Mapping[str, type[P]]:
    """Return the concrete subclasses of `base` defined in the modules of `package`, by `name`.

    Modules named ``base``, ``base_…`` or ``_…`` are helpers, not plug-ins. Plug-ins may lie in folders of the package.

    Args:
        package: Dotted name of the plug-in folder, such as ``stageprint.metrics``.
        base: The folder's base class.

    Returns:
        Read-only mapping of name to class, in alphabetical order of the name.

    Raises:
        RegistryError: The folder holds no plug-in, a module defines none or several, or two share a name.
    """
    found: dict[str, type[P]] = {}
    for path in plugin_modules(package):
        cls = _defined_in(path, base)
        name = _name_of(cls)
        if name in found:
            message = f"{found[name].__module__} and {path} are both named {name!r}; rename one"
            raise RegistryError(message)
        found[name] = cls
    if not found:
        message = f"{package} holds no {base.__name__}; the installation is broken"
        raise RegistryError(message)
    return MappingProxyType(dict(sorted(found.items())))


@cache
def find(package: str, base: type[P], name: str) -> type[P] | None:
    """Return one plug-in; where its module is named as it is, which is the custom, no other is imported.

    Args:
        package: Dotted name of the plug-in folder.
        base: The folder's base class.
        name: The plug-in's name.

    Returns:
        The class; None: no plug-in has this name.

    Raises:
        RegistryError: A module that was imported defines none or several.
    """
    for path in sorted(plugin_modules(package), key=lambda path: path.rpartition(".")[2] != name):
        cls = _defined_in(path, base)
        if _name_of(cls) == name:
            return cls
    return None


def _defined_in(path: str, base: type[P]) -> type[P]:
    module = importlib.import_module(path)
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, base)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
        and not value.__name__.startswith("_")
    ]
    if len(classes) != 1:
        names = ", ".join(sorted(cls.__name__ for cls in classes)) or "none"
        message = f"{module.__name__} must define exactly one {base.__name__}, found: {names}"
        raise RegistryError(message)
    return classes[0]


def _name_of(cls: type[P]) -> str:
    name: str = getattr(cls, "name")  # noqa: B009 -- `base` is any class; each plug-in base declares `name`
    return name


@cache
def plugin_modules(package: str) -> tuple[str, ...]:
    """Return the names of the plug-in modules of a folder and of the folders in it; each folder is listed once."""
    return tuple(_modules(package))


def _modules(package: str) -> Iterator[str]:
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if _HELPER.match(info.name):
            continue
        name = f"{package}.{info.name}"
        if info.ispkg:
            yield from _modules(name)
        else:
            yield name
