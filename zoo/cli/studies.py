"""Run studies from the command line: progress, the table printed, the page written, and what is left."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from zoo.cli.interrupt import Stop
from zoo.cli.output import json_text, print_json, printable, say
from zoo.cli.output import table as print_table
from zoo.errors import UsageError, ZooError, did_you_mean
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.reproduction import table as pages
from zoo.reproduction.study import OutOfTime, Study, estimate, study
from zoo.reproduction.trial import Outcome

FIRST_LINE = "# Published results, trained again"  # of a page, which may be replaced
EVERY = 2.0  # seconds between two lines of progress


def run_one(recipe: Recipe, data: Mapping[str, Any] | None, given: Mapping[str, Any]) -> None:
    """One result, printed row by row."""
    page = _page(given["table"])
    with Stop() as stop:
        found = _study(recipe, data, given, _deadline(given), stop)
    _report([found], [] if found.complete else [recipe.name], page, given)
    _end(stop, [found])


def run_all(family: str | None, given: Mapping[str, Any]) -> None:
    """Every result there is, the quickest first."""
    page = _page(given["table"])
    recipes = _recipes(family)
    deadline, found, left = _deadline(given), list[Study](), dict[str, str]()
    with Stop() as stop:
        for recipe in sorted(recipes, key=lambda each: estimate(each, seeds=given["seeds"])):
            if stop():
                left[recipe.name] = "stopped"
                continue
            try:
                each = _study(recipe, None, given, deadline, stop)
            except OutOfTime as error:
                left[recipe.name] = str(error).partition(": ")[2]
            except ZooError as error:  # data that are not here: said in a line, and the others go on
                say(f"zoo: {recipe.name}: {error}")
                left[recipe.name] = str(error)
            else:
                found.append(each)
                if not each.complete:
                    left[recipe.name] = f"{each.seeds} of {each.asked} seeds are done"
    order = [recipe.name for recipe in recipes]
    found.sort(key=lambda each: order.index(each.recipe.name))
    _report(found, list(left), page, given)
    if left and not given["as_json"]:
        click.echo("left: " + ", ".join(left) + "; the same call goes on with these")
    _end(stop, found)


def _recipes(family: str | None) -> list[Recipe]:
    """The recipes with a published result, by family and name."""
    known = {offer.name: offer.family for _, offer in lookup.registry().offers("architecture")}
    if family is not None and family not in known.values():
        families = sorted(set(known.values()))
        raise UsageError(f"reproduce: there is no family {family!a}{did_you_mean(family, families)}")
    found = []
    for plugin, offer in lookup.registry().offers("recipe"):
        if family is None or known.get(offer.architecture) == family:
            recipe = lookup.find_recipe(f"{plugin.package}:{offer.name}")
            if recipe.published:
                found.append((known.get(offer.architecture, ""), recipe.name, recipe))
    if not found:
        raise UsageError(f"reproduce: no recipe{f' of family {family}' if family else ''} has a published result")
    return [recipe for _, _, recipe in sorted(found, key=lambda each: each[:2])]


def _study(
    recipe: Recipe, data: Mapping[str, Any] | None, given: Mapping[str, Any], deadline: float | None, stop: Stop
) -> Study:
    shown = [time.monotonic()]

    def progress(done: int, count: int, outcome: Outcome) -> None:
        now = time.monotonic()
        if not given["quiet"] and (now - shown[0] > EVERY or done == count):
            shown[0] = now
            say(f"{recipe.name}: {done:,} of {count:,} runs")

    return study(
        recipe,
        data=data,
        seeds=given["seeds"],
        processes=given["threads"],
        deadline=deadline,
        fresh=given["fresh"],
        progress=progress,
        stop=stop,
    )


def _deadline(given: Mapping[str, Any]) -> float | None:
    return None if given["minutes"] is None else time.monotonic() + 60 * float(given["minutes"])


def _page(asked: str | None) -> Path | None:
    """The file to write; `UsageError` for one that is neither a page of ours nor new."""
    if asked is None:
        return None
    path = Path(asked)
    if path.suffix not in (".md", ".json"):
        raise UsageError(f"reproduce: --table {asked!a} ends in {path.suffix or 'nothing'}, expected .md or .json")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"reproduce: --table {asked!a}: there is no folder {str(path.absolute().parent)!a}")
    if path.exists() and path.suffix == ".md" and not path.read_text("utf-8", "replace").startswith(FIRST_LINE):
        raise UsageError(f"reproduce: --table {asked!a} exists and is no page of results; name another file")
    if path.exists() and path.suffix == ".json":
        raise UsageError(f"reproduce: --table {asked!a} exists already and is never overwritten; name another file")
    return path


def _report(found: Sequence[Study], left: Sequence[str], page: Path | None, given: Mapping[str, Any]) -> None:
    if given["as_json"]:
        print_json(pages.document(found, left))
    elif found:
        rows = [line for each in found for line in _lines(each)]
        print_table(("result", "metric", "setting", "published", "reached", "verdict", "time"), rows)
        counted = pages.counts(found)
        for each in found:
            for reason in dict.fromkeys(row.verdict.reason for row in each.rows if row.verdict.reason):
                click.echo(f"{printable(each.recipe.name)}: changed: {printable(reason)}")
        if len(found) > 1:
            click.echo(", ".join(f"{count} {word}" for word, count in counted.items() if count))
    if page is None:
        return
    if page.suffix == ".json":
        page.write_text(json_text(pages.document(found, left)) + "\n", encoding="utf-8")
    else:
        pictures = _drawn(found, page)
        page.write_text(pages.markdown(found, left, pictures, page.absolute().parent), encoding="utf-8")
    say(f"wrote {page}")


def _lines(each: Study) -> list[tuple[str, ...]]:
    lines = list[tuple[str, ...]]()
    for row in each.rows:
        first = row is each.rows[0]
        what = " ".join(filter(None, (row.metric.name, row.setting)))
        word = row.verdict.word + (f" ({pages.gap_text(row)})" if row.verdict.word in ("short", "near") else "")
        lines.append(
            (
                each.recipe.name if first else "",
                what,
                "changed" if row.verdict.reason else "as printed",
                pages.published_text(row, pages.setting_number(each, row)),
                pages.reached_text(row),
                word,
                pages.seconds_text(each.seconds) if first else "",
            )
        )
    for name, promised, reached, held in each.promises:
        metric = each.metrics[name]
        kept = "promise kept" if held else "promise not kept"
        lines.append(("", name, "", f"expected {metric.format(promised)}", pages.number(metric, reached), kept, ""))
    return lines


def _drawn(found: Sequence[Study], page: Path) -> dict[str, Path]:
    """A picture of each result, in the folder beside the page that has the page's name."""
    try:
        from zoo.reproduction.picture import draw
    except ImportError:
        say("zoo: no pictures: matplotlib is not installed; install it: pip install 'zoo-networks[plot]'")
        return {}
    folder, drawn = page.absolute().with_suffix(""), {}
    for each in found:
        drawn[each.recipe.name] = folder / f"{each.recipe.name}.png"
        draw(each, drawn[each.recipe.name])
    return drawn


def _end(stop: Stop, found: Sequence[Study]) -> None:
    if stop():
        say("zoo: stopped; what was trained is kept, and the same call goes on there")
        click.get_current_context().exit(stop.exit_code)
    if not all(each.held for each in found):
        click.get_current_context().exit(1)
