"""Names out of data are shown in every plot as they are: no formula, no control character, no line without end."""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.core.history import History
from zoo.data.dataset import Column, Dataset
from zoo.errors import TrainingError, ZooError
from zoo.platform.memory_errors import within_memory
from zoo.plots.plain_names import LONGEST, shown_name
from zoo.plots.render import draw
from zoo.registry import lookup
from zoo.testing import Case
from zoo.testing.kinds import datasets, learned

matplotlib = pytest.importorskip("matplotlib")

NAMES_GIVEN = {"colours"}  # of columns that must be called red, green and blue
NAMES = [r"$\frac{", "a$b$c", "x\x1b[31m$y$", "n" * 500 + "$1$", "two\nlines$_$", "_$u$", r"\$q\$ $z$", "é漢$1$"]


@pytest.mark.parametrize("name", [*NAMES, "$", "$$", r"\$", "", 3, 2.5, None])
def test_a_name_is_no_formula_and_one_short_line(name: Any) -> None:
    from matplotlib.text import Text

    shown = shown_name(name)
    text, is_formula = Text(0, 0, shown)._preprocess_math(shown)  # type: ignore[attr-defined]
    assert not is_formula and text.isprintable() and len(text) <= LONGEST + 1
    if str(name).isprintable() and len(str(name)) <= LONGEST:
        assert text.strip() == str(name).strip()  # nothing but what had to be is changed


def renamed(dataset: Dataset) -> Dataset:
    """The same data with hostile names of columns, categories, classes and targets."""

    def fresh(count: int) -> tuple[str, ...]:
        return tuple(f"{name}{number}" for number, name in zip(range(count), itertools.cycle(NAMES), strict=False))

    columns = tuple(
        dataclasses.replace(each, name=name, categories=each.categories and fresh(len(each.categories)))
        for each, name in zip(dataset.columns, fresh(len(dataset.columns)), strict=True)
    )
    return dataset.replace(columns=columns, labels=fresh(len(dataset.labels)))


def of_few_inputs(task: str) -> Iterator[Dataset]:
    """Points of the plane, and of the line, for this task; none where it is one of sequences."""
    random = np.random.default_rng(1)
    for columns in ((Column("x"), Column("y")), (Column("x"),)):
        points = random.random((18, len(columns)))
        if task == "classification":
            yield Dataset("plane", task, points, np.arange(18) % 3, ("a", "b", "c"), columns=columns)
        elif task == "regression":
            yield Dataset("plane", task, points, random.random((18, 1)), ("u",), columns=columns)


def packages() -> dict[str, list[str]]:
    """The architectures of each package."""
    found: dict[str, list[str]] = {}
    for plugin, offer in lookup.registry().offers("architecture"):
        found.setdefault(plugin.source.module.partition(".")[0], []).append(offer.name)
    return found


@pytest.mark.parametrize("package", packages())
def test_no_plot_takes_a_name_for_a_formula(package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every plot of a family, and zoo's own, of its architectures trained on data of every kind, all names hostile."""
    from matplotlib.text import Text

    drawn: set[str] = set()
    shown: list[str] = []
    plain = Text.draw

    def watched(self: Text, *given: Any, **named: Any) -> Any:
        text, is_formula = self._preprocess_math(self.get_text())  # type: ignore[attr-defined]
        if "\\mathdefault" not in text:  # which ticks of a logarithmic axis are
            assert not is_formula, text
            assert all(line.isprintable() and len(line) < 4 * LONGEST for line in text.split("\n")), ascii(text)
        shown.append(text)
        return plain(self, *given, **named)

    monkeypatch.setattr(Text, "draw", watched)
    monkeypatch.setattr("zoo.plots.render.DOTS", 20)
    for name in packages()[package]:
        case = Case(name, options=lookup.find_architecture(name).small)
        tasks = case.kind.of(case.options).supported_tasks
        for number, dataset in enumerate(itertools.chain(datasets(tasks), *map(of_few_inputs, tasks))):
            try:
                run = learned(case, renamed(dataset))
            except ZooError:  # not for this architecture
                continue
            rows = run.samples("train")
            monkeypatch.setattr("zoo.inference.evaluate.measured_part", lambda *_, rows=rows: ("train", rows))
            for plot in lookup.plots_for(run.model):
                if (key := f"{plot.name} {run.model.signature.task}") in drawn:
                    continue
                drawn.add(key)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a font that lacks a letter
                    draw(run.model, [plot], tmp_path / f"{name}{number}{plot.name}.png", "png", lambda: (1, 2))
    assert shown
    names = {key.partition(" ")[0] for key in drawn}
    own = {plot.name for plot in lookup.registry().plots() if plot.draw.__module__.startswith(package)}
    assert own <= names | NAMES_GIVEN, own - names


def test_curves_of_any_name_and_size_are_drawn(tmp_path: Path) -> None:
    model = zoo.train("perceptron", epochs=1)
    curves = {f"{name}{way}": [1e308, -1e308, 1.0, np.nan, np.inf] for way in ("", "/x") for name in NAMES}
    huge = {"loss": [1e308, 1e-308, -1e308], "validation/loss": [1e308] * 3, "gradient/$W$": [1e308, 1e-308, 1.0]}
    for number, phases in enumerate(({"$p$": {**curves, **huge}}, dict.fromkeys(NAMES, huge))):
        model.history = History({phase: dict(each) for phase, each in phases.items()})
        for name in ("learning", "gradients"):
            out = tmp_path / f"{number}{name}.png"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                zoo.plot(model, out, plots=name)
            assert out.stat().st_size > 1000


def test_more_classes_than_memory_holds_end_in_one_line() -> None:
    with pytest.raises(TrainingError, match=r"\Atrain: not enough memory: .*fewer classes[^\n]*\Z"):
        within_memory(train)()


def train() -> None:
    np.zeros((10**6, 10**9))
