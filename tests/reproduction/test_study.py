"""Trials of a recipe: which there are, what is measured of each, what is kept, and what is refused beforehand."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest

from zoo.errors import DataError, OptionError, UsageError
from zoo.registry.recipes import Recipe
from zoo.reproduction.cache import Outcomes, digest_of
from zoo.reproduction.rows import rows_in
from zoo.reproduction.study import OutOfTime, judged, study
from zoo.reproduction.trial import Outcome, Trial, declared_in, outcome_of, prepared, trials_of

NOBODY = {"metric": "accuracy", "value": 1.0, "source": "Nobody (1900), A number"}


def recipe(runs=None, published=(NOBODY,), name="made", **others):
    values = {
        "architecture": "mlp",
        "data": {"name": "xor"},
        "options": {"hidden": [4], "activation": "tanh"},
        "training": {"epochs": 40, "batch_size": 4, "learning_rate": 0.05},
        "published": list(published),
        **others,
    }
    return Recipe.of({**values, **({"runs": runs} if runs else {})}, name)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))


def test_trials_are_the_first_seeds_of_every_setting_and_fold():
    found = trials_of(
        recipe({"seeds": 2, "folds": 3, "vary": "hidden", "values": [[2], [3]]}, [{**NOBODY, "value": [1.0, 1.0]}])
    )
    assert set(found) == {Trial(*each) for each in itertools.product(range(2), range(2), range(3))}
    assert len(trials_of(recipe(), seeds=7)) == 7


def test_each_row_is_held_out_in_one_fold_of_each_seed():
    made = recipe({"seeds": 2, "folds": 7}, data={"name": "moons"})
    for seed in range(2):
        parts = [prepared(made, Trial(0, seed, fold)).parts for fold in range(7)]
        assert np.array_equal(np.sort(np.concatenate([each.test for each in parts])), np.arange(1000))
        assert all(not np.isin(each.train, each.test).any() for each in parts)
    other = prepared(made, Trial(0, 1, 0)).parts.test
    assert not np.array_equal(prepared(made, Trial(0, 0, 0)).parts.test, other)


def test_listed_rows_are_held_out():
    made = recipe({"test_rows": "1-3, 10"}, data={"name": "moons"})
    parts = prepared(made, Trial(0, 0, 0)).parts
    assert parts.test.tolist() == [0, 1, 2, 9]
    assert len(parts.train) == 996


@pytest.mark.parametrize(("text", "rows"), [("first 2", [0, 1]), ("last 2", [8, 9]), ("2, 4-5", [1, 3, 4])])
def test_a_list_of_rows(text, rows):
    assert rows_in(text, 10, "here").tolist() == rows


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("3, x", OptionError, "test_rows has 'x', expected row numbers from 1"),
        ("0-3", DataError, "expected rows from 1 to 10"),
        ("9-11", DataError, "expected rows from 1 to 10"),
        ("1, 1", DataError, "lists a row twice"),
        ("last 10", DataError, "expected from 1 to 9"),
    ],
)
def test_a_wrong_list_of_rows_gets_one_line(text, kind, message):
    with pytest.raises(kind, match=message):
        rows_in(text, 10, "here")


def test_what_is_varied_and_drawn_reaches_the_run():
    made = recipe({"vary": "hidden", "values": [[2], [3, 3]]}, [{**NOBODY, "value": [1.0, 1.0]}])
    assert [prepared(made, Trial(n, 0, 0)).model.architecture.hidden for n in (0, 1)] == [(2,), (3, 3)]
    made = recipe({"draws": "variant"}, data={"name": "dichotomy"})
    first, second = (prepared(made, Trial(0, seed, 0)).dataset.inputs.read(0, 5) for seed in (0, 1))
    assert not np.array_equal(first, second)
    with pytest.raises(OptionError, match=r"vary 'hiden' is no option; did you mean 'hidden'"):
        prepared(recipe({"vary": "hiden", "values": [[2]]}, [{**NOBODY, "value": [1.0]}]), Trial(0, 0, 0))


def test_epochs_to_a_criterion_are_counted_and_a_run_that_never_meets_it_counts():
    published = [{**NOBODY, "metric": name, "value": 1.0} for name in ("epochs", "sequences", "solved")]
    training = {"epochs": 300, "batch_size": 4, "learning_rate": 0.05}
    made = recipe(None, published, training={**training, "until": "accuracy >= 1"})
    metrics = outcome_of(made, Trial(0, 0, 0)).metrics
    assert 1 < metrics["epochs"] < 300
    assert metrics["sequences"] == 4 * metrics["epochs"]
    assert metrics["solved"] == 1.0
    never = recipe(None, published, training={**training, "epochs": 2, "until": "accuracy >= 2"})
    assert outcome_of(never, Trial(0, 0, 0)).metrics["epochs"] == math.inf


def test_metrics_of_the_training_part_are_measured_where_they_are_published():
    made = recipe(None, [{**NOBODY, "metric": "train/accuracy"}])
    assert "train/accuracy" in outcome_of(made, Trial(0, 0, 0)).metrics
    assert "train/accuracy" not in outcome_of(recipe(), Trial(0, 0, 0)).metrics


def test_a_run_that_diverges_is_an_outcome_and_counts():
    training = {"epochs": 40, "batch_size": 4, "optimizer": "sgd", "learning_rate": 1e6}
    outcome = outcome_of(recipe(options={"hidden": [], "loss": "squared_error"}, training=training), Trial(0, 0, 0))
    assert outcome.failed and outcome.metrics == {}
    made = recipe({"seeds": 4})
    right = Outcome({"accuracy": 1.0}, 4, 0.0)
    outcomes = {Trial(0, seed, 0): each for seed, each in enumerate([right, outcome, outcome, outcome])}
    found = judged(made, "feedforward", declared_in(made, prepared(made, Trial(0, 0, 0))), outcomes, 4, 4)
    assert (found.rows[0].reached.runs, found.rows[0].reached.failed, found.failed) == (4, 3, 3)
    assert found.verdict == "short"


def test_a_published_number_that_nothing_measures_is_an_error_before_training():
    with pytest.raises(UsageError, match=r"\[published\] 'acuracy' is not measured; did you mean 'accuracy'"):
        study(recipe(None, [{**NOBODY, "metric": "acuracy"}]))
    with pytest.raises(UsageError, match="it is measured where \\[training\\] has until"):
        study(recipe(None, [{**NOBODY, "metric": "solved"}]))


def test_fewer_rows_than_the_papers_make_another_setting():
    made = recipe({"samples": 60_000})
    metrics = declared_in(made, prepared(made, Trial(0, 0, 0)))
    found = judged(made, "feedforward", metrics, {Trial(0, 0, 0): Outcome({"accuracy": 1.0}, 19_690, 0.0)}, 1, 1)
    assert (found.verdict, found.rows[0].verdict.reason) == ("other setting", "19,690 rows to train on, not 60,000")


def test_a_study_goes_on_where_it_stopped_and_uses_no_process_for_what_is_known():
    made = recipe({"seeds": 3})
    with pytest.raises(OutOfTime, match="made: 3 of 3 runs are left"):
        study(made, deadline=time.monotonic() - 1)
    done = []
    found = study(made, seeds=2, processes=1, progress=lambda *each: done.append(each[:2]))
    assert (found.complete, found.seeds, done) == (True, 2, [(1, 2), (2, 2)])
    partly = study(made, deadline=time.monotonic() - 1)  # two of three seeds are known
    assert (partly.complete, partly.seeds, partly.asked) == (False, 2, 3)
    assert [each.metrics for each in partly.outcomes[0]] == [each.metrics for each in found.outcomes[0]]


def test_what_does_not_decide_the_runs_does_not_change_their_digest():
    made = recipe({"seeds": 3})
    assert digest_of(made) == digest_of(recipe({"seeds": 9, "minutes": 2}, [{**NOBODY, "value": 0.5}], summary="s"))
    assert digest_of(made) != digest_of(recipe(training={"epochs": 41}))
    assert digest_of(made) != digest_of(made, {"name": "moons"})


def test_a_damaged_file_of_outcomes_costs_its_runs_alone():
    kept = Outcomes(recipe())
    kept.put(Trial(0, 0, 0), Outcome({"accuracy": 1.0, "epochs": math.inf}, 4, 0.1))
    assert Outcomes(recipe()).get(Trial(0, 0, 0)) == kept.get(Trial(0, 0, 0))
    kept.path.write_text("{")
    assert Outcomes(recipe()).get(Trial(0, 0, 0)) is None
