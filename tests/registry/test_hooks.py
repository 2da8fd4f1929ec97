"""Every hook is documented with an example, and does here what its documentation says."""

from __future__ import annotations

import inspect
import json
import re
import warnings

import pytest

from zoo.cli import main
from zoo.core.events import Event, PhaseDone
from zoo.errors import PluginError
from zoo.registry import hookspecs
from zoo.registry.loader import HOOKS


def test_hooks_are_the_designed_ones():
    assert set(HOOKS) == {
        "zoo_architectures",
        "zoo_datasets",
        "zoo_recipes",
        "zoo_checkpoints",
        "zoo_plots",
        "zoo_event",
        "zoo_commands",
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
    figure = next(each for each in registry.plots() if each.name == "energy")
    assert figure.applies("toy") and not figure.applies("mlp")
    drawn: list[str] = []
    figure.draw("toy", None, drawn)
    assert drawn == ["toy"]


def test_zoo_event(site, new_registry):
    site.install(
        "zoo-log",
        """
        import zoo
        heard = []

        @zoo.hookimpl
        def zoo_event(event):
            heard.append(event)
        """,
    )
    event = PhaseDone("training", 3, "epochs")
    for listener in new_registry().listeners():
        listener(event)
    import zoo_log

    assert zoo_log.heard == [event]


PRINTING = """
import zoo

@zoo.hookimpl
def zoo_event(event):
    print("heard")
"""


def test_zoo_event_prints_where_the_program_prints(site, new_registry, capsys):
    site.install("zoo-log", PRINTING)
    (listener,) = new_registry().listeners()
    listener(Event())
    assert capsys.readouterr().out == "heard\n"


def test_what_zoo_event_prints_is_kept_out_of_the_json_of_a_command(tmp_path, capsys):
    plugin = tmp_path / "log.py"
    plugin.write_text(PRINTING)
    call = ["train", "mlp", "--data", "moons", "--hidden", "4", "--epochs", "1", "--threads", "1", "--json", "--quiet"]
    assert main([*call, "--out", str(tmp_path / "net.h5"), "--plugin", str(plugin)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["path"].endswith("net.h5")
    assert "heard" in err


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
    assert "it hears no more events of this run" in str(warned[0].message)


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
    with pytest.raises(PluginError, match=r"Network has the option 'batch_size', which already means something else"):
        new_registry().architecture("zoo-toys")
