"""Classes are made of option fields: names, signatures, docstrings; those of plugins too."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is not installed: pip install '.[sklearn]'")

from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import zoo.sklearn
from zoo.options import options_of
from zoo.registry import lookup
from zoo.registry.selection import plugin_files
from zoo.sklearn.parameters import RESERVED, SHARED

PLUGIN = """
from dataclasses import dataclass
from typing import ClassVar

import zoo
from zoo import nn


@dataclass(frozen=True)
class Small(nn.GradientArchitecture):
    name: ClassVar = "small-net"
    family: ClassVar = "own"
    summary: ClassVar = "one hidden layer"
    tasks: ClassVar = ("classification", "regression")
    data: ClassVar = "glyphs"
    settings: ClassVar = nn.GradientSettings(epochs=30, learning_rate=0.05)

    score: int = zoo.option(8, "hidden units", low=1)

    def network(self, signature):
        return nn.Serial(nn.Flatten(), nn.Dense(self.score), nn.Tanh(), nn.Dense(signature.outputs))


@zoo.hookimpl
def zoo_architectures():
    return [Small]
"""


@pytest.fixture
def plugin(tmp_path):
    file = tmp_path / "small.py"
    file.write_text(PLUGIN)
    with plugin_files([str(file)]):
        yield file


@pytest.fixture(params=zoo.sklearn.__all__)
def kind(request):
    return getattr(zoo.sklearn, request.param)


def test_every_architecture_that_learns_one_of_the_tasks_has_estimators():
    made = {getattr(zoo.sklearn, name)._architecture.name for name in zoo.sklearn.__all__}
    tasks = {"classification", "regression", "unsupervised"}
    assert made >= {name for name in zoo.list_architectures() if tasks & {*lookup.find_architecture(name).tasks}}
    assert {*zoo.sklearn.__all__} <= {*dir(zoo.sklearn)}


def test_signature_has_every_option_and_its_default(kind):
    parameters = inspect.signature(kind).parameters
    architecture = kind._architecture
    options = {**options_of(architecture), **options_of(type(architecture.settings))}
    assert {*options} - {"seed"} <= {*parameters} and {*SHARED, "missing"} <= {*parameters}
    made = kind()
    assert made.get_params() == {name: each.default for name, each in parameters.items()}
    assert clone(made.set_params(verbose=1)).verbose == 1
    for name in options_of(type(architecture.settings)):
        if name != "seed" and not kind._parameters[name].proposed:
            assert parameters[name].default == getattr(architecture.settings, name)


def test_docstring_describes_every_parameter(kind):
    assert all(f"\n{name} : " in kind.__doc__ for name in inspect.signature(kind).parameters)
    assert (kind.__module__, getattr(zoo.sklearn, kind.__name__)) == ("zoo.sklearn", kind)


def test_parameters_take_no_name_that_scikit_learn_uses():
    taken = {name for each in zoo.sklearn.__all__ for name in getattr(zoo.sklearn, each)._parameters}
    assert not taken & (RESERVED - {"random_state"})


def test_what_an_architecture_needs_for_a_task_is_the_default():
    assert zoo.sklearn.RbmClassifier().labels is True and zoo.sklearn.RbmTransformer().labels is False
    assert zoo.sklearn.DbnTransformer().fine_tuning == "none"


def test_unknown_name_says_what_is_near():
    with pytest.raises(AttributeError, match="did you mean 'MlpClassifier'"):
        zoo.sklearn.MlpClasifier  # noqa: B018
    with pytest.raises(ImportError, match="GrnnClassifier"):
        from zoo.sklearn import GrnnClassifier  # noqa: F401


def test_a_plugins_architecture_has_its_estimators(plugin):
    rows = np.random.default_rng(0).random((90, 2))
    y = (rows[:, 0] > rows[:, 1]).astype(int)
    model = zoo.sklearn.SmallNetClassifier(score_option=5, random_state=0).fit(rows, y)
    assert model.score(rows, y) > 0.9 and model.model_.architecture.score == 5
    assert "SmallNetRegressor" in dir(zoo.sklearn)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))


@pytest.mark.slow
def test_processes_know_the_plugin_that_is_one_file(plugin):
    rows = np.random.default_rng(0).random((60, 2))
    y = (rows[:, 0] > rows[:, 1]).astype(int)
    model = zoo.sklearn.SmallNetClassifier(epochs=3, random_state=0)
    alone, shared = (cross_val_score(model, rows, y, cv=2, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(alone, shared)


def test_without_scikit_learn_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None\nimport zoo, zoo.sklearn\n"
        "try: zoo.sklearn.MlpClassifier\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "needs scikit-learn 1.6 or later" in done.stdout and "pip install 'zoo-networks[sklearn]'" in done.stdout


def test_asking_for_one_class_imports_its_plugin_alone():
    code = "import sys; from zoo.sklearn import RbfRegressor; print(*sorted(m for m in sys.modules if m[:4] == 'zoo_'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {each.partition(".")[0] for each in done.stdout.split()} == {"zoo_rbf"}
