"""The Python interface: one function for each thing the command line does with a model."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.checkpoint.paths import refuse_other_kind
from zoo.cluster.open import cluster_plan
from zoo.core.architecture import Architecture
from zoo.core.arguments import public
from zoo.core.batch import Batch
from zoo.core.events import EpochDone, Event, PhaseDone, ignore
from zoo.core.model import Model
from zoo.data import DataOptions, Dataset
from zoo.data.as_trained import warn_of_training_data
from zoo.data.python_data import given_dataset
from zoo.errors import OptionError, UsageError, did_you_mean, warn
from zoo.options import options_of
from zoo.platform.memory_errors import within_memory
from zoo.platform.paths import is_path, next_free
from zoo.platform.trust import trusting
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.training import run
from zoo.training.chunks import learn_chunk, plan_of, prepare_first
from zoo.training.handles import AfterUpdate, listed
from zoo.training.prepare import Run, opened_for, prepare, with_preprocessing
from zoo.training.run_state import NewData
from zoo.training.stepping import Update, stepping
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.events import Listener
    from zoo.sweeps.table import Sweep
    from zoo.training.comparison import Comparison
    from zoo.training.run import Evaluation

OF_ROWS = (  # how rows to predict are read
    *("missing", "missing_values", "decimal", "thousands", "dates", "header", "delimiter", "encoding"),
    *("background", "corrupt", "in_memory", "order", "group", "sequence", "inputs"),
)
Data = str | Path | Dataset | tuple[Any, Any] | Array  # a name, a path, a dataset, (inputs, targets), or inputs alone


@public
@within_memory
def train(
    name: str | Path | Architecture | Model,
    data: Data | None = None,
    *,
    out: str | Path | None = None,
    init_from: str | Path | None = None,
    weights: Mapping[str, Any] | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    save_every: str | None = None,
    keep_every: str | None = None,
    listen: Listener | None = None,
    trusted: bool = False,
    provenance: bool = True,
    measure: bool | str | Sequence[str] | None = None,
    after_update: AfterUpdate | None = None,
    **values: Any,
) -> Model:
    """Trains an architecture or recipe; gives the model with its best weights, its preprocessing, its history, and
    what came of it: `model.trained.metrics`, `.rows` of the data in each part, `.settings` (`zoo.Trained`).

    `name` is that of an architecture or recipe, or the path of a recipe; or an `Architecture`, as `zoo.create` makes
    it; or a model, of which a copy goes on from its weights. A model without preprocessing, which was built or ported,
    takes data as they are.
    `values` are options of the architecture, of its training and of the data, by the names `zoo show NAME` lists; a
    mapping under a phase's name changes the training of that phase. With `out`, a new file, the run is saved meanwhile.
    At the end the held-out part is measured: with `measure=True` all of it; with False nothing. By default what is
    dear, a likelihood or the quality of samples, is measured with `out` or `listen` alone (`zoo.events.Finished`).
    Names of dear metrics, `measure="log_likelihood", every=10`, are recorded in the history after so many epochs.
    `after_update(model)` is called after each update and may change weights in place: prune, project. The file knows it
    by a digest of its code, and `zoo.resume` asks for it again. `schedule` may be a function of the epoch, from 0, to
    the share of the learning rate: its values for all epochs are recorded (`schedule="listed"`, `rates`).
    `init_from` is a checkpoint whose layers of the same name and shapes the model begins with; with
    `freeze=("hidden*",)` those stay as they are. A warning lists the weights that do not fit. `weights` are first
    weights by their names, {"hidden1/W": [[…], …]}, in their shapes; the others are drawn.
    Data files of unknown origin are bounded (no other file is opened, see docs/data.md), unless they are `trusted`.
    With `provenance=False` neither file nor model say what it was trained on: see `zoo.save`, and a run goes on only
    where the same data are given again.
    """
    if out is not None:
        refuse_other_kind(out, "train: --out")
    elif save_every is not None:
        raise OptionError("train: --save-every has no effect without --out, the file to save into; name one")
    elif keep_every is not None:
        raise OptionError("train: --keep-every has no effect without --out, the file to save into; name one")
    if measure is not None and not isinstance(measure, (bool, np.bool_)):
        values["measure"], measure = measure, True
    if callable(values.get("schedule")):
        start = lookup.find_recipe(str(name)) if isinstance(name, (str, Path)) else name
        values |= listed(values["schedule"], values.get("epochs", _epochs_of(start)))
    prepared = _prepared(name, data, values, trusted, init_from, weights)
    prepared.remembered = provenance
    prepared.training.after_update = after_update
    wide = out is not None or listen is not None if measure is None else measure
    measured: run.Measure = "all" if wide else "metrics" if measure is None else "nothing"
    saving: dict[str, Any] = {"out": out, "save_every": save_every, "keep_every": keep_every}
    means: dict[str, Any] = {"threads": threads, "cluster": cluster_plan(cluster)}
    return run.train(prepared, **saving, **means, listen=listen or ignore, measure=measured).model


def _prepared(
    name: str | Path | Architecture | Model,
    data: Data | None,
    values: Mapping[str, Any],
    trusted: bool,
    init_from: str | Path | None,
    weights: Mapping[str, Any] | None,
) -> Run:
    """The run that `train` and `steps` begin, with warnings of what could be wrong with its data."""
    start = lookup.find_recipe(str(name)) if isinstance(name, (str, Path)) else name
    if isinstance(start, Recipe):
        kind = lookup.find_architecture(start.architecture, near=start.package)
    else:
        kind = type(start.architecture if isinstance(start, Model) else start)
    groups = _grouped(kind, data, values)
    if trusted and data is not None and not isinstance(data, (str, Path)) and init_from is None:
        raise UsageError("train: --trusted has no effect on data given in Python, which are no file; leave it out")
    dataset = None
    if isinstance(data, (str, Path)):
        groups["data"]["name"] = str(data)
    elif isinstance(start, Model):
        groups["data"]["name"] = data
    elif data is not None:
        dataset = given_dataset(data, groups.pop("data"))
    if isinstance(start, Model) and isinstance(data, Dataset):
        dataset = given_dataset(data, {key: value for key, value in groups.pop("data").items() if key != "name"})
    with trusting(trusted):
        prepared = prepare(
            start,
            options=groups["options"],
            training=groups["training"],
            data=groups.get("data"),
            dataset=dataset,
            init_from=init_from,
            weights=weights,
        )
    warn_of_training_data(prepared.dataset)
    return prepared


@public
@within_memory
def steps(
    name: str,
    data: Data | None = None,
    *,
    init_from: str | Path | None = None,
    weights: Mapping[str, Any] | None = None,
    trusted: bool = False,
    **values: Any,
) -> Iterator[Update]:
    """The updates of a training one after another, each with the weights before and after it and what led to it: of a
    net of layers its activations, deltas and gradients.

    The arguments are those of `train`, whose bits the updates have. Each is made when it is asked for, so that
    `next(zoo.steps(…))` trains one. A rule that learns sample by sample (perceptron, ART, and with `batch_size=1` the
    online map) makes one for each.

    >>> first = next(zoo.steps("backprop"))
    >>> print(f"{first.loss:.9f}", first.deltas["output"].round(5), first.weights["output/W"][0, 0].round(8))
    0.298371109 [[ 0.1385  -0.0381]] 0.35891648
    """
    return stepping(_prepared(name, data, values, trusted, init_from, weights))


@public
@within_memory
def learn(model: str | Model, data: Data, *, threads: int | None = None, trusted: bool = False, **values: Any) -> Model:
    """Lets a model learn from one chunk of data, and gives it back: the chunk is gone through once, in its own order.

    Perceptrons, ART, online maps, machines and nets trained by gradient, as `zoo.learn(model, chunk)` again and again.
    `model` changes in place, and keeps what its rule goes on with between chunks (moments, chains) as long as it is in
    memory; or it is the name of an architecture, which begins one, with preprocessing and first weights from this
    chunk. `values` are training settings, `learning_rate=0.01`, and for a name options of the architecture and of the
    data. Rates do not fall, since nobody knows how many chunks there will be.

    Where the rule goes from sample to sample, chunks of any sizes come to the same bits as all rows at once; by
    batches where chunks are whole batches. New classes are taken in by architectures that grow. Which data were learned
    in chunks is not remembered, and the hits of a map are not counted.

    >>> model = zoo.train("fuzzy-artmap", "circle-in-square")
    >>> for chunk in np.split(np.random.default_rng(0).random((60, 2)), 3):
    ...     model = zoo.learn(model, (chunk, np.where(np.hypot(*(chunk.T - 0.5)) < 0.4, "inside", "outside")))
    """
    with trusting(trusted):
        if isinstance(model, Model):
            found, dataset = model, _chunk_for(model, data, values)
            settings = {name: value for name, value in values.items() if name not in options_of(DataOptions)}
        else:
            kind = lookup.find_architecture(lookup.find_recipe(model).architecture)
            settings = _grouped(kind, data, values)["training"]
            plan_of(kind(), settings)
            for name in ("test", "held_out"):
                if name in values:
                    raise OptionError(f"learn: {name} has no effect: all rows of a chunk are learned; leave it out")
            whole = {} if isinstance(data, (str, Path, Dataset)) else {"test": 0.0}
            prepared = _prepared(model, data, {**whole, **values}, trusted, None, None)
            found, dataset = prepare_first(prepared), prepared.dataset
        found.chunks = learn_chunk(found, dataset, settings, threads, found.chunks)
    return found


def _chunk_for(model: Model, data: Data, values: Mapping[str, Any]) -> Dataset:
    """A chunk as a dataset, read as the model's data are; options of the data may say otherwise."""
    options = {name: value for name, value in values.items() if name in options_of(DataOptions)}
    for name in ("test", "held_out"):
        if name in options:
            raise OptionError(f"learn: {name} has no effect: all rows of a chunk are learned; leave it out")
    if model.preprocessing is None:
        raise UsageError("learn: the model has no preprocessing, so raw data cannot be encoded; train it first")
    other = _other_data(data, options, "learn")
    if other is None:
        raise UsageError("learn: got no data, expected a chunk: zoo.learn(model, (X, y))")
    return opened_for(model, other)


@public
def resume(
    path: str | Path,
    data: Data | None = None,
    *,
    out: str | Path | None = None,
    epochs: int | None = None,
    schedule_from: str | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    save_every: str | None = None,
    keep_every: str | None = None,
    listen: Listener | None = None,
    trusted: bool = False,
    after_update: AfterUpdate | None = None,
    **options: Any,
) -> Model:
    """Goes on exactly where the run in a checkpoint stands, and saves into it, or into `out`, a new file.

    The data are those the file names. `data` are these same data again, where they were given in Python or lie
    elsewhere now; others are refused. `epochs` changes how far the last phase goes, and `schedule_from` ("start",
    "here") what then becomes of a schedule. Gives the model as `train` does.
    """
    if out is not None:
        refuse_other_kind(out, "resume: --out")
    found = lookup.find_checkpoint(str(path))
    if out is None:
        lookup.refuse_shipped(found, f"resume: {str(path)!a}", f"zoo.resume({str(path)!r}, out='{{name}}-more.h5')")
    with trusting(trusted):
        return run.resume(
            found,
            data=_other_data(data, options, "resume"),
            epochs=epochs,
            schedule_from=schedule_from,
            threads=threads,
            cluster=cluster_plan(cluster),
            save_every=save_every,
            keep_every=keep_every,
            out=out,
            listen=listen or ignore,
            after_update=after_update,
        ).model


@public
def create(name: str, **options: Any) -> Architecture:
    """An architecture with these options: `zoo.create("mlp", hidden=(64,))`; of a recipe, with the recipe's besides."""
    recipe = lookup.find_recipe(name)
    kind = lookup.find_architecture(recipe.architecture, near=recipe.package)
    return kind.of({**recipe.options, **options}, f"create({name!r})")


@public
def list_architectures(pattern: str = "*") -> list[str]:
    """The names of all architectures that match a pattern such as "*lstm*"; imports no plugin."""
    names = {offer.name for _, offer in lookup.registry().offers("architecture")}
    return sorted(name for name in names if fnmatch.fnmatchcase(name, pattern))


@public
def load(path: str | Path, *, weights: str = "best", trusted: bool = False, sha256: str | None = None) -> Model:
    """The model in a checkpoint, by path or by the name of a shipped one; see `zoo.training.run.load`."""
    return run.load(lookup.find_checkpoint(str(path)), weights=weights, trusted=trusted, sha256=sha256)


@public
def save(model: Model, path: str | Path, *, provenance: bool = True) -> None:
    """Saves a model: weights, options, preprocessing and history, without data or a run to resume. Replaces a file of
    that kind, never one that holds a run.

    The file says what the model was trained on: path and options of the data, their digest, how they were split, and
    64-bit hashes of at most 4,096 rows. `provenance=False` leaves this out. Then `zoo.evaluate` needs data, counts all
    rows, also such as were trained on, and files are read with the default options where none are given; names of
    columns, categories and ranges stay, since predictions need them.
    """
    refuse_other_kind(path, "save:")
    run.save(model, path, provenance=provenance)


@public
@within_memory
def predict(
    model: Model | str | Path,
    raw: Any,
    *,
    probabilities: bool = False,
    threads: int | None = None,
    trusted: bool = False,
    **options: Any,
) -> Any:
    """Predictions for raw rows (an array, a path or a dataset's name): label names, or targets in their units.

    Of a series (windows, horizon, targets), oldest first, several series one behind the other by their names; rows are
    brought into the order of their dates, and assigned to their series, as in training. `options` override how they
    are read, as the flags of `zoo predict` do: `order`, `group`, and of files `missing`, `header`, `delimiter`,
    `encoding`, `corrupt`, `in_memory`.

    With `probabilities=True` an array (rows, classes), or (rows, labels) for multi-label data, whose columns are in the
    order of `model.labels`; for labelled sequences one array (time steps, labels) each. `UsageError` where the model
    gives none. A model that decodes its outputs itself (`zoo.core.protocols.DecodesOutputs`) gives a dict of arrays by
    name.
    """
    source = model if isinstance(model, Model) else lookup.find_checkpoint(str(model))
    other = next((name for name in options if name not in OF_ROWS), None)
    if other is not None:
        raise OptionError(
            f"predict: there is no option {other!a}{did_you_mean(other, OF_ROWS)}; expected {', '.join(OF_ROWS)}"
        )
    return run.predict(source, raw, probabilities=probabilities, threads=threads, trusted=trusted, **options)


@public
@within_memory
def encode(model: Model | str | Path, data: Data, **options: Any) -> Batch:
    """Rows as a model sees them: `inputs` (rows, *input_shape) for `model.predict` and the methods that look inside;
    `targets` beside them, where `data` are (inputs, targets), a path or a name; `mask` of sequences of different
    lengths. `options` are those of the data.

    >>> model = zoo.train("mlp", "moons", hidden=4, epochs=1)
    >>> batch = zoo.encode(model, (np.zeros((3, 2)), ["upper", "lower", "upper"]))
    >>> batch.inputs.shape, batch.targets
    ((3, 2), array([0, 1, 0]))
    """
    from zoo.inference.encode import encoded_batch

    source = _source(model)
    found = source if isinstance(source, Model) else run.load(source)
    return encoded_batch(found, data, options)


@public
@within_memory
def sample(
    model: Model | str | Path,
    *,
    count: int | None = None,
    steps: int | None = None,
    label: Any = None,
    means: bool | None = None,
    with_classes: bool = False,
    length: int | None = None,
    temperature: float | None = None,
    prompt: str | None = None,
    seed: int | None = None,
    trusted: bool = False,
) -> Any:
    """Samples of a generative model, as `zoo sample` draws them; the same seed gives the same
    (None: 0).

    A language model: the text (str) that follows the `prompt`, `length` symbols (500), each drawn with probability
    ∝ p^(1 / `temperature`) (1; 0: always the likeliest); of sequences that all begin and end alike: one of these, to
    its end. With a `count` a list of so many. A model of images: an array (`count`, *input_shape) of pixels
    from 0 to 1, `count` images (64) after so many `steps` of its chain (1000). A model of a table: a dict of columns,
    an array of `count` values each, which `pandas.DataFrame` takes; `means=True` gives means in place of samples.

    A model with label units draws a class beside each row, or holds the class `label`: it is a column of the table,
    under the target's name. Images come without, or, `with_classes=True`, as a pair (images, classes).

    `UsageError` where the model generates nothing, or an option has no effect on what it generates.
    """
    from zoo.core.protocols import GeneratesText
    from zoo.inference import sampling

    given = {"count": count, "steps": steps, "label": label, "means": means or None}
    of_text = {"length": length, "temperature": temperature, "prompt": prompt}
    asked = {name: f"{name}={value!r}" for name, value in (given | of_text).items() if value is not None}
    source = _source(model)
    found = source if isinstance(source, Model) else run.load(source, trusted=trusted)
    asked |= {"with_classes": "with_classes=True"} if with_classes else {}
    asked |= {} if seed is None else {"seed": f"seed={seed!r}"}
    sampling.refuse_unused(found, asked, likeliest=temperature == 0)
    seed = 0 if seed is None else seed
    _check_sampling(given | of_text, seed)
    if isinstance(found, GeneratesText):
        text = {**sampling.OF_TEXT, **{name: value for name, value in of_text.items() if value is not None}}
        texts = ("".join(sampling.written(found, **text, seed=seed, number=each)) for each in range(count or 1))
        return next(texts) if count is None else list(texts)
    values = {**sampling.OF_SAMPLES, **{name: value for name, value in given.items() if value is not None}}
    drawn = sampling.drawn(found, **values, seed=seed)
    if with_classes and (drawn.images is None or drawn.classes is None):
        why = "a class is a column of the table" if drawn.images is None else "this model has no label units"
        raise UsageError(f"sample: with_classes=True does nothing here: {why}; leave it out")
    for note in drawn.notes:
        warn(f"sample: {note}")
    if drawn.images is None:
        return dict(drawn.columns)
    return (drawn.images, drawn.classes) if with_classes else drawn.images


def _check_sampling(given: Mapping[str, Any], seed: int) -> None:
    """`UsageError` for a number that is none, or out of range."""
    whole = {"count": (1, 10**6), "steps": (1, 10**7), "length": (1, 10**9), "seed": (0, 2**63 - 1)}
    for name, value in {**given, "seed": seed}.items():
        if value is None or name not in (*whole, "temperature"):
            continue
        low, high = whole.get(name, (0, 1000))
        kinds = (int, np.integer) if name in whole else (int, float, np.integer, np.floating)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            what = "a whole number" if name in whole else "a number"
            raise UsageError(f"sample: {name} is {value!r}, expected {what} from {low:,} to {high:,}")


@public
@within_memory
def evaluate(
    model: Model | str | Path,
    data: Data | None = None,
    *,
    threads: int | None = None,
    trusted: bool = False,
    **options: Any,
) -> Evaluation:
    """Measures a model on data, as `zoo eval` does: its `metrics`, by name, and on which `data` and `part` of them.

    `model` is one, or the path of a checkpoint or the name of a shipped one; these need no data, and are measured on
    the part of their own that was held out. `options` are those of the data (`target="age"`), as for `train`.
    """
    source = _source(model)
    with trusting(trusted):
        return run.evaluate(source, _other_data(data, options, "evaluate"), threads=threads)


@public
def compare(
    *models: Model | str | Path,
    data: Data | None = None,
    seed: int | None = None,
    epochs: int | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listen: Listener | None = None,
    **options: Any,
) -> Comparison:
    """Sets models side by side, as `zoo compare` does: `rows`, one for each, `best(metric)`, and in `note` why they do
    not compare, where they do not.

    `models` are models, paths or names of checkpoints, each measured as by `evaluate`, and names of architectures and
    recipes, which are trained on `data` with the same `seed` (0) and split. `options` are those of the data. With a
    folder `out` what was trained is saved there.
    """
    from zoo.training import comparison

    training = {key: value for key, value in (("seed", seed), ("epochs", epochs)) if value is not None}
    other = _other_data(data, options, "compare")
    listener, asked = listen or ignore, () if listen is None else ("listen",)
    return comparison.compare(models, other, training=training, out=out, threads=threads, listen=listener, asked=asked)


@public
@within_memory
def sweep(
    name: str | Path,
    data: Data | None = None,
    *,
    seeds: int = 5,
    out: str | Path | None = None,
    threads: int | None = None,
    trusted: bool = False,
    **values: Any,
) -> Sweep:
    """Trains a grid of options over the first `seeds` seeds on all cores, and gives a table: `runs`, one for each
    training, and `summary`, with mean, standard deviation, n and failed of each setting.

    `values` are options as `train` takes them, of which a list, a range or an array is varied: `hidden=[16, 32, 64]`;
    of an option that takes several values a tuple is one: `hidden=[(64,), (32, 32)]`. A training that diverges is a run
    that failed. The file `out`, a .csv, keeps every run as it is done: the same call goes on there, also with more
    values or seeds. `threads` is how many trainings run at a time. Ctrl-C raises `SweepInterrupted`, whose `sweep` has
    what was done. See `zoo.sweeps.table.Sweep`: `to_frame()`, `to_csv(path)`, `plot(path)`.

    >>> found = zoo.sweep("mlp", "xor", hidden=[2, 4], seeds=2, epochs=50)
    >>> found.names, len(found.runs), found.summary[0].n
    (('hidden',), 4, 2)
    """
    from zoo.errors import SweepInterrupted
    from zoo.sweeps.grid import Grid
    from zoo.sweeps.sweep import sweep as run_sweep
    from zoo.training.interrupts import Interrupts

    if isinstance(seeds, bool) or not isinstance(seeds, (int, np.integer)) or not 1 <= seeds <= 100_000:
        raise OptionError(f"sweep: seeds is {seeds!r}, expected a whole number from 1 to 100,000")
    recipe = lookup.find_recipe(str(name))
    kind = lookup.find_architecture(recipe.architecture, near=recipe.package)
    groups = _grouped(kind, data, values, "sweep")
    given = None
    if isinstance(data, (str, Path)):
        groups["data"]["name"] = str(data)
    elif data is not None:
        given = data
        if trusted:
            raise UsageError("sweep: --trusted has no effect on data given in Python, which are no file; leave it out")
    known = {
        "options": options_of(kind),
        "training": options_of(type(kind.settings)),
        "data": options_of(_data_options(kind, data)),
    }
    with trusting(trusted), Interrupts() as stop:
        found = run_sweep(Grid.of(recipe, groups, known, int(seeds), given), out=out, processes=threads, stop=stop)
        if stop() and not found.complete:
            kept = f"; they are kept in {str(out)!a}, and the same call goes on there" if out is not None else ""
            raise SweepInterrupted(f"sweep: {len(found.runs)} of {found.asked} runs are done{kept}", found)
    return found


@public
@within_memory
def plot(
    model: Model | str | Path | Sequence[Model | str | Path],
    out: str | Path | None = None,
    *,
    plots: str | Sequence[str] = (),
    data: Data | None = None,
    trusted: bool = False,
    **options: Any,
) -> Path:
    """Draw the plots that apply to a model into one file, as `zoo plot` does, and gives its path.

    `out` is a .png, .pdf or .svg that is not there yet; by default the checkpoint's name in this folder, or the
    architecture's, and the next free number. `plots` names one plot, or several. Some are of data: a model, other
    than a checkpoint, needs these to be named. Of several models, a list of them, the learning curves are drawn
    together.
    """
    from zoo.plots import render

    if not isinstance(model, (Model, str, Path)):
        return _plot_together(model, out, [plots] if isinstance(plots, str) else plots, data, trusted)
    source = _source(model)
    other = _other_data(data, options, "plot")
    ending = render.check_picture(out)
    if isinstance(source, Model):
        loaded, name = source, source.architecture.name
    else:
        loaded, name = run.load(source, trusted=trusted), source.stem
    loaded = with_preprocessing(loaded)
    named = [plots] if isinstance(plots, str) else list(plots)
    chosen = render.chosen_plots(loaded, named, ending, name)
    if isinstance(source, Model) and other is None and not named:
        chosen = [each for each in chosen if not each.needs_data] or chosen
    render.refuse_unused(chosen, other is not None)
    target = Path(out) if out is not None else next_free(name, "png")
    has_data = other is not None or not isinstance(source, Model)
    with trusting(trusted):
        render.draw(loaded, chosen, target, ending, (lambda: run.opened(source, other)[1:3]) if has_data else None)
    return target


@public
@within_memory
def film(
    name: str,
    data: Data | None = None,
    *,
    out: str | Path,
    plots: str,
    frames: int = 8,
    threads: int | None = None,
    trusted: bool = False,
    **values: Any,
) -> Model:
    """Trains as `train` does and draws one plot again and again meanwhile: the boundary over epochs ("regions"), a map
    that unfolds ("mesh"). `out` is a .png, a strip of frames, or a .gif. Gives the model.

    There are so many `frames`, at most one for each epoch of the phase that has the most, and one before: later ones
    are further apart. Other arguments are those of `train`.

    >>> model = zoo.film("moons", out="regions.gif", plots="regions", frames=4, epochs=10)
    """
    from zoo.inference.evaluate import measured_part
    from zoo.plots import film as drawing

    ending = drawing.film_ending(out)
    if isinstance(frames, bool) or not isinstance(frames, (int, np.integer)) or not 2 <= frames <= drawing.MOST_FRAMES:
        raise OptionError(f"film: frames is {frames!r}, expected a whole number from 2 to {drawing.MOST_FRAMES}")
    prepared = _prepared(name, data, values, trusted, None, None)
    phases = prepared.training.phases
    place = max(range(len(phases)), key=lambda number: phases[number].settings.epochs)
    plot = drawing.film_plot(prepared.model, plots)
    samples = measured_part(prepared.model, prepared.dataset, prepared.parts)[1]
    due, drawn = drawing.frame_epochs(int(frames), phases[place].settings.epochs), list[Array]()

    def draw(title: str) -> None:
        drawn.append(drawing.draw_frame(plot, prepared.model, samples, title))

    def watch(event: Event) -> None:
        if isinstance(event, PhaseDone) and place and event.phase == phases[place - 1].name:
            draw("start")
        if isinstance(event, EpochDone) and event.phase == phases[place].name and event.epoch in due:
            draw(f"epoch {event.epoch:,}")

    if not place:
        draw("start")
    found = run.train(prepared, threads=threads, listen=watch, measure="nothing").model
    drawing.save_frames(drawn, out, ending)
    return found


def _plot_together(
    models: Sequence[Model | str | Path], out: str | Path | None, plots: Sequence[str], data: Any, trusted: bool
) -> Path:
    """The learning curves of several models in one file."""
    from zoo.plots import render
    from zoo.plots.compared_curves import check_runs, names_of

    if data is not None:
        raise UsageError("plot: data have no effect on learning curves; leave them out")
    if not models:
        raise UsageError("plot: got no models, expected one or several")
    ending = render.check_picture(out)
    named = [each.architecture.name if isinstance(each, Model) else str(each) for each in models]
    sources = [_source(each) for each in models]
    loaded = [each if isinstance(each, Model) else run.load(each, trusted=trusted) for each in sources]
    runs = dict(zip(names_of(named), loaded, strict=True))
    check_runs(runs, plots)
    target = Path(out) if out is not None else next_free("learning", "png")
    render.draw_runs(runs, target, ending)
    return target


def _source(model: Model | str | Path) -> Model | Path:
    """A model as it is; a path, or the name of a shipped checkpoint, as a path."""
    return model if isinstance(model, Model) else lookup.find_checkpoint(str(model))


def _other_data(data: Data | None, options: Mapping[str, Any], who: str) -> NewData | None:
    """Data as the run takes them: a name, a path or what was given, with the options of data; or a dataset."""
    if data is None:
        if options:
            known = options_of(DataOptions)
            unknown = next((name for name in options if name not in known), None)
            if unknown is not None:
                raise OptionError(f"{who}: there is no option {unknown!a}{did_you_mean(unknown, known)}")
            raise OptionError(f"{who}: got {min(options)!r} without data, expected data as well")
        return None
    if isinstance(data, Dataset):
        return given_dataset(data, options)
    return {"name": data, **options}


def _grouped(
    kind: type[Architecture], data: Data | None, values: Mapping[str, Any], who: str = "train"
) -> dict[str, dict[str, Any]]:
    """Values under "options", "training" and "data", by whose option each is; no name means two."""
    groups: dict[str, dict[str, Any]] = {"options": {}, "training": {}, "data": {}}
    known = {
        "options": options_of(kind),
        "training": options_of(type(kind.settings)),
        "data": options_of(_data_options(kind, data)),
    }
    for name, value in values.items():
        group = next((each for each in known if name in known[each]), None)
        if group is None and isinstance(value, Mapping):
            group = "training"  # of a phase; the run knows which there are
        if group is None:
            every = [each for options in known.values() for each in options]
            raise OptionError(f"{who}({kind.name!r}): there is no option {name!a}{did_you_mean(name, every)}")
        groups[group][name] = value
    return groups


def _data_options(kind: type[Architecture], data: Data | None) -> type[DataOptions]:
    name = kind.data if data is None else data
    registered = {offer.name for _, offer in lookup.registry().offers("dataset")}
    if isinstance(name, str) and not is_path(name) and name in registered:
        return lookup.find_dataset(name).options
    return DataOptions


def _epochs_of(start: Recipe | Architecture | Model) -> int:
    """The epochs that a name, an architecture or a model is trained for where none are given."""
    if isinstance(start, Recipe):
        kind = lookup.find_architecture(start.architecture, near=start.package)
        return int(start.training.get("epochs", kind.settings.epochs))
    return type(start.architecture if isinstance(start, Model) else start).settings.epochs
