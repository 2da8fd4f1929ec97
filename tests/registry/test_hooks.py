"""Every hook is documented with an example, and does here what its documentation says."""

from __future__ import annotations

import inspect
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import Model, RandomStream, Signature
from zoo.cli import main
from zoo.core.events import Event, PhaseDone
from zoo.errors import OptionError, PluginError, UsageError, ZooWarning
from zoo.nn import GradientSettings, scheduled, softmax
from zoo.registry import hookspecs, lookup, selection
from zoo.registry.loader import HOOKS
from zoo.registry.selection import plugin_files


def test_hooks_are_the_designed_ones():
    assert set(HOOKS) == {
        "zoo_architectures",
        "zoo_datasets",
        "zoo_recipes",
        "zoo_checkpoints",
        "zoo_plots",
        "zoo_views",
        "zoo_event",
        "zoo_commands",
        "zoo_losses",
        "zoo_optimizers",
        "zoo_activations",
        "zoo_schedules",
        "zoo_initializers",
        "zoo_readers",
        "zoo_engines",
    }


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_an_example_that_matches_it(hook):
    specification = getattr(hookspecs, hook)
    text = inspect.getdoc(specification)
    assert text, f"{hook} has no documentation"
    example = re.search(r"@zoo\.hookimpl\ndef (\w+)\((.*?)\):\n    \S", text)
    assert example, f"{hook}: no example of an implementation"
    assert example[1] == hook
    assert example[2] == ", ".join(inspect.signature(specification).parameters)
    compile(text[text.index("@zoo") :], hook, "exec")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test(hook):
    assert f"test_{hook}" in globals(), f"write test_{hook} in this file"


def test_zoo_architectures(site, new_registry):
    site.network("zoo-toys", "toy")
    registry = new_registry()
    found = registry.architecture("toy")
    assert (found.name, found.family, found(width=4).width) == ("toy", "toys", 4)


def test_zoo_datasets(site, new_registry):
    site.install(
        "zoo-lines",
        """
        import numpy as np
        import zoo
        from zoo.data import Dataset, DatasetSource

        def line(options):
            x = np.linspace(0, 1, 50).reshape(-1, 1)
            return Dataset("line", "regression", inputs=x, targets=2 * x, labels=("y",), test=options.test)

        @zoo.hookimpl
        def zoo_datasets():
            return [DatasetSource("line", "points on a line", open=line, task="regression")]
        """,
    )
    registry = new_registry()
    source = registry.dataset("line")
    assert len(source.open(source.options(test=0.5))) == 50
    assert ("line", "points on a line") in {(offer.name, offer.summary) for _, offer in registry.offers("dataset")}


def test_zoo_recipes(site, new_registry, tmp_path):
    recipes = tmp_path / "recipes"
    (recipes / "wide").mkdir(parents=True)
    (recipes / "wide" / "wide-toy.toml").write_text('architecture = "toy"\nsummary = "wide"\n[options]\nwidth = 9\n')
    alone = tmp_path / "narrow-toy.toml"
    alone.write_text('architecture = "toy"\n[options]\nwidth = 1\n')
    site.network(
        "zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_recipes():\n    return [{str(recipes)!r}, {str(alone)!r}]\n"
    )
    registry = new_registry()
    wide = registry.recipe("wide-toy")
    assert (wide.architecture, wide.options, wide.package) == ("toy", {"width": 9}, "zoo-toys")
    assert registry.recipe("narrow-toy").options == {"width": 1}


def test_zoo_checkpoints(site, new_registry, tmp_path):
    (tmp_path / "toy-line.h5").write_bytes(b"never opened to be listed")
    site.network("zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_checkpoints():\n    return [{str(tmp_path)!r}]\n")
    assert new_registry().checkpoint("toy-line") == tmp_path / "toy-line.h5"


def test_zoo_plots(site, new_registry):
    site.network(
        "zoo-toys",
        "toy",
        """
        def draw(model, samples, figure):
            figure.append(model)

        @zoo.hookimpl
        def zoo_plots():
            return [zoo.Plot("energy", "energy of a recall", applies=lambda model: model == "toy", draw=draw)]
        """,
    )
    registry = new_registry()
    plot = next(each for each in registry.plots() if each.name == "energy")
    assert plot.applies("toy") and not plot.applies("mlp")
    drawn: list[str] = []
    plot.draw("toy", None, drawn)
    assert drawn == ["toy"]


def test_zoo_views(site, new_registry):
    site.network(
        "zoo-toys",
        "toy",
        """
        from zoo.views import Text

        def draw(model, look):
            return [Text("energy", (model,))]

        @zoo.hookimpl
        def zoo_views():
            return [zoo.View("recollection", "energy of a recall", applies=lambda model: model == "toy", draw=draw)]
        """,
    )
    view = next(each for each in new_registry().views() if each.name == "recollection")
    assert view.applies("toy") and not view.applies("mlp")
    assert view.draw("toy", None)[0].lines == ("toy",)


def test_zoo_event(site, new_registry):
    site.install(
        "zoo-log",
        """
        import zoo
        received = []

        @zoo.hookimpl
        def zoo_event(event):
            received.append(event)
        """,
    )
    event = PhaseDone("training", 3, "epochs")
    for listener in new_registry().listeners():
        listener(event)
    import zoo_log

    assert zoo_log.received == [event]


PRINTING = """
import zoo

@zoo.hookimpl
def zoo_event(event):
    print("received")
"""


def test_zoo_event_prints_where_the_program_prints(site, new_registry, capsys):
    site.install("zoo-log", PRINTING)
    (listener,) = new_registry().listeners()
    listener(Event())
    assert capsys.readouterr().out == "received\n"


def test_what_zoo_event_prints_is_kept_out_of_the_json_of_a_command(tmp_path, capsys):
    plugin = tmp_path / "log.py"
    plugin.write_text(PRINTING)
    call = ["train", "mlp", "--data", "moons", "--hidden", "4", "--epochs", "1", "--threads", "1", "--json", "--quiet"]
    assert main([*call, "--out", str(tmp_path / "net.h5"), "--plugin", str(plugin)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["path"].endswith("net.h5")
    assert "received" in err


def test_zoo_event_that_fails_is_warned_about_once_and_then_left_alone(site, new_registry):
    site.install(
        "zoo-log",
        """
        import zoo
        calls = []

        @zoo.hookimpl
        def zoo_event(event):
            calls.append(event)
            raise ValueError("the disk of the logbook is full")
        """,
    )
    (listener,) = new_registry().listeners()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        listener(Event())
        listener(Event())
    import zoo_log

    assert len(warned) == len(zoo_log.calls) == 1
    assert "zoo_event: ValueError: the disk of the logbook is full" in str(warned[0].message)
    assert "it receives no more events of this run" in str(warned[0].message)


def test_zoo_commands(site, new_registry):
    site.install(
        "zoo-recall",
        """
        import click
        import zoo

        @click.command()
        @click.argument("file")
        def recall(file):
            "Recall a pattern."

        @zoo.hookimpl
        def zoo_commands():
            return [recall]
        """,
    )
    registry = new_registry()
    offer = next(offer for _, offer in registry.offers("command") if offer.name == "recall")
    assert offer.summary == "Recall a pattern."
    assert [parameter.name for parameter in registry.command("recall").params] == ["file"]


def test_zoo_engines(plugin):
    common = {"epochs": 1, "shards": 3, "blocks": 1, "threads": 1}
    assert zoo.train("mlp", "moons", cluster="here:1", **common) == zoo.train("mlp", "moons", **common)
    with pytest.raises(UsageError, match="no engine takes this, expected one such as local:2, mpi, here:1"):
        zoo.train("mlp", "moons", cluster="there", **common)


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        (
            "zoo_architectures",
            "[int]",
            "zoo_architectures: it gave <class 'int'>, expected subclasses of zoo.Architecture",
        ),
        ("zoo_architectures", "None.nothing", "zoo_architectures: AttributeError: 'NoneType' object has no attribute"),
        ("zoo_datasets", "['line']", "zoo_datasets: it gave 'line', which has no name and no summary and no open"),
        ("zoo_datasets", "42", "zoo_datasets: it gave 42, expected a list"),
        ("zoo_recipes", "'recipes'", "zoo_recipes: it gave 'recipes', expected a list"),
        (
            "zoo_commands",
            "[print]",
            "zoo_commands: it gave <built-in function print>, which has no name and no get_short",
        ),
        ("zoo_plots", "[print]", "zoo_plots: it gave <built-in function print>, which has no name"),
        ("zoo_views", "[print]", "zoo_views: it gave <built-in function print>, which has no name"),
    ],
)
def test_an_answer_of_another_kind_is_the_plugins_own_error(site, new_registry, hook, answer, reason):
    site.install("zoo-wrong", f"import zoo\n@zoo.hookimpl\ndef {hook}():\n    return {answer}\n")
    (broken,) = [plugin for plugin in new_registry().plugins if plugin.package == "zoo-wrong"]
    assert f"plugin 'zoo_wrong' of package zoo-wrong 1.0, {reason}" in broken.reason


@pytest.mark.parametrize("name", ["My Net", "Ümlaut", "a.b", "", "x" * 64])
def test_a_name_that_is_no_word_for_a_command_line_is_refused(site, new_registry, name):
    site.network("zoo-toys", name)
    with pytest.raises(PluginError, match=r"architecture name .*expected small letters"):
        new_registry().architecture("zoo-toys")


def test_an_option_that_means_something_else_already_is_refused(site, new_registry):
    path = site.network("zoo-toys", "toy")
    path.write_text(path.read_text().replace("width: int", "batch_size: int").replace("self.width", "3"))
    with pytest.raises(
        PluginError,
        match="Network has the option 'batch_size', which is a training setting of TrainingSettings already; one flag",
    ):
        new_registry().architecture("zoo-toys")


COMPONENTS = """
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import zoo
from zoo import nn
from zoo.cluster.engine import Engine, EngineKind
from zoo.cluster.work import Measurer
from zoo.data import Dataset, Reader


@dataclass(frozen=True)
class Huber(nn.Loss):
    name: ClassVar = "huber"
    tasks: ClassVar = ("regression",)

    def forward(self, z, targets):
        difference = z - targets
        small = np.abs(difference) <= 1
        losses = np.where(small, 0.5 * difference**2, np.abs(difference) - 0.5).sum(axis=-1)

        def pullback(weights):
            dz = np.clip(difference, -1, 1)
            return dz if weights is None else dz * weights[..., None]

        return losses, pullback


@dataclass(frozen=True)
class Lion(nn.Optimizer):
    name: ClassVar = "lion"
    state_names: ClassVar = ("momentum",)
    beta1: float = zoo.option(0.9, "share of the momentum in a step", low=0.0, below=1.0)
    slow: float = zoo.option(0.99, "share of the momentum kept", low=0.0, below=1.0)

    def apply(self, w, g, state, scratch, rate, count, scale=1.0):
        (m,) = state
        g *= scale
        w -= rate * np.sign(self.beta1 * m + (1 - self.beta1) * g)
        m *= self.slow
        m += (1 - self.slow) * g


@dataclass(frozen=True)
class Square(nn.Activation):
    kind: ClassVar = "square"

    def forward(self, p, x, mode):
        def pullback(dy, g):
            dy *= 2 * x
            return dy

        return x * x, pullback if mode.training else None


def halving(progress, rate_decay):
    return rate_decay ** int(4 * progress)


class Orthogonal(nn.Initializer):
    name = "orthogonal"

    def draw(self, shape, random):
        q, _ = np.linalg.qr(random.standard_normal((max(shape), max(shape))))
        return q[: shape[0], : shape[1]]


class Here(Engine):
    size = 1

    def begin(self, handed, accept):
        self.worker = Measurer()
        accept(self.worker.begin(handed))

    def run(self, change, tasks):
        for task in tasks:
            yield self.worker.answer(change, task).copied()

    def close(self):
        self.worker.close()


@zoo.hookimpl
def zoo_engines():
    return [EngineKind("here", "this process", "here:1", lambda text: text == "here:1", lambda text, wait: Here())]


def open_pairs(path, options, like):
    values = np.array([line.split("|") for line in path.read_text().split()], float)
    return Dataset(path.stem, "regression", values[:, :1], values[:, 1:], labels=("y",), test=options.test,
                   path=str(path), options=options.changed())


@zoo.hookimpl
def zoo_losses():
    return [Huber()]


@zoo.hookimpl
def zoo_optimizers():
    return [Lion]


@zoo.hookimpl
def zoo_activations():
    return [Square()]


@zoo.hookimpl
def zoo_schedules():
    return [halving]


@zoo.hookimpl
def zoo_initializers():
    return [Orthogonal()]


@zoo.hookimpl
def zoo_readers():
    return [Reader("Pairs", "pairs (*.pairs)", ("target",), lambda path, head: path.suffix == ".pairs", open_pairs)]
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Path]:
    """A plugin of one file with a component of every kind, in use."""
    file = tmp_path / "parts.py"
    file.write_text(COMPONENTS)
    with plugin_files([str(file)]):
        yield file


def line(tmp_path: Path) -> Path:
    """y = 2x as a file that the plugin's reader knows."""
    file = tmp_path / "line.pairs"
    file.write_text("\n".join(f"{x / 50}|{x / 25}" for x in range(100)))
    return file


def trained(name: str = "moons", **options: object) -> Model:
    return zoo.train("mlp", name, hidden=(4,), epochs=2, threads=1, **options)


def test_zoo_losses(plugin, tmp_path):
    model = trained(str(line(tmp_path)), loss="huber")
    assert model.loss.name == "huber" and model.output_kind == "outputs trained by huber"
    zoo.save(model, tmp_path / "net.h5")
    assert zoo.load(tmp_path / "net.h5").loss == model.loss
    with pytest.raises(UsageError, match="mlp: loss huber is for regression, got classification; expected one of auto"):
        trained(loss="huber")


def test_zoo_optimizers(plugin, tmp_path):
    path = tmp_path / "net.h5"
    common = {"hidden": (4,), "optimizer": "lion", "schedule": "constant", "threads": 1, "learning_rate": 0.01}
    whole = zoo.train("mlp", "moons", epochs=3, optimizer_settings=("slow=0.5",), beta1=0.8, **common)
    part = zoo.train("mlp", "moons", epochs=2, optimizer_settings=("slow=0.5",), beta1=0.8, out=path, **common)
    assert zoo.resume(path, epochs=3, threads=1) == whole != part
    assert zoo.train("mlp", "moons", epochs=3, beta1=0.8, **common) != whole, "the setting has an effect"
    shards = {"shards": 2, "blocks": 1, "epochs": 1, **common}
    assert zoo.train("mlp", "moons", **shards) == zoo.train("mlp", "moons", **shards | {"threads": 2})
    settings = GradientSettings(optimizer="lion", beta1=0.8, optimizer_settings=("slow=0.5",))
    assert settings.make_optimizer().as_dict() == {"beta1": 0.8, "slow": 0.5}
    for wrong, message in (
        ("slow=2", "slow is 2.0, expected a number from 0 to below 1"),
        ("fast=1", "lion has no such setting; there is slow"),
        ("slow", "expected name=value, such as slow=0.1"),
        ("beta1=0.5", "beta1 is an option of its own; give it as --beta1 0.5"),
    ):
        with pytest.raises(OptionError, match=re.escape(message)):
            GradientSettings(optimizer="lion", optimizer_settings=(wrong,))
    with pytest.raises(OptionError, match="beta2 has no effect with optimizer='lion', only with rmsprop or adam"):
        trained(optimizer="lion", beta2=0.5)


def test_zoo_activations(plugin, tmp_path, capsys):
    model = trained(activation="square", initializer="orthogonal")
    x = np.random.default_rng(0).standard_normal((5, 2)).astype("f4")
    weights = model.weights
    hidden = (x @ weights["hidden1/W"] + weights["hidden1/b"]) ** 2
    expected = softmax(hidden @ weights["output/W"] + weights["output/b"])
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5)
    assert main(["train", "mlp", "--help"]) == 0
    assert "square" in capsys.readouterr().out


def test_zoo_schedules(plugin):
    assert scheduled(0.6, GradientSettings(schedule="halving", rate_decay=0.5)) == 0.25
    assert GradientSettings(schedule="halving").has_schedule
    trained(schedule="halving", rate_decay=0.5)
    with pytest.raises(OptionError, match="milestones has no effect with schedule='halving', only with step"):
        trained(schedule="halving", milestones=(0.1,))


def test_zoo_initializers(plugin):
    model = zoo.create("mlp", hidden=(2,), initializer="orthogonal").build(
        Signature("classification", (2,), (2,), ("a", "b")), RandomStream(0)
    )
    W = model.weights["hidden1/W"]
    np.testing.assert_allclose(W.T @ W, np.eye(2), atol=1e-6)


def test_zoo_readers(plugin, tmp_path):
    file = line(tmp_path)
    model = trained(str(file))
    assert zoo.predict(model, file).shape == (100, 1)
    with pytest.raises(OptionError, match="window does nothing for Pairs, which takes"):
        trained(str(file), window=3)
    plugin.write_text(COMPONENTS.replace('path.suffix == ".pairs"', "path.what"))
    other = tmp_path / "broken.py"
    plugin.rename(other)
    (tmp_path / "table.csv").write_text("x,y\n" + "\n".join(f"{x},{2 * x}" for x in range(30)))
    with plugin_files([str(other)]), pytest.warns(ZooWarning, match="reader 'pairs' of a plugin cannot tell"):
        trained(str(tmp_path / "table.csv"), task="regression")


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("zoo_losses", "[3]", "it gave 3, which has no name and no forward and no outputs"),
        ("zoo_optimizers", "[Lion()]", "expected classes"),
        ("zoo_activations", "[Square]", r"expected instances, such as \[Name\(\)\] instead of \[Name\]"),
        ("zoo_activations", "[Square(), Square()]", "it gives the activation name 'square' twice"),
        ("zoo_schedules", "['halving']", "it gave 'halving', which has no __name__"),
        ("zoo_initializers", "[nn.Constant(1.0)]", "initializer name '': expected small letters"),
        ("zoo_readers", "[open_pairs]", "which has no name and no kind"),
        ("zoo_engines", "[open_pairs]", "which has no name and no summary"),
    ],
)
def test_a_component_of_another_kind_is_the_plugins_own_error(tmp_path, hook, answer, reason):
    file = tmp_path / "wrong.py"
    file.write_text(re.sub(rf"(def {hook}\(\):\n    return ).*", rf"\g<1>{answer}", COMPONENTS))
    with plugin_files([str(file)]):
        (broken,) = [plugin for plugin in lookup.plugins() if plugin.package == "wrong.py"]
    assert re.search(f"plugin file wrong.py, {hook}: .*{reason}", broken.reason), broken.reason


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"activation": "square"}, "activation 'square'"),
        ({"initializer": "orthogonal"}, "initializer 'orthogonal'"),
        ({"optimizer": "lion"}, "optimizer 'lion'"),
        ({"schedule": "halving"}, "schedule 'halving'"),
    ],
)
def test_a_checkpoint_names_the_plugin_whose_component_is_missing(plugin, tmp_path, options, missing):
    path = tmp_path / "net.h5"
    trained(out=path, **options)
    assert zoo.load(path) is not None
    selection._files.clear()
    message = re.escape(f"{missing} of the plugin file 'parts.py', from which the file claims to come, was not given")
    if options.keys() <= {"optimizer", "schedule"}:
        assert zoo.load(path).weights, "what only training needs is not needed to predict"
    else:
        with pytest.raises(PluginError, match=message):
            zoo.load(path)
    with pytest.raises(PluginError, match=message):
        zoo.resume(path, epochs=3)
    assert zoo.read(path).options["activation"]


def test_a_plugin_may_use_its_own_components_in_its_architectures(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        COMPONENTS
        + """

@zoo.hookimpl
def zoo_architectures():
    from dataclasses import dataclass
    from typing import ClassVar
    from zoo.nn import ACTIVATIONS, Dense, GradientArchitecture, GradientSettings, Serial

    @dataclass(frozen=True)
    class Own(GradientArchitecture):
        name: ClassVar = "own"
        family: ClassVar = "own"
        summary: ClassVar = "own parts"
        tasks: ClassVar = ("classification",)
        data: ClassVar = "moons"
        settings: ClassVar = GradientSettings(epochs=1, optimizer="lion")
        activation: str = zoo.option("square", "activation", choices=ACTIVATIONS.names())

        def network(self, signature):
            return Serial(Dense(3), ACTIVATIONS[self.activation], Dense(signature.outputs))

    return [Own]
"""
    )
    with plugin_files([str(file)]):
        model = zoo.train("own", threads=1)
    assert model.architecture.activation == "square"
