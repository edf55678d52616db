"""The figures as a Markdown page, and as the JSON object that the command prints last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.incidents.score import Clean, Result, Summary, confusion, summarise

PAIR = "two at once"

TARGETS = (
    ("Recall, middle magnitude", "recall", 0.95),
    ("Right first stage", "stage", 0.95),
    ("Right cause, named first", "cause", 0.9),
    ("Right class", "right_class", 0.95),
)


def alone(results: Iterable[Result]) -> list[Result]:
    """Return the scenarios of one incident that is new in the run."""
    return [result for result in results if result.fault != PAIR and not result.lasting]


def figures(results: Sequence[Result], clean: Sequence[Clean]) -> dict[str, object]:
    """Return the overall figures: of single incidents of the middle magnitude, those of the demo included."""
    middle = summarise([result for result in alone(results) if result.level not in {"small", "large"}])
    return {
        "recall": round(middle.recall, 3),
        "right_stage": round(middle.stage, 3),
        "right_column": round(middle.column, 3),
        "right_cause": round(middle.cause, 3),
        "right_class": round(middle.right_class, 3),
        "clean_runs": len(clean),
        "clean_runs_with_findings": sum(bool(run.findings) for run in clean),
        "planted": middle.planted,
        "median_findings": middle.median_findings,
        "most_findings": middle.most_findings,
        "first_run": round(summarise([result for result in results if result.lasting]).first_run, 3),
        "two_at_once_both_named": round(_both(results), 3),
        "all_magnitudes_recall": round(summarise(alone(results)).recall, 3),
    }


def _both(results: Iterable[Result]) -> float:
    both = [result for result in results if result.fault == PAIR]
    return sum(result.found for result in both) / len(both) if both else 0.0


def page(results: Sequence[Result], clean: Sequence[Clean], stopped: Sequence[str], command: str) -> str:
    """Return the tables of figures in Markdown."""
    ones = alone(results)
    middle = [result for result in ones if result.level not in {"small", "large"}]
    overall = summarise(middle)
    second = summarise([result for result in results if result.lasting])
    silent = sum(not run.findings for run in clean)
    lines = [
        f"Made by `{command}`: {len(results)} scenarios, {len(clean)} healthy runs.",
        "",
        "## Against the targets",
        "",
    ]
    lines += ["| figure | target | measured |", "|---|---|---|"]
    lines += [f"| {text} | ≥ {target:.0%} | {getattr(overall, name):.1%} |" for text, name, target in TARGETS]
    lines += [
        f"| Right column | – | {overall.column:.1%} |",
        f"| Findings per incident, median / most | 1 / ≤ 3 | {overall.median_findings:g} / {overall.most_findings} |",
        f"| Healthy runs without a finding | ≥ 99 of 100 | {silent} of {len(clean)} |",
        f"| Two incidents at once, both named | ≥ 90% | {_both(results):.1%} |",
        f"| First run, incidents in their second run | – | {second.first_run:.1%} |",
        "",
        "## By magnitude",
        "",
        *_table("magnitude", ((level, [r for r in ones if r.level == level]) for level in _levels(ones))),
        "",
        "## By pipeline, middle magnitude and the demo's incidents",
        "",
        *_table("pipeline", _grouped(middle, "pipeline")),
        "",
        "## By fault, middle magnitude and the demo's incidents",
        "",
        *_table("fault", _grouped(middle, "fault")),
        "",
        "## Confusion: cause planted → cause named, all magnitudes, one incident at a time",
        "",
        *_confusion(ones),
        "",
        "## What was missed or misnamed at the middle magnitude",
        "",
        *_misses(middle),
        "",
        "## Healthy runs with findings",
        "",
    ]
    found = [f"- {run.pipeline} {run.run}: {'; '.join(run.findings)}" for run in clean if run.findings]
    lines += found or ["None."]
    lines += ["", "## Faults that stopped the pipeline by themselves, not counted above", ""]
    lines += [f"- {name}" for name in stopped] or ["None."]
    return "\n".join(lines) + "\n"


def _levels(results: Iterable[Result]) -> list[str]:
    return list(dict.fromkeys(result.level for result in results))


def _grouped(results: Sequence[Result], by: str) -> list[tuple[str, list[Result]]]:
    names = sorted({str(getattr(result, by)).split("/", maxsplit=1)[0] for result in results})
    return [(name, [r for r in results if str(getattr(r, by)).split("/", maxsplit=1)[0] == name]) for name in names]


def _table(first: str, groups: Iterable[tuple[str, Sequence[Result]]]) -> list[str]:
    lines = [f"| {first} | planted | found | stage | column | cause | class |", "|---|---|---|---|---|---|---|"]
    return lines + [f"| {name} | {_row(summarise(results))} |" for name, results in groups]


def _row(figures: Summary) -> str:
    shares = (figures.recall, figures.stage, figures.column, figures.cause, figures.right_class)
    return " | ".join([str(figures.planted), *(f"{share:.0%}" for share in shares)])


def _confusion(results: Iterable[Result]) -> list[str]:
    lines = ["| planted | right | named instead |", "|---|---|---|"]
    for cause, named in sorted(confusion(results).items()):
        total = sum(named.values())
        others = ", ".join(f"{name} {count}" for name, count in named.most_common() if name != cause)
        lines.append(f"| {cause} | {named[cause]} of {total} | {others or '–'} |")
    return lines


def _misses(results: Iterable[Result]) -> list[str]:
    lines = ["| pipeline, run | fault | named | at | other findings |", "|---|---|---|---|---|"]
    for result in results:
        for hit in result.hits:
            if hit.found and hit.stage and hit.cause and hit.right_class and not result.others:
                continue
            named = hit.named if hit.found else "not found"
            lines.append(
                f"| {result.pipeline} {result.run} | {result.fault} in {hit.planted} | {named} | {hit.at} "
                f"| {'; '.join(result.others)} |"
            )
    return lines
