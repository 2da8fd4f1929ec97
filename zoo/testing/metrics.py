"""Check that every metric is declared and has the value the predictions give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zoo.core.metrics import VALIDATION, Metric
from zoo.core.random import RandomStream
from zoo.inference.batched import evaluate
from zoo.parallel.threads import Workers
from zoo.testing.case import Case, finish


def metrics_are_declared(case: Case, folder: Path) -> None:
    """Every metric of training, evaluation and the final measures is declared, with its direction and unit."""
    run = case.prepare(validation=0.3)
    finish(run)
    model, declared = run.model, run.model.architecture.declared_metrics
    for phase in run.training.phases:
        names = list(run.training.history[phase.name])
        of_validation = [name.removeprefix(VALIDATION) for name in names if name.startswith(VALIDATION)]
        of_training = [name for name in names if not name.startswith(VALIDATION)]
        _check(
            of_training,
            phase.declared_metrics(model),
            f"the step of phase {phase.name!r}",
            "metrics of the phase, or in",
        )
        _check(of_validation, model.declared_metrics, "the model", "metrics of the model, or in")
    samples = run.samples("train")
    assert samples is not None
    with Workers(1) as workers:
        metrics = evaluate(model, samples, RandomStream(0), workers)
        _check(metrics, model.declared_metrics, "the model", "metrics of the model, or in")
        _check(model.derived_metrics(metrics, workers), (*model.declared_metrics, *declared), "derived_metrics", "")


def _check(names: Iterable[str], declared: Iterable[Metric], who: str, where: str) -> None:
    known = {metric.name for metric in declared}
    for name in names:
        if name not in known:
            raise AssertionError(
                f"{who} reports {name!r}, which nobody declares: add zoo.Metric({name!r}, higher_is_better=…) to"
                f" {where} Architecture.declared_metrics"
            )
