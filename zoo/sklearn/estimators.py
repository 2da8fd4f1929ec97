"""What the generated estimators share: fit by `zoo.train`, predictions by the model."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from zoo import api
from zoo.core.architecture import Architecture
from zoo.core.events import EpochDone, Event
from zoo.core.history import History
from zoo.core.model import Model
from zoo.data import encoded
from zoo.data.as_trained import raw_rows
from zoo.data.python_data import given_dataset
from zoo.errors import UsageError, ZooError
from zoo.inference.probabilities import predict_probabilities
from zoo.parallel.pickling import PLUGIN_FILE
from zoo.parallel.threads import Workers
from zoo.platform.memory_errors import within_memory
from zoo.registry import lookup, selection
from zoo.sklearn.parameters import Parameter
from zoo.training.prepare import prepare
from zoo.types import Array
from zoo.wording import as_arguments

MULTI_LABEL = "multi-label"


class EstimatorError(UsageError, ValueError):
    """What zoo refuses in `fit` or a prediction, as the `ValueError` that scikit-learn expects."""


@contextmanager
def as_value_errors() -> Iterator[None]:
    """Raises errors of zoo as errors that are a `ValueError` too, with the same message."""
    try:
        with as_arguments():
            yield
    except EstimatorError:
        raise
    except ZooError as error:
        raise EstimatorError(str(error)) from error


class ZooEstimator(BaseEstimator):  # type: ignore[misc]
    """Base class of the estimators that `zoo.sklearn` makes of architectures."""

    _architecture: ClassVar[type[Architecture]]
    _task: ClassVar[str]
    _parameters: ClassVar[dict[str, Parameter]]
    model_: Model
    _fitted_options: dict[str, Any]  # of the architecture, which a warm start keeps

    @property
    def history_(self) -> History:
        """The metrics of every epoch of every phase: `history_["train"]["loss"]`."""
        check_is_fitted(self)
        return self.model_.history or History()

    @property
    def n_iter_(self) -> int:
        """Epochs of all phases of the last fit."""
        check_is_fitted(self)
        return max(1, sum(self.history_.epochs(phase) for phase in self.history_.phases))

    def to_checkpoint(self, path: str | Path) -> None:
        """Saves the model to a checkpoint, as `zoo.save` does: `zoo predict`, `zoo.load` and all else read it."""
        check_is_fitted(self)
        api.save(self.model_, path)

    @classmethod
    def from_checkpoint(cls, path: str | Path, *, trusted: bool = False) -> Self:
        """A fitted estimator out of a checkpoint of its architecture and task, by path or by a shipped one's name.

        Its parameters have the architecture's options; how it was trained is not among them.
        """
        model = api.load(path, trusted=trusted)
        kind, task = type(model.architecture), model.signature.task
        if kind is not cls._architecture or task not in cls._tasks():
            raise UsageError(
                f"{path}: holds {model.architecture.name} for {task}, expected {cls._architecture.name} for"
                f" {' or '.join(cls._tasks())}; take the class of that architecture and task"
            )
        options = {each.option.name: name for name, each in cls._parameters.items() if each.group == "options"}
        found = cls(**{name: getattr(model.architecture, option) for option, name in options.items()})
        found._take(model)
        found._fitted_options = found._asked()["options"]
        preprocessing: Any = model.preprocessing
        shape = model.signature.input_shape
        columns = [column.name for column in getattr(preprocessing, "columns", ())]
        found.n_features_in_ = len(columns) or shape[-1]
        if getattr(preprocessing, "named", False):
            found.feature_names_in_ = np.array(columns, dtype=object)
        return found

    @classmethod
    def _tasks(cls) -> tuple[str, ...]:
        return (cls._task,)

    def _take(self, model: Model) -> None:
        """Makes a model the fitted one."""
        self.model_ = model

    def __reduce__(self) -> tuple[Any, ...]:
        files = selection.files() if self._architecture.__module__.startswith(PLUGIN_FILE) else ()
        return _unpickled, (type(self).__name__, files), self.__getstate__()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = getattr(self, self._name_of("missing")) != "error"
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = self._sketch() is not None
        return tags

    @classmethod
    def _name_of(cls, option: str) -> str:
        return next(name for name, each in cls._parameters.items() if each.option.name == option)

    def _checked(self, X: Any, *, reset: bool, y: Any = "no_validation", **checks: Any) -> Any:
        """X, or (X, y), as scikit-learn validates it; a table with columns of text as it is, which zoo reads."""
        if _has_text(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X if isinstance(y, str) else (X, y)
        finite = "allow-nan" if getattr(self, self._name_of("missing")) != "error" else True
        return validate_data(self, X, y, reset=reset, allow_nd=True, ensure_all_finite=finite, **checks)

    def _named(self, X: Any) -> Any:
        """The inputs with the names of their columns, where those were given."""
        names = getattr(self, "feature_names_in_", None)
        if names is None or not isinstance(X, np.ndarray) or X.ndim != 2:
            return X
        return dict(zip(names.tolist(), X.T, strict=True))

    def _asked(self) -> dict[str, dict[str, Any]]:
        """What the parameters ask for, under "options", "training" and "data"."""
        groups: dict[str, dict[str, Any]] = {"options": {}, "training": {}, "data": {}}
        where = type(self).__name__
        for name, parameter in self._parameters.items():
            value = parameter.value(getattr(self, name), where)
            if value is not None:
                groups[parameter.group][parameter.option.name] = value
        return groups

    def _train(self, X: Any, y: Any, task: str) -> None:
        with as_value_errors():
            asked = self._asked()
            state = self.random_state
            whole = isinstance(state, (int, np.integer)) and not isinstance(state, bool)
            seed = int(state) if whole else int(check_random_state(state).randint(2**31 - 1))
            asked["training"]["seed"] = seed
            inputs = self._named(X)
            data = inputs if y is None else (inputs, y)
            fitted_options = asked["options"]
            asked["data"]["test"] = 0.0
            if y is not None:
                asked["data"]["task"] = task
            elif not isinstance(inputs, np.ndarray):  # whose last column would else be the target
                asked["data"]["target"] = "none"
            if not isinstance(inputs, np.ndarray) and given_dataset(data, asked["data"]).left_out:
                asked["data"]["use"] = list(range(1, self.n_features_in_ + 1))  # row numbers and the like, too
            start: Any = _name(self._architecture)
            if self._goes_on():
                start, asked["options"] = self._same_options(asked["options"]), {}
            values = {**asked["options"], **asked["training"], **asked["data"]}
            threads, listen = _threads(self.n_jobs), self._listener()
            self._take(api.train(start, data, threads=threads, listen=listen, measure=False, **values))
            self._fitted_options = fitted_options

    def _goes_on(self) -> bool:
        """Whether fit learns on from the fit before."""
        return bool(self.warm_start) and hasattr(self, "model_")

    def _same_options(self, options: dict[str, Any]) -> Model:
        """The fitted model, to go on from; refused where its options were changed since."""
        if self._fitted_options != options:
            raise EstimatorError(
                f"{type(self).__name__}: warm_start goes on from {self.model_.architecture!r}, but options were changed"
                " since; fit a clone"
            )
        return self.model_

    def _sketch(self) -> str | None:
        """What the outputs of a model with these parameters are; None where no table can be learned with them."""
        try:
            options = self._asked()["options"]
        except ZooError:  # fit says what is wrong
            return None
        kind: Any = self._architecture
        return _sketched(kind, self._task, tuple(sorted(options.items())))

    def _listener(self) -> Callable[[Event], None]:
        return functools.partial(_print_epoch, type(self).__name__) if self.verbose else _ignore

    def _raw(self, X: Any) -> Any:
        """What was given to predict, checked against what was fitted."""
        check_is_fitted(self)
        return self._named(self._checked(X, reset=False))

    def _predicted(self, X: Any) -> Array:
        raw = self._raw(X)
        with as_value_errors():
            return np.asarray(api.predict(self.model_, raw, threads=_threads(self.n_jobs)))

    def _scores(self, X: Any) -> Array:
        """The model's own outputs (rows, outputs), in the order of its labels."""
        raw = self._raw(X)
        preprocessing: Any = self.model_.preprocessing
        with as_value_errors(), Workers(_threads(self.n_jobs)) as workers:
            rows = raw_rows(raw, preprocessing, self.model_.provenance)
            numbers = np.arange(len(rows))
            samples = encoded(rows, numbers, preprocessing, self.model_.architecture.dtype)
            return predict_probabilities(self.model_, samples, workers)


def _gives_probabilities(self: Any) -> bool:
    """Whether the fitted model, or one with these parameters, gives probabilities."""
    if hasattr(self, "model_"):
        return bool(self.model_.output_kind == "probabilities")
    return self._sketch() in ("probabilities", None)


def _gives_scores(self: Any) -> bool:
    return not _gives_probabilities(self)


@functools.lru_cache(maxsize=256)
def _sketched(kind: type[Architecture], task: str, options: tuple[tuple[str, Any], ...]) -> str | None:
    """What the outputs of a model with these options are, as one for a small table shows; None where none can be
    built."""
    rows = np.random.default_rng(0).random((24, 2))
    targets = {"classification": np.arange(24) % 2, "regression": rows[:, 0]}.get(task)
    asked = {"test": 0.0} | ({} if targets is None else {"task": task})
    try:
        dataset = given_dataset(rows if targets is None else (rows, targets), asked)
        return prepare(lookup.find_recipe(_name(kind)), options=dict(options), dataset=dataset).model.output_kind
    except ZooError:  # learns images or sequences; an option that fit refuses
        return None


class Classifier(ClassifierMixin, ZooEstimator):  # type: ignore[misc]
    """Classifier; `fit(X, y)`, `predict`, `score`, and `predict_proba` where the model gives probabilities, else
    `decision_function`. Learns tables (rows, columns), and images or sequences as arrays of more axes."""

    classes_: Array
    _named_labels: bool  # whether the model's labels are the classes, not their numbers

    @classmethod
    def _tasks(cls) -> tuple[str, ...]:
        return ("classification", MULTI_LABEL) if MULTI_LABEL in cls._architecture.tasks else ("classification",)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = MULTI_LABEL in self._architecture.tasks
        return tags

    @within_memory
    def fit(self, X: Any, y: Any) -> Self:
        """Learns from X (rows, columns) and the class of each row, or, of several labels, y (rows, labels) of 0 and
        1."""
        X, y = self._checked(X, reset=not self._goes_on(), y=y, multi_output=True)
        check_classification_targets(y)
        y = np.asarray(y)
        if type_of_target(y) == "multilabel-indicator":
            if MULTI_LABEL not in self._architecture.tasks:
                raise EstimatorError(f"{type(self).__name__}: y is (rows, labels), expected one class for each row")
            self.classes_ = np.arange(y.shape[1])
            self._train(X, y.astype(np.int64), MULTI_LABEL)
            return self
        y = column_or_1d(y, warn=True)
        classes, numbers = np.unique(y, return_inverse=True)
        if self._goes_on():
            self._named_labels = self._named_labels and _are_names(classes)
            if not self._named_labels:
                numbers = self._known(y)
        else:
            if len(classes) < 2:
                raise EstimatorError(f"{type(self).__name__}: y holds one class alone, {classes[0]!r}; expected two")
            self._named_labels, self.classes_ = _are_names(classes), classes
        self._train(X, y if self._named_labels else numbers, "classification")
        return self

    def predict(self, X: Any) -> Array:
        """The class of each row; of several labels (rows, labels) of 0 and 1."""
        found = self._predicted(X)
        if self.model_.signature.task == MULTI_LABEL:
            return found.reshape(len(found), -1).astype(np.int64)
        places = np.searchsorted(self.classes_, found) if self._named_labels else found
        return np.asarray(self.classes_[places])

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (rows, classes) in the order of `classes_`."""
        found = self._ordered(self._scores(X)).astype(np.float64)
        return found if self.model_.signature.task == MULTI_LABEL else found / found.sum(axis=1, keepdims=True)

    @available_if(_gives_scores)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Array:
        """The model's score of each class (rows, classes); of two classes the second's less the first's (rows,); of
        labels above 0 where the label is present."""
        found = self._ordered(self._scores(X)).astype(np.float64)
        if self.model_.signature.task == MULTI_LABEL:
            return found - 0.5
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def _ordered(self, scores: Array) -> Array:
        """The columns of the model's outputs, in its own order, in that of `classes_`."""
        if self.model_.signature.task == MULTI_LABEL:
            return scores
        labels = np.asarray(self.model_.labels)
        return scores[:, np.argsort(labels, kind="stable")]

    def _known(self, y: Array) -> Array:
        """The numbers of these classes; those of training alone are known."""
        places = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        if (wrong := self.classes_[places] != y).any():
            raise EstimatorError(f"{type(self).__name__}: y holds {y[wrong][0]!r}, expected one of {self.classes_}")
        return places

    def _take(self, model: Model) -> None:
        super()._take(model)
        if not hasattr(self, "_named_labels"):  # out of a checkpoint
            self._named_labels = True
        if model.signature.task == MULTI_LABEL:
            self.classes_ = np.arange(model.signature.outputs)
        elif self._named_labels:
            labels = np.asarray(model.labels)
            self.classes_ = np.unique(labels.astype(self.classes_.dtype) if hasattr(self, "classes_") else labels)


class Regressor(RegressorMixin, ZooEstimator):  # type: ignore[misc]
    """Regressor; `fit(X, y)` with one target, or y (rows, targets) with several; `predict`, `score` (r²)."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @within_memory
    def fit(self, X: Any, y: Any) -> Self:
        """Learns from X (rows, columns) and the target or targets of each row."""
        X, y = self._checked(X, reset=not self._goes_on(), y=y, multi_output=True, y_numeric=True)
        y = np.asarray(y, dtype=np.float64)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._train(X, y, "regression")
        return self

    def predict(self, X: Any) -> Array:
        """The target of each row, (rows,), or several, (rows, targets), in their units."""
        found = self._predicted(X).astype(np.float64, copy=False)
        return found.reshape(len(found)) if self.model_.signature.outputs == 1 else found


class Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ZooEstimator):  # type: ignore[misc]
    """Transformer; `fit(X)`, and `transform` gives what the model makes of each row: its hidden units, its outputs."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # it is the architecture's precision
        return tags

    @within_memory
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learns from X (rows, columns); y is not used."""
        self._train(self._checked(X, reset=not self._goes_on()), None, "unsupervised")
        return self

    def transform(self, X: Any) -> Array:
        """The model's outputs, (rows, outputs)."""
        found = self._predicted(X)
        return found.reshape(len(found), -1)

    @property
    def _n_features_out(self) -> int:
        return self.model_.signature.outputs


class Clusterer(ClusterMixin, ZooEstimator):  # type: ignore[misc]
    """Clusterer; `fit(X)`, `labels_`, `predict`, `fit_predict`. A label is the number of a category; those that a row
    of training is in come first, and -1 stands for a row that no category takes."""

    labels_: Array

    @within_memory
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learns from X (rows, columns); y is not used."""
        self._train(self._checked(X, reset=not self._goes_on()), None, "unsupervised")
        numbers = self._numbers(X)
        self._used = np.unique(numbers[numbers >= 0])
        self.labels_ = self._labelled(numbers)
        return self

    def predict(self, X: Any) -> Array:
        """The label of each row."""
        check_is_fitted(self)
        return self._labelled(self._numbers(X))

    def _numbers(self, X: Any) -> Array:
        found = self._predicted(X)
        return found.reshape(len(found)).astype(np.int64)

    def _labelled(self, numbers: Array) -> Array:
        """Numbers of categories as labels: those used in training count from 0, others follow."""
        place = np.searchsorted(self._used, numbers)
        used = np.isin(numbers, self._used)
        return np.where(numbers < 0, -1, np.where(used, place, len(self._used) + numbers - place))

    def _take(self, model: Model) -> None:
        super()._take(model)
        self._used = np.array((), np.int64)


class Map(ClusterMixin, Transformer):  # type: ignore[misc]
    """Transformer and clusterer; `transform` gives the place (row, column) of each row's best unit, `predict` and
    `labels_` its number, row · columns + column."""

    labels_: Array

    @within_memory
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learns from X (rows, columns); y is not used."""
        self._train(self._checked(X, reset=not self._goes_on()), None, "unsupervised")
        self.labels_ = self._numbered(self._predicted(X))
        return self

    def predict(self, X: Any) -> Array:
        """The number of each row's best unit."""
        return self._numbered(self._predicted(X))

    def _numbered(self, places: Array) -> Array:
        architecture: Any = self.model_.architecture
        columns = architecture.columns
        found: Array = places[:, 0].astype(np.int64) * columns + places[:, 1].astype(np.int64)
        return found


def _are_names(classes: Array) -> bool:
    """Whether classes can be labels of the model as they are: whole numbers, or texts that are no numbers."""
    if classes.dtype.kind in "iu":
        return True
    texts = classes.tolist()
    if not all(isinstance(each, str) and each and each.strip() == each for each in texts):
        return False
    return not any(_is_value(each) for each in texts)


def _is_value(text: str) -> bool:
    """Whether a text stands for a number or a truth value."""
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false")
    return True


def _has_text(X: Any) -> bool:
    """Whether a table with named columns has some that are not of numbers."""
    dtypes = getattr(X, "dtypes", None)
    if dtypes is None or not hasattr(X, "columns"):
        return False
    return any(not _is_numeric(each) for each in dtypes)


def _is_numeric(dtype: Any) -> bool:
    """Whether a pandas or polars column of this type holds numbers or truth values."""
    if hasattr(dtype, "is_numeric"):
        return bool(dtype.is_numeric()) or str(dtype) == "Boolean"
    return getattr(dtype, "kind", "O") in "biuf"


def _threads(n_jobs: int | None) -> int:
    return int(joblib.effective_n_jobs(n_jobs))


def _name(kind: type[Architecture]) -> str:
    """The name by which zoo trains an architecture, of its own package."""
    package, _ = lookup.package_of(kind)
    return f"{package}:{kind.name}" if package and "/" not in package else kind.name


def _ignore(event: Event) -> None:
    """Passes an event over."""


def _print_epoch(who: str, event: Event) -> None:
    """Prints a line for an epoch that is done."""
    if isinstance(event, EpochDone):
        metrics = ", ".join(f"{name} {value:.4g}" for name, value in event.metrics.items())
        print(f"[{who}] {event.phase}: epoch {event.epoch} of {event.epochs}: {metrics}")


def _unpickled(name: str, files: tuple[str, ...]) -> Any:
    """An estimator without its state, of the one-file plugins that it came from."""
    for path in files:
        selection.use_plugin(path)
    kind = getattr(sys.modules["zoo.sklearn"], name)
    return kind.__new__(kind)
