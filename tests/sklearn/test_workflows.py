"""Estimators in scikit-learn's tools: pipelines, searches, ensembles, calibration, inspection."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is not installed: pip install '.[sklearn]'")

import joblib
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.ensemble import StackingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import _get_feature_names

import zoo
from zoo.sklearn import (
    FuzzyArtClusterer,
    FuzzyArtmapClassifier,
    MlpClassifier,
    MlpRegressor,
    RbfClassifier,
    RbmTransformer,
    Som,
)

pytestmark = pytest.mark.filterwarnings("ignore:values outside their range in training")

X, Y = load_iris(return_X_y=True)
CLASSIFIERS = [
    MlpClassifier(hidden=(8,), epochs=60, learning_rate=0.02, random_state=0),
    RbfClassifier(random_state=0),
    FuzzyArtmapClassifier(random_state=0),
]


def named(estimator):
    return type(estimator).__name__


@pytest.fixture(params=CLASSIFIERS, ids=named)
def classifier(request):
    return clone(request.param)


def test_pipeline_is_cross_validated(classifier):
    assert cross_val_score(make_pipeline(StandardScaler(), classifier), X, Y, cv=3).mean() > 0.85


def test_stacking(classifier):
    stack = StackingClassifier([("one", classifier), ("two", LogisticRegression(max_iter=1000))], cv=3)
    assert stack.fit(X, Y).score(X, Y) > 0.9


def test_calibration_gives_probabilities(classifier):
    found = CalibratedClassifierCV(classifier, cv=3).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == Y).mean() > 0.85


def test_permutation_importance_finds_the_column_that_matters(classifier):
    rows = np.random.default_rng(0).random((120, 3))
    classifier.fit(rows, rows[:, 1] > 0.5)
    assert permutation_importance(classifier, rows, rows[:, 1] > 0.5, random_state=0).importances_mean.argmax() == 1


def test_partial_dependence_rises_with_the_column():
    rows = np.random.default_rng(0).random((120, 2))
    model = MlpRegressor(hidden=(8,), epochs=60, random_state=0).fit(rows, 3 * rows[:, 0])
    curve = partial_dependence(model, rows, [0])["average"][0]
    assert curve[-1] - curve[0] > 1.5


def test_search_in_two_processes_finds_what_one_process_finds():
    found = []
    for jobs in (1, 2):
        search = GridSearchCV(FuzzyArtmapClassifier(random_state=0), {"vigilance": [0.0, 0.9]}, cv=3, n_jobs=jobs)
        found.append(search.fit(X, Y).cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*found)


@pytest.mark.slow
def test_search_and_cross_validation_in_two_processes(classifier):
    search = GridSearchCV(classifier, {"random_state": [0, 1]}, cv=3, n_jobs=2).fit(X, Y)
    assert search.best_score_ > 0.85
    alone, shared = (cross_val_score(classifier, X, Y, cv=3, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(alone, shared)


def test_map_before_a_classifier():
    pipeline = make_pipeline(Som(rows=6, columns=6, random_state=0), LogisticRegression(max_iter=1000))
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.8


def test_map_is_a_clusterer_too():
    som = Som(rows=4, columns=5, random_state=0).fit(X)
    places = som.transform(X)
    np.testing.assert_array_equal(som.labels_, places[:, 0] * 5 + places[:, 1])
    np.testing.assert_array_equal(som.predict(X), clone(som).fit_predict(X))


def test_set_output_names_the_columns():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    rbm = RbmTransformer(hidden=3, epochs=2, random_state=0).set_output(transform="pandas")
    frame = pandas.DataFrame(X, index=np.arange(150)[::-1])
    found = rbm.fit_transform(frame)
    assert list(found.columns) == ["rbmtransformer0", "rbmtransformer1", "rbmtransformer2"]
    assert list(found.index) == list(frame.index)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_go_by_the_names_of_their_columns(library):
    frames = pytest.importorskip(library, reason=f"{library} is not installed")
    table = frames.DataFrame({"size": X[:, 2], "colour": ["red" if y else "blue" for y in Y], "width": X[:, 3]})
    if _get_feature_names(table) is None:
        pytest.skip(f"this scikit-learn reads no names of columns from this {library}")
    species = np.array(["setosa", "versicolor", "virginica"])[Y]
    model = MlpClassifier(hidden=(8,), epochs=60, random_state=0).fit(table, species)
    assert list(model.feature_names_in_) == ["size", "colour", "width"]
    assert model.score(table, species) > 0.9
    assert model.model_.labels == ("setosa", "versicolor", "virginica")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[["width", "colour", "size"]])
    numbers = table[["size", "width"]]
    model.fit(numbers, species)
    np.testing.assert_array_equal(zoo.predict(model.model_, numbers), model.predict(numbers))


@pytest.mark.filterwarnings("error:X does not have valid feature names")
def test_no_column_of_a_table_is_left_out():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame({"id": np.arange(150) + 1, "a": X[:, 0], "b": X[:, 2], "c": X[:, 3]})
    for model in (RbfClassifier(random_state=0).fit(table, Y), Som(random_state=0).fit(table)):
        assert model.model_.signature.input_shape == (4,) and len(model.predict(table)) == 150


@pytest.mark.parametrize(
    "labels",
    [(3, 10, -2), ("b", "a", "c"), ("1", "01", "2"), ("true", "false", "x"), (1.0, 0.0, 2.0), (" a", "a", "b")],
    ids=str,
)
def test_labels_come_back_as_they_were(labels):
    classes = np.array(labels)
    y = classes[Y]
    model = RbfClassifier(random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.classes_, np.unique(classes))
    assert model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.9
    np.testing.assert_array_equal(model.classes_[model.decision_function(X).argmax(axis=1)], model.predict(X))


def test_columns_of_probabilities_follow_the_classes():
    y = np.array(["b", "a", "c"])[Y]
    model = MlpClassifier(hidden=(8,), epochs=30, random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.classes_[model.predict_proba(X).argmax(axis=1)], model.predict(X))


def test_several_labels_and_several_targets():
    rows, labels = make_multilabel_classification(80, n_features=5, n_classes=3, random_state=0)
    model = MlpClassifier(hidden=(32,), epochs=100, learning_rate=0.03, random_state=0).fit(rows, labels)
    assert (model.predict(rows) == labels).mean() > 0.9
    np.testing.assert_array_equal(model.predict_proba(rows) > 0.5, model.predict(rows) == 1)
    targets = np.stack([X[:, 0], X[:, 1] * 10], axis=1)
    assert MlpRegressor(epochs=60, random_state=0).fit(X, targets).score(X, targets) > 0.9


def test_probabilities_are_there_where_the_model_has_some():
    assert hasattr(MlpClassifier(), "predict_proba")
    assert not hasattr(MlpClassifier(loss="squared_error"), "predict_proba")
    assert hasattr(MlpClassifier(loss="squared_error"), "decision_function")
    assert not hasattr(MlpClassifier(), "decision_function")


# --- parameters -----------------------------------------------------------------------------------------------------


def test_random_state_is_the_seed():
    def predicted(state):
        return MlpClassifier(hidden=(4,), epochs=3, random_state=state).fit(X, Y).predict_proba(X)

    np.testing.assert_array_equal(predicted(1), predicted(1))
    np.testing.assert_array_equal(predicted(np.random.RandomState(3)), predicted(np.random.RandomState(3)))
    assert (predicted(None) != predicted(None)).any()
    trained = zoo.train("mlp", (X, Y), task="classification", hidden=(4,), epochs=3, seed=1, test=0.0)
    np.testing.assert_array_equal(predicted(1).argmax(axis=1), zoo.predict(trained, X))


def test_number_of_jobs_changes_no_result():
    one, two = (MlpClassifier(hidden=(4,), epochs=3, random_state=0, n_jobs=jobs).fit(X, Y) for jobs in (1, 2))
    assert one.model_ == two.model_


def test_warm_start_goes_on_from_the_weights():
    cold = MlpClassifier(hidden=(8,), epochs=3, random_state=0)
    warm = clone(cold).set_params(warm_start=True)
    for _ in range(4):
        warm.fit(X, Y)
    assert cold.fit(X, Y).fit(X, Y).score(X, Y) < warm.score(X, Y)
    assert warm.history_["train"]["loss"][0] < cold.history_["train"]["loss"][-1]
    with pytest.raises(ValueError, match="fit a clone"):
        warm.set_params(hidden=(4,)).fit(X, Y)


def test_warm_start_learns_new_categories_and_keeps_the_old():
    art = FuzzyArtClusterer(vigilance=0.9, random_state=0, warm_start=True).fit(X)
    before = art.model_.signature.outputs, len(np.unique(art.labels_))
    art.fit(X[::-1])
    assert len(np.unique(art.labels_)) >= before[1] > 1


def test_verbose_prints_a_line_for_each_epoch(capsys):
    MlpClassifier(hidden=(4,), epochs=3, random_state=0, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[2].startswith("[MlpClassifier] train: epoch 3 of 3: loss ")


def test_history_and_number_of_epochs():
    model = MlpClassifier(hidden=(4,), epochs=3, random_state=0).fit(X, Y)
    assert model.n_iter_ == len(model.history_["train"]["loss"]) == 3


def test_what_the_options_refuse_is_a_value_error_in_words_of_python():
    with pytest.raises(ValueError, match="hidden is 'many', expected a list, each item a whole number"):
        MlpClassifier(hidden="many").fit(X, Y)
    with pytest.raises(TypeError, match="no parameter 'hiden'; did you mean 'hidden'"):
        MlpClassifier(hiden=(3,))
    with pytest.raises(ValueError, match="binarize=True"):
        zoo.sklearn.Art1Clusterer().fit(X)


def test_missing_values_are_filled_where_asked_for():
    holes = X.copy()
    holes[::7, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RbfClassifier().fit(holes, Y)
    assert RbfClassifier(missing="mean", random_state=0).fit(holes, Y).score(holes, Y) > 0.85


# --- files ------------------------------------------------------------------------------------------------------------


def test_pickle_and_joblib(classifier):
    classifier.fit(X, Y)
    buffer = io.BytesIO()
    joblib.dump(classifier, buffer)
    buffer.seek(0)
    for again in (pickle.loads(pickle.dumps(classifier)), joblib.load(buffer)):
        assert again.get_params() == classifier.get_params()
        np.testing.assert_array_equal(again.predict(X), classifier.predict(X))


def test_checkpoints_both_ways(tmp_path):
    y = np.array(["setosa", "versicolor", "virginica"])[Y]
    model = MlpClassifier(hidden=(8,), epochs=30, random_state=0).fit(X, y)
    model.to_checkpoint(tmp_path / "iris.h5")
    np.testing.assert_array_equal(zoo.predict(tmp_path / "iris.h5", X), model.predict(X))
    again = MlpClassifier.from_checkpoint(tmp_path / "iris.h5")
    assert again.hidden == (8,) and again.n_features_in_ == 4
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    with pytest.raises(zoo.UsageError, match="holds mlp for classification, expected mlp for regression"):
        MlpRegressor.from_checkpoint(tmp_path / "iris.h5")


def test_names_of_columns_come_out_of_a_checkpoint(tmp_path):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    model = RbfClassifier(random_state=0).fit(table, Y)
    model.to_checkpoint(tmp_path / "iris.h5")
    again = RbfClassifier.from_checkpoint(tmp_path / "iris.h5")
    assert list(again.feature_names_in_) == ["a", "b", "c", "d"] and list(again.classes_) == [0, 1, 2]
    np.testing.assert_array_equal(again.decision_function(table), model.decision_function(table))


@pytest.mark.parametrize("kind", ["Clusterer", "Som"])
def test_clusters_out_of_a_checkpoint_are_the_same(tmp_path, kind):
    model = FuzzyArtClusterer(random_state=0) if kind == "Clusterer" else Som(random_state=0)
    model.fit(X)
    model.to_checkpoint(tmp_path / "map.h5")
    again = type(model).from_checkpoint(tmp_path / "map.h5")
    first, second = model.predict(X), again.predict(X)
    assert len({*zip(first.tolist(), second.tolist(), strict=True)}) == len(set(first.tolist()))


# --- images, sequences ------------------------------------------------------------------------------------------------


def test_images_and_sequences_are_arrays_of_more_axes():
    images = np.random.default_rng(0).random((40, 8, 8))
    y = (images[:, :4].mean(axis=(1, 2)) > images[:, 4:].mean(axis=(1, 2))).astype(int)
    cnn = zoo.sklearn.CnnClassifier(channels=(4,), dense=(), epochs=2, random_state=0).fit(images, y)
    assert cnn.predict_proba(images).shape == (40, 2)
    lstm = zoo.sklearn.LstmRegressor(hidden=3, epochs=2, random_state=0).fit(images, images[:, -1, 0])
    assert lstm.predict(images).shape == (40,)
