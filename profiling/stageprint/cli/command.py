"""What a command is: a click command whose help page says what it reads and writes, with examples and exit statuses.

A command is one file in `stageprint.cli.commands`, named as the command, with one function decorated with `command`.
A folder of commands is a package whose ``__init__`` defines one `Group`. Both are found by themselves.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import click

from stageprint.cli.statuses import DONE, MEANINGS, UNUSABLE
from stageprint.errors import RegistryError, did_you_mean

PROGRAM: Final = "stageprint"


class Command(click.Command):
    """A command with a complete help page.

    Args:
        place: Position in the list of commands, which is in the order of use; lower is earlier.
        reads: What the command reads.
        writes: What the command writes.
        examples: Command lines without the program's name.
        statuses: Meanings of exit statuses, where `MEANINGS` is not specific enough or more than 0 and 2 are returned.
        options: What click.Command takes.
    """

    def __init__(
        self,
        *,
        place: int,
        reads: str,
        writes: str,
        examples: Sequence[str],
        statuses: Mapping[int, str],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.place = place
        self.reads = reads
        self.writes = writes
        self.examples = tuple(examples)
        self.statuses = {DONE: MEANINGS[DONE], UNUSABLE: MEANINGS[UNUSABLE], **statuses}
        # click's own short help is cut to 45 characters.
        self.short_help = (self.help or "").partition("\n")[0].removesuffix(".")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does, reads and writes."""
        super().format_help_text(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_dl([("Reads", self.reads), ("Writes", self.writes)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit statuses."""
        del ctx
        with formatter.section("Examples"):
            for example in self.examples:
                # Not wrapped: an example can be copied.
                formatter.write(f"{'':{formatter.current_indent}}{PROGRAM} {example}\n")
        write_statuses(formatter, self.statuses)


def command(
    *,
    place: int,
    reads: str,
    writes: str,
    examples: Sequence[str],
    statuses: Mapping[int, str] | None = None,
) -> Callable[[Callable[..., int]], Command]:
    """Return a decorator that makes a function a command, named as the function's file.

    The function's docstring is the help text; its first line stands in the list of commands. The function returns the
    exit status. See `Command` for the arguments.
    """

    def decorate(function: Callable[..., int]) -> Command:
        return click.command(
            _command_name(function.__module__.rpartition(".")[2]),
            cls=Command,
            place=place,
            reads=reads,
            writes=writes,
            examples=examples,
            statuses=statuses or {},
        )(function)

    return decorate


class Group(click.Group):
    """The commands in the files of a package; a command's file is imported when the command is used.

    Args:
        package: Dotted name of the package, which is named as the group.
        help_text: What the commands are for.
        place: Position in the list of commands.
        default: The command that is meant where none is named; None: the help page is shown.
        options: What click.Group takes.
    """

    def __init__(
        self, package: str, help_text: str, *, place: int = 0, default: str | None = None, **options: Any
    ) -> None:
        options.setdefault("name", _command_name(package.rpartition(".")[2]))
        super().__init__(help=help_text, **options)
        self.package = package
        self.place = place
        self.default = default
        self.short_help = help_text.partition("\n")[0].removesuffix(".")

    @property
    def names(self) -> list[str]:
        """The names of the commands, without importing them."""
        path = importlib.import_module(self.package).__path__
        return [_command_name(info.name) for info in pkgutil.iter_modules(path) if not info.name.startswith("_")]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front of options that are not the group's own."""
        if self.default is not None and (
            not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        ):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of their `place`."""
        del ctx
        return sorted(self.names, key=lambda name: (self._load(name).place, name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported from its file; None if there is no such file."""
        del ctx
        return self._load(cmd_name) if cmd_name in self.names else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names; for a wrong name, the error suggests the nearest one."""
        name = args[0]
        if name not in self.names and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"no such command {name!r}{did_you_mean(name, self.names)}")
        return super().resolve_command(ctx, args)

    def _load(self, name: str) -> Command | Group:
        module = importlib.import_module(f"{self.package}.{name.replace('-', '_')}")
        found = [value for value in vars(module).values() if isinstance(value, Command | Group)]
        if len(found) != 1:
            message = f"{module.__name__} must define exactly one command, found {len(found)}"
            raise RegistryError(message)
        return found[0]


def write_statuses(formatter: click.HelpFormatter, statuses: Mapping[int, str]) -> None:
    """Write exit statuses and their meanings as a section of a help page."""
    with formatter.section("Exit status"):
        formatter.write_dl([(str(status), meaning) for status, meaning in sorted(statuses.items())])


def _command_name(module: str) -> str:
    return module.replace("_", "-")
