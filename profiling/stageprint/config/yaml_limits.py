"""Reads YAML within limits: a file that is small, or looks small, cannot fill the memory or keep a process busy."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import yaml

from stageprint.errors import ConfigError

MAX_CHARACTERS: Final = 4 << 20
"""Characters of a file; ten thousand tables take about a third of it."""

MAX_NODES: Final = 500_000
"""Keys, values and lists of a file, those that aliases repeat included."""

MAX_DEPTH: Final = 32
"""Lists and mappings inside each other; a configuration needs ten."""

MAX_CHARACTERS_OF_A_NUMBER: Final = 100
"""Characters of a number or time: long ones take quadratic time to convert."""

_NUMBERS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))


class LimitedLoader(yaml.SafeLoader):
    """A safe loader that ends at a limit with one error.

    Args:
        text: The YAML text.
        file: Name of the file, as errors show it.

    Raises:
        ConfigError: The text is too long.
    """

    def __init__(self, text: str, file: str) -> None:
        check_size(len(text), file)
        super().__init__(text)
        self._file = file
        self._level = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node.

        Raises:
            ConfigError: It is nested too deeply, too large with everything that its aliases repeat, or a number of too
                many digits.
        """
        is_alias = self.check_event(yaml.AliasEvent)
        if self._level > MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            self._refuse(mark, f"expected at most {MAX_DEPTH} lists and mappings inside each other, got more")
        self._level += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._level -= 1
        # An alias gives a node that was counted already, or one that it stands in itself: whoever reads it finds that.
        if node is not None and not is_alias:
            self._sizes[id(node)] = self._counted(node)
        return node

    def _counted(self, node: yaml.Node) -> int:
        """Return how many nodes a node stands for."""
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _NUMBERS and len(node.value) > MAX_CHARACTERS_OF_A_NUMBER:
                what = f"expected a number or time of at most {MAX_CHARACTERS_OF_A_NUMBER} characters"
                self._refuse(node.start_mark, f"{what}, got {len(node.value)}; put text in quotes")
            return 1
        inner = [one for pair in node.value for one in (pair if isinstance(pair, tuple) else (pair,))]
        size = 1 + sum(self._sizes.get(id(one), 1) for one in inner)
        if size > MAX_NODES:
            what = f"expected at most {MAX_NODES:,} keys and values, those that aliases (*) repeat included"
            self._refuse(node.start_mark, f"{what}, got more")
        return size

    def _refuse(self, mark: yaml.Mark, problem: str) -> NoReturn:
        message = f"{self._file}:{mark.line + 1}: {problem}"
        raise ConfigError(message)


def check_size(size: int, file: str) -> None:
    """Refuse a file that is too long.

    Args:
        size: Characters or bytes of the file.
        file: Name of the file, as errors show it.

    Raises:
        ConfigError: It is longer than `MAX_CHARACTERS`.
    """
    if size > MAX_CHARACTERS:
        message = f"{file}: expected a configuration of at most {MAX_CHARACTERS >> 20} MiB, got more"
        raise ConfigError(message)
