"""Terminal output of the first look: what is suspicious by itself in tables that a run profiled first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.report.rows import Row
from stageprint.report.text import some, words

_MAX_ALSO: Final = 4


def print_first_look(console: Console, remarks: Sequence[Row]) -> None:
    """Print remarks below a headline; nothing without any.

    Args:
        console: Where to print.
        remarks: What the first look found, with the keys of findings.
    """
    if not remarks:
        return
    runs = list(dict.fromkeys(str(one["run_id"]) for one in remarks))
    head = f"first look at tables that run {some(runs)} profiled first (told once, never an alert)"
    console.print(Text(head, style="where"))
    for one in remarks:
        text = Text(f"  {words(str(one['cause']))}: {one['sentence']}")
        also = list(one["explains"] or ())
        if also:
            text.append(f" So {'is' if len(also) == 1 else 'are'} {some(also, _MAX_ALSO)}.", style="remark")
        console.print(text, soft_wrap=True)


def first_look_line(remarks: Sequence[Row], config_file: str) -> str | None:
    """Return one line that says how many remarks there are and which command shows them; None: there are none."""
    if not remarks:
        return None
    runs = list(dict.fromkeys(str(one["run_id"]) for one in remarks))
    tables = {(one["stage"], one["table"]) for one in remarks}
    names = " ".join(f"--run {run}" for run in runs[:3])
    what = f"{plural(len(remarks), 'remark')} about {plural(len(tables), 'table')}"
    return f"first look: {what} first profiled in {some(runs)}: stageprint findings --config {config_file} {names}"
