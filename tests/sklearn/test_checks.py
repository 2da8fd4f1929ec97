"""Every estimator keeps scikit-learn's contract for estimators."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is not installed: pip install '.[sklearn]'")

from sklearn.utils.estimator_checks import parametrize_with_checks

import zoo.sklearn

# Parameters with which each estimator that learns tables of numbers is checked: those of a small model.
QUICK: dict[str, dict[str, Any]] = {
    "MlpClassifier": {"hidden": (8,), "epochs": 60},
    "MlpRegressor": {"hidden": (8,), "epochs": 60},
    "RbfRegressor": {},
    "FuzzyArtmapClassifier": {},
    "FuzzyArtClusterer": {"vigilance": 0.3},
    "Som": {"rows": 1, "columns": 3},
    "RbmTransformer": {"hidden": 4, "epochs": 3},
}
OTHERS: dict[str, dict[str, Any]] = {
    "PerceptronClassifier": {},
    "RbfClassifier": {},
    "LogisticClassifier": {"epochs": 30},
    "GrnnRegressor": {},
    "PnnClassifier": {},
    "SomClassifier": {},
    "Art2aClusterer": {},
    "RbmClassifier": {"hidden": 8, "epochs": 60},
    "DbnClassifier": {"hidden": (8,), "epochs": 40, "pretraining_epochs": 5},
    "DbnTransformer": {"hidden": (4,), "pretraining_epochs": 2},
    "BoltzmannTransformer": {"epochs": 2},
}
IMAGES = "learns images, the checks give tables"
SEQUENCES = "learns sequences, the checks give tables"
NOT_CHECKED = {
    "Art1Clusterer": "learns binary patterns with a 1 in each, the checks give any numbers",
    **{f"{name}Classifier": IMAGES for name in ("Alexnet", "Cnn", "Googlenet", "Lenet5", "Resnet", "Vgg")},
    **{f"{name}Regressor": IMAGES for name in ("Alexnet", "Cnn", "Lenet5", "Resnet", "Vgg")},
    **{
        f"{name}{task}": SEQUENCES
        for name in ("Elman", "Gru", "Jordan", "Lstm")
        for task in ("Classifier", "Regressor")
    },
}

ROUNDING = "BLAS rounds products in float32 differently for other numbers of rows, by more than 1e-7"
DIRECTION = "a row that is the smallest in every column has no direction, and is refused"
EXPECTED: dict[str, dict[str, str]] = {
    "MlpClassifier": {"check_methods_subset_invariance": ROUNDING},
    "MlpRegressor": {"check_methods_subset_invariance": ROUNDING},
    "LogisticClassifier": {"check_methods_subset_invariance": ROUNDING},
    "DbnClassifier": {"check_methods_subset_invariance": ROUNDING},
    "DbnTransformer": {"check_methods_subset_invariance": ROUNDING},
    "RbmClassifier": {"check_methods_subset_invariance": ROUNDING},
    "RbmTransformer": {"check_methods_subset_invariance": ROUNDING},
    "Som": {"check_clustering": "a label is the number of a unit of the map, and a unit may win no row"},
    "Art2aClusterer": {
        "check_estimators_dtypes": DIRECTION,
        "check_fit2d_1sample": DIRECTION,
        "check_fit2d_1feature": DIRECTION,
    },
}


def made(cases: dict[str, dict[str, Any]]) -> list[Any]:
    return [getattr(zoo.sklearn, name)(**parameters) for name, parameters in cases.items()]


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED.get(type(estimator).__name__, {})


@parametrize_with_checks(made(QUICK), expected_failed_checks=expected_failures)
def test_estimator_keeps_the_contract(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(made(OTHERS), expected_failed_checks=expected_failures)
def test_other_estimator_keeps_the_contract(estimator, check):
    check(estimator)


def test_every_estimator_is_checked_or_says_why_not():
    assert {*QUICK, *OTHERS, *NOT_CHECKED} == set(zoo.sklearn.__all__)


@pytest.mark.parametrize("name", [name for name, why in NOT_CHECKED.items() if why in (IMAGES, SEQUENCES)])
def test_what_takes_no_table_says_so_in_its_tags(name):
    assert not getattr(zoo.sklearn, name)().__sklearn_tags__().input_tags.two_d_array


def test_few_failures_are_expected():
    assert all(len(failures) <= 3 and all(failures.values()) for failures in EXPECTED.values())
