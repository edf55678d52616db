"""The text of a message: a title and a few lines, made by a Jinja template that can be replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stageprint.errors import AlertError, one_line, plain_reason
from stageprint.model.alert import Alert, AlertEvent
from stageprint.model.change import changes_line

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MAX_TITLE_CHARS: Final = 200
MAX_BODY_CHARS: Final = 3_000
_MAX_NAMES: Final = 6

DEFAULT_TEMPLATE: Final = """\
{%- set one = incidents[0] -%}
{% if event == "test" %}Test of stageprint's alerts ({{ pipeline }})
{{ one.sentence }}
{%- elif total > 1 %}{{ mark }} {{ pipeline }}: {{ total }} incidents \
{% if closed %}are over{% else %}began in run {{ run_id }}{% endif %}
{% for each in incidents[:10] %}- {{ each.severity }}: {{ place(each) }}: {{ words(each.cause) }}
{% endfor %}{% if total > 10 %}… and {{ total - 10 }} more: `stageprint incidents`
{% endif %}
{%- else %}{{ mark }} {{ pipeline }}: {{ place(one) }}: {{ words(one.cause) }}{{ how }}
{{ one.sentence }}
{% if one.explains %}It {{ "explained" if closed else "explains" }} changes in {{ one.explains | length }} other \
place{{ "s" if one.explains | length > 1 }}: \
{{ names(one.explains) }}
{% endif %}{% if changed and not closed %}{{ changed }}
{% endif %}{% if one.checks %}Checks that fail{{ "ed" if closed else "" }}: {{ names(one.checks) }}
{% endif %}{% if one.owner %}Owner: {{ one.owner }}
{% endif %}{% if one.why %}Why: {{ one.why }}
{% endif %}{% if learning and not closed %}{{ learning }}
{% endif %}{% if look_first and not closed %}Look first: {{ look_first }}
{% endif %}{% if not closed %}\
{% if findings %}All about it: `stageprint show {{ findings[0].finding_id }}`. {% endif %}\
Say that you are on it: `stageprint incidents ack {{ one.incident_id }}`
{% endif %}{% endif %}"""
"""The built-in template: the first line is the title."""


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message as people read it.

    Attributes:
        title: One line.
        body: The other lines, as plain text.
    """

    title: str
    body: str


class TextTemplate:
    """Makes the text of messages.

    Args:
        file: A file with a Jinja template; None: the built-in one.
    """

    def __init__(self, file: str | None = None) -> None:
        self._file = file

    def problem(self) -> str | None:
        """Return what is wrong with the template; None: nothing that can be seen without a message."""
        try:
            self._template  # noqa: B018 -- it is read and parsed
        except AlertError as error:
            return str(error)
        return None

    def render(self, alert: Alert) -> MessageText:
        """Return the text of a message: the template's first line is the title.

        Raises:
            AlertError: The template cannot be read, or fails.
        """
        from jinja2 import TemplateError  # noqa: PLC0415 -- only who sends alerts needs it

        try:
            text = self._template.render(_context(alert))
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            message = f"template {self._file or 'of its own'}: {one_line(error)}"
            raise AlertError(message) from error
        title, _, body = text.strip().partition("\n")
        return MessageText(shortened(title.strip(), MAX_TITLE_CHARS), shortened(body.strip(), MAX_BODY_CHARS))

    @cached_property
    def _template(self) -> Template:
        from jinja2.exceptions import TemplateSyntaxError  # noqa: PLC0415 -- only who sends alerts needs it

        environment = _environment()
        if self._file is None:
            return environment.from_string(DEFAULT_TEMPLATE)
        try:
            text = Path(self._file).read_text(encoding="utf-8")
            return environment.from_string(text)
        except TemplateSyntaxError as error:
            message = f"template {self._file}, line {error.lineno}: {one_line(error)}"
            raise AlertError(message) from error
        except (OSError, UnicodeDecodeError) as error:
            message = f"template {self._file} cannot be read: {plain_reason(error, quotes=False)}"
            raise AlertError(message) from error


def shortened(text: str, most: int) -> str:
    """Return a text with at most so many characters; a cut one ends with an ellipsis.

    Example:
        >>> shortened("unit change", 5)
        'unit…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def place(row: Mapping[str, Any]) -> str:
    """Return where an incident began, as ``stage.table.column``."""
    parts = [row["stage"], *([] if row["table"].startswith(":") else [row["table"]])]
    return ".".join([*parts, row["column"]] if row["column"] else parts)


def words(name: str) -> str:
    """Return the name of a cause as words."""
    return name.replace("_", " ")


def names(found: list[str]) -> str:
    """Return a list of names, the first few."""
    more = len(found) - _MAX_NAMES
    return ", ".join(found[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _context(alert: Alert) -> dict[str, Any]:
    shown = alert.to_object()
    one = shown["incidents"][0]
    how = {
        AlertEvent.OPENED: f" (since run {one['opened_run']})",
        AlertEvent.WORSENED: f" is {alert.severity.value} now (since run {one['opened_run']})",
        AlertEvent.REOPENED: f" is there again in run {one['last_run']}",
        AlertEvent.RESOLVED: f" is over{_by(one)}",
        AlertEvent.ACCEPTED: f" is the new normal{_by(one)}",
        AlertEvent.TEST: "",
    }[alert.event]
    mark = f"[{'resolved' if alert.event is AlertEvent.RESOLVED else 'accepted'}]"
    return {
        **shown,
        "closed": alert.event.closes,
        "how": how,
        "mark": mark if alert.event.closes else f"[{alert.severity.value}]",
        "changed": _changed(shown["findings"]),
        "look_first": _look_first(str(one["cause"])),
        "place": place,
        "words": words,
        "names": names,
    }


def _changed(findings: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what changed when the first finding began, as a sentence."""
    line = changes_line(findings[0].get("changes")) if findings else None
    return None if line is None else f"{line[0].upper()}{line[1:]}."


def _look_first(cause: str) -> str | None:
    """Return the first thing that the cause's page tells to look at; None: it is no cause that this version knows."""
    from stageprint.diagnosis.base import cause_named  # noqa: PLC0415 -- only who sends alerts needs it
    from stageprint.diagnosis.cause_text import CauseText  # noqa: PLC0415 -- as above

    known = cause_named(cause)
    return next(iter(CauseText.of(known).check), None) if known is not None and type(known).__doc__ else None


def _by(incident: Mapping[str, Any]) -> str:
    return f" (run {incident['ended_run']})" if incident["ended_run"] else ""


def _environment() -> Environment:
    """Return what templates run in: plain text, whose marks the sinks escape as their format needs; no code."""
    from jinja2 import StrictUndefined  # noqa: PLC0415 -- only who sends alerts needs it
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 -- as above

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
