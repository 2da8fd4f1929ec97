"""Results as a page of Markdown and as JSON: published and reached side by side, with verdict, setting and picture."""

from __future__ import annotations

import math
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import zoo
from zoo.core.metrics import Metric
from zoo.parallel.pool import cores
from zoo.registry.published import Published, Runs
from zoo.reproduction.study import Row, Study
from zoo.reproduction.verdict import VERDICTS, Summary

COLUMNS = ("result", "published", "reached: median [min – max], runs", "verdict", "time")
EXPLAINED = """\
**matched**: the published range (the value and its printed spread) and the middle of zoo's runs overlap (the half
of them between the quartiles; of fewer than four all; beside one published run nine tenths; shares of runs by Fisher's
exact test, p ≥ 0.05). **better**: beyond the published range. **near**: within the tolerance that the recipe states
with its reason. **short**: none of these; the gap and what was tried stand below. **other setting**: something is not
as the paper has it, so it is shown and not counted. Verdicts are computed from the numbers. Seeds are the first N,
none is left out, and a run that
diverged or never met its criterion counts as the worst there is.
"""


def setting_of(published: Published, row: Row | None = None) -> str:
    """ "as printed", or "changed: …", one item each."""
    if row is not None and row.verdict.reason:
        return f"changed: {row.verdict.reason}"
    return f"changed: {'; '.join(published.changed)}" if published.changed else "as printed"


def number(metric: Metric, value: float) -> str:
    """A value as people write it; one that no run reached is a word."""
    return "never" if math.isinf(value) else metric.format(value)


def published_text(row: Row, setting: int) -> str:
    """The value, its spread, and how many runs it is of: "84.70 % ± 5.7, 130 runs"."""
    paper, metric = row.published, row.metric
    text = metric.format(row.value)
    low, high = paper.range_of(setting)
    if isinstance(paper.spread, tuple) and not isinstance(paper.value, tuple):
        text += f" ({metric.format(low)} – {metric.format(high)})"
    elif high > row.value:
        text += f" ± {metric.format(high - row.value)}"
    return text + (f", {paper.runs:,} runs" if paper.runs > 1 else "")


def reached_text(row: Row) -> str:
    """The median or mean, the least and the most, how many runs, and how many of them have no value."""
    found, metric = row.reached, row.metric
    if metric.name == "solved":
        solved = round(found.typical * found.runs)
        return f"{metric.format(found.typical)}, {solved:,} of {found.runs:,}"
    spread = ""
    if found.runs > 1:
        spread = f" [{number(metric, found.least)} – {number(metric, found.most)}]"
    without = f", {found.failed:,} never" if found.failed else ""
    mean = "mean " if row.published.statistic == "mean" else ""
    return (
        f"{mean}{number(metric, found.typical)}{spread}, {found.runs:,} {'run' if found.runs == 1 else 'runs'}{without}"
    )


def gap_text(row: Row) -> str:
    """How far a result is from the published value: "−3.10 %"."""
    if math.isinf(row.verdict.gap):
        return "not reached in most runs"
    sign = "−" if row.verdict.gap < 0 else "+"
    return sign + row.metric.format(abs(row.verdict.gap))


def setting_number(study: Study, row: Row) -> int:
    """Which of the settings a row is of."""
    return [each for each in study.rows if each.published is row.published].index(row)


def seconds_text(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def document(studies: Sequence[Study], left: Sequence[str]) -> dict[str, Any]:
    """All results, as `--json` prints them."""
    return {
        "versions": versions(),
        "machine": machine(),
        "counts": counts(studies),
        "left": list(left),
        "results": [result_of(each) for each in studies],
    }


def result_of(study: Study) -> dict[str, Any]:
    """One result as JSON."""
    return {
        "name": study.recipe.name,
        "family": study.family,
        "summary": study.recipe.summary,
        "verdict": study.verdict,
        "seeds": study.seeds,
        "diverged": study.failed,
        "seconds": round(study.seconds, 1),
        "held": study.held,
        "rows": [
            {
                "metric": row.metric.name,
                "setting": row.setting,
                "published": row.value,
                "range": list(row.published.range_of(setting_number(study, row))),
                "source": row.published.source,
                "table": row.published.table,
                "quoted": row.published.quoted,
                "changed": list(row.published.changed),
                "reached": _summary(row.reached),
                "verdict": row.verdict.word,
                "gap": row.verdict.gap,
                "reason": row.verdict.reason,
            }
            for row in study.rows
        ],
        "promises": [
            {"metric": name, "expected": promised, "reached": reached, "held": held}
            for name, promised, reached, held in study.promises
        ],
    }


def _summary(found: Summary) -> dict[str, Any]:
    return {
        "typical": found.typical,
        "low": found.low,
        "high": found.high,
        "min": found.least,
        "max": found.most,
        "runs": found.runs,
        "failed": found.failed,
    }


def counts(studies: Sequence[Study]) -> dict[str, int]:
    """How many results there are of each verdict."""
    return {word: sum(each.verdict == word for each in studies) for word in VERDICTS}


def versions() -> dict[str, str]:
    return {"zoo": zoo.__version__, "numpy": np.__version__, "python": platform.python_version()}


def machine() -> str:
    """Processor, cores and system, as far as they can be found out."""
    name = platform.processor() or platform.machine()
    if sys.platform == "linux":
        try:
            with open("/proc/cpuinfo", encoding="utf-8") as file:
                names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
            name = names[0] if names else name
        except OSError:
            pass
    return f"{name}, {cores()} cores, {platform.system()}"


# --- Markdown ---


def markdown(studies: Sequence[Study], left: Sequence[str], pictures: Mapping[str, Path], folder: Path) -> str:
    """The page: what verdicts mean, a table of all results, then each by family with its picture.

    pictures: by result's name; they are named relative to `folder`, where the page lies.
    """
    found = counts(studies)
    about = versions()
    lines = [
        "# Published results, trained again",
        "",
        "Every row trains the experiment of a paper or textbook and sets what was published beside what zoo reached.",
        "`zoo reproduce --all --table docs/results.md` writes this page; `zoo reproduce NAME` trains one result.",
        "",
        EXPLAINED,
        f"{len(studies)} results: " + ", ".join(f"{count} {word}" for word, count in found.items() if count) + ".",
        f"zoo {about['zoo']}, NumPy {about['numpy']}, Python {about['python']}; {machine()}. Time is CPU time of all"
        " runs, one thread each.",
        "",
    ]
    lines += ["| result | source | published | reached: median [min – max] | verdict |", "|---|---|---|---|---|"]
    lines += [line for study in studies for line in _table_lines(study)]
    if left:
        lines += [
            "",
            "Not trained yet, or with fewer seeds than asked for: " + ", ".join(f"`{name}`" for name in left) + ".",
        ]
    for family in dict.fromkeys(study.family for study in studies):
        lines += ["", f"## {family}"]
        for study in studies:
            if study.family == family:
                lines += ["", *_section(study, pictures.get(study.recipe.name), folder)]
    return "\n".join(lines) + "\n"


def _table_lines(study: Study) -> list[str]:
    """A line for each metric and setting."""
    lines = []
    for row in study.rows:
        name = f"[{study.recipe.name}](#{study.recipe.name})" if row is study.rows[0] else ""
        what = " ".join(filter(None, (row.metric.name, row.setting)))
        source = _short(row.published.source)
        published = published_text(row, setting_number(study, row))
        word = f"**{row.verdict.word}**" if row.verdict.counts else row.verdict.word
        lines.append(f"| {name} {what} | {source} | {published} | {reached_text(row)} | {word} |")
    return lines


def _short(source: str) -> str:
    """Authors and year of a source."""
    before, bracket, _ = source.partition(")")
    return before + bracket if bracket else source


def _section(study: Study, picture: Path | None, folder: Path) -> list[str]:
    recipe, runs = study.recipe, study.recipe.runs or Runs()
    lines = [f"### {recipe.name}", "", f"{_sentence(recipe.summary)} `zoo reproduce {recipe.name}`", ""]
    for paper in recipe.published:
        rows = [row for row in study.rows if row.published is paper]
        place = f", {paper.table}" if paper.table else ""
        quoted = f"; quoted by {paper.quoted}" if paper.quoted else ""
        lines.append(f"- *{paper.metric}*: {paper.source}{place}{quoted}.")
        if paper.settings:
            lines.append(f"  Published setting: {_sentence(paper.settings)}")
        lines.append(f"  Setting here: {_sentence(setting_of(paper, rows[0]))}")
        if paper.chosen:
            lines.append(f"  Not printed, chosen here: {_sentence('; '.join(paper.chosen))}")
        for row in rows:
            label = f"{row.setting}: " if row.setting else ""
            gap = f", gap {gap_text(row)}" if row.verdict.word in ("short", "near") else ""
            published = published_text(row, setting_number(study, row))
            lines.append(f"  {label}published {published}; reached {reached_text(row)}: {row.verdict.word}{gap}.")
        if paper.why and any(row.verdict.word == "near" for row in rows):
            lines.append(f"  Near, since {_sentence(paper.why)}")
        if paper.tried and any(row.verdict.word in ("short", "near") for row in rows):
            lines.append(f"  What was tried: {_sentence(paper.tried)}")
    noun = "seed" if study.seeds == 1 else "seeds"
    folds = f" × {runs.folds} folds" if runs.folds else ""
    fewer = f" of {study.asked:,}" if study.seeds < study.asked else ""
    failed = f", {study.failed:,} of the runs diverged" if study.failed else ""
    lines += [
        "",
        f"{study.seeds:,}{fewer} {noun}{folds}{failed}; {seconds_text(study.seconds)}.",
    ]
    if picture is not None:
        relative = picture.relative_to(folder).as_posix() if picture.is_relative_to(folder) else picture.as_posix()
        lines += ["", f"![{recipe.name}]({relative})"]
    return lines


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
