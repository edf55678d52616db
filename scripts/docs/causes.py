"""The pages ``docs/causes/…``: one for each registered cause, and their index by family."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from stageprint.diagnosis.base import Cause, Family, Fit, all_causes
from stageprint.diagnosis.cause_text import COMMON_EVIDENCE, CauseText

FOLDER: Final = "docs/causes"

_FAMILIES: Final[Mapping[str, str]] = {
    "data": "Data",
    "skew": "Training–serving skew",
    "evaluation": "Evaluation",
    "boundary": "Boundaries between stages",
    "population": "Population",
    "missing": "Not looked at",
}
_LEVELS: Final = {"column": "a column", "table": "a table", "both": "a column or a table", "stage": "a stage"}
_ABOUT: Final = (
    "<!-- Written by `make docs` from profiling/stageprint/diagnosis/causes{0}; edit {1}, not this page. -->"
)

_INDEX: Final = """\
# Causes

{about}

A finding names the most likely cause of what is flagged, and the stage, table and column where it began. Every cause
has a page: what it means, what to check, how to fix it, how stageprint recognises it and how it differs from similar
causes.

In a finding's sentence and figures, *before* is the latest healthy earlier run of the same column. If a column no
longer agrees with the upstream column that it is taken from, *before* is that column in the same run; the sentence then
says so.

"""

_COMMON: Final = """\
## Figures in every finding's evidence

`findings.evidence` is a JSON object. It holds the figures of the cause, which the cause's page explains, and those of
the following that apply:

"""

_PAGE: Final = """\
# {name}

{about}

**{summary}**

{meaning}

## What to check

{check}

## How to fix it

{fix}

## How it is recognised

{signature}

| family | found in | class of the finding | source of the signature |
|---|---|---|---|
| [{family}](index.md#{anchor}) | {level} | {kind} | {source} |

## How it differs from similar causes

Each line says how the other case looks.

{told_apart}

## Figures in its evidence

{figures}

Every finding also holds the [common figures](index.md#figures-in-every-findings-evidence).

## Example

```pycon
{example}
```

The sentence of the finding:

> {sentence}.

Its figures:

```json
{evidence}
```
"""


def cause_pages() -> dict[str, str]:
    """Return path → text of the index and of each cause's page."""
    texts = {name: CauseText.of(cause) for name, cause in all_causes().items()}
    pages = {f"{FOLDER}/index.md": _index(texts)}
    for name, cause in all_causes().items():
        pages[f"{FOLDER}/{name}.md"] = _page(cause, texts[name])
    return pages


def _index(texts: Mapping[str, CauseText]) -> str:
    parts = [_INDEX.format(about=_ABOUT.format("", "the cause's file"))]
    for family in get_args(Family):
        rows = [
            (f"[`{name}`]({name}.md)", _cell(texts[name].summary), _LEVELS[cause.level])
            for name, cause in all_causes().items()
            if cause.family == family
        ]
        parts.append(f"## {_FAMILIES[family]}\n\n{_table(('cause', 'what happened', 'found in'), rows)}\n")
    return "".join(parts) + _COMMON + _figures(COMMON_EVIDENCE) + "\n"


def _page(cause: Cause, text: CauseText) -> str:
    fit = worked_fit(cause)
    family = _FAMILIES[cause.family]
    return _PAGE.format(
        name=cause.name,
        about=_ABOUT.format(f"/{cause.name}.py", "that file"),
        summary=text.summary,
        meaning=text.meaning,
        family=family,
        anchor=re.sub(r"[^a-z-]", "", family.casefold().replace(" ", "-")),
        level=_LEVELS[cause.level],
        kind=fit.finding_class or "`data` at a source stage, `pipeline` downstream of one",
        source=_cell(text.source.removesuffix(".")),
        signature=_sentence(text.signature),
        told_apart=_bullets(_linked(text.told_apart, cause.name)),
        check="\n".join(f"{number}. {item}" for number, item in enumerate(text.check, 1)),
        fix=text.fix,
        figures=_figures(text.evidence),
        example=text.example,
        sentence=fit.sentence,
        evidence=json.dumps(fit.evidence, indent=2, ensure_ascii=False, default=str),
    )


def worked_fit(cause: Cause) -> Fit:
    """Return the fit that the worked example in a cause's docstring arrives at.

    Raises:
        ValueError: The example does not call `explain`, or the cause does not fit in it.
    """
    kind = type(cause)
    found: list[Fit] = []

    class Recorded(kind):  # type: ignore[valid-type, misc]  # a class made for one cause
        def explain(self, *arguments: Any) -> Fit | None:
            fit: Fit | None = super().explain(*arguments)
            found.extend([] if fit is None else [fit])
            return fit

    names: dict[str, Any] = {**vars(__import__(kind.__module__, fromlist=["_"])), kind.__name__: Recorded}
    for example in doctest.DocTestParser().get_examples(kind.__doc__ or ""):
        exec(example.source, names)  # noqa: S102 -- the package's own doctest
    if not found:
        message = f"the example of the cause {cause.name} shows no fit"
        raise ValueError(message)
    return found[-1]


def _figures(evidence: Mapping[str, str]) -> str:
    return _table(("figure", "what it is"), [(f"`{name}`", _cell(text)) for name, text in evidence.items()]).rstrip()


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in _with_rule(head, rows))


def _with_rule(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield head
    yield tuple("---" for _ in head)
    yield from rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    """Return a section's text, which follows a colon in the docstring, as a sentence of its own."""
    return text if text.startswith("`") else text[:1].upper() + text[1:]


def _bullets(text: str) -> str:
    """Return a section's parts, which semicolons separate in the docstring, as a list."""
    return "\n".join(f"- {_sentence(part)}." for part in text.removesuffix(".").split("; "))


def _linked(text: str, name: str) -> str:
    """Return a text in which the names of other causes lead to their pages."""
    known = all_causes().keys() - {name}
    return re.sub(r"`(\w+)`", lambda match: f"[{match[0]}]({match[1]}.md)" if match[1] in known else match[0], text)
