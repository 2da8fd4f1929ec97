"""A bad plugin harms nobody: it is reported with its reason, all else works, and asking for it gives its own error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zoo.errors import PluginError, UsageError

BROKEN = {
    "raises at import": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "leaves the program": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "raises what is no Exception": ("class Odd(BaseException): pass\nraise Odd('\x1b[31m')", r"Odd: \x1b[31m"),
    "has a syntax error": ("def broken(:\n    pass", "SyntaxError: invalid syntax"),
    "needs a missing package": ("import package_that_is_missing", "No module named 'package_that_is_missing'"),
    "has a wrong hook signature": (
        "import zoo\n@zoo.hookimpl\ndef zoo_architectures(extra):\n    return []",
        "{'extra'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "implements a hook there is not": (
        "import zoo\n@zoo.hookimpl\ndef zoo_architecture():\n    return []",
        "there is no such hook; did you mean 'zoo_architectures'?",
    ),
    "forgot the mark": (
        "def zoo_architectures():\n    return []",
        "zoo_architectures is not marked as a hook; write @zoo.hookimpl above it",
    ),
    "was made for another interface": (
        "zoo_interface = 99",
        "made for plugin interface 99, this zoo has 1",
    ),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_plugin_is_reported_and_harms_nothing_else(site, new_registry, mistake):
    code, reason = BROKEN[mistake]
    site.install("zoo-bad", code)
    site.network("zoo-toys", "toy")
    registry = new_registry()
    states = {plugin.package: plugin for plugin in registry.plugins}
    assert states["zoo-bad"].state == "broken"
    assert reason in states["zoo-bad"].reason
    assert "\n" not in states["zoo-bad"].reason
    assert states["zoo-toys"].state == "ready"
    assert registry.architecture("toy").name == "toy"


def test_asking_for_what_a_broken_plugin_used_to_offer_gives_its_own_error(site, new_registry):
    path = site.network("zoo-toys", "toy")
    assert new_registry().architecture("toy").name == "toy"
    path.write_text("raise RuntimeError('the update went wrong')")
    with pytest.raises(
        PluginError, match=r"package zoo-toys 1.0, module zoo_toys: RuntimeError: the update went wrong"
    ):
        new_registry().architecture("toy")


def test_an_unknown_name_tells_that_a_broken_plugin_might_have_it(site, new_registry):
    site.install("zoo-bad", "raise RuntimeError('no licence')")
    with pytest.raises(
        UsageError, match=r"no architecture or recipe 'tyo'.* plugins cannot be loaded, `zoo plugins` says why"
    ):
        new_registry().recipe("tyo")


def test_what_a_plugin_prints_stays_off_standard_output(site, new_registry, capsys):
    site.network("zoo-toys", "toy", "print('hello from the plugin')")
    new_registry().architecture("toy")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "hello from the plugin" in printed.err


def test_unknown_names_get_the_nearest(site, new_registry):
    site.network("zoo-toys", "hopfield")
    with pytest.raises(UsageError, match=r"there is no architecture or recipe 'hopfeild'; did you mean 'hopfield'\?"):
        new_registry().recipe("hopfeild")


def test_two_packages_with_one_name_are_both_named_and_both_reached(site, new_registry):
    site.network("zoo-toys", "toy")
    site.network("other-toys", "toy")
    registry = new_registry()
    with pytest.raises(PluginError, match=r"packages other-toys and zoo-toys; ask for other-toys:toy or zoo-toys:toy"):
        registry.architecture("toy")
    assert registry.architecture("zoo-toys:toy").__module__ == "zoo_toys"
    assert registry.architecture("other-toys:toy").__module__ == "other_toys"
    assert registry.recipe("other_toys:toy").package == "other-toys"
    assert registry.architecture("toy", near="zoo-toys").__module__ == "zoo_toys"


def test_two_plugins_of_one_package_are_reached_by_their_entry_names(site, new_registry):
    site.network("zoo-toys", "toy", entries={"first": "zoo_toys", "second": "zoo_toys_two"})
    site.network("zoo-toys-two", "toy", entries={"unrelated": "json"})
    registry = new_registry()
    with pytest.raises(PluginError, match=r"offers 'toy' 2 times as architecture; ask for first:toy or second:toy"):
        registry.architecture("toy")
    assert registry.architecture("second:toy").__module__ == "zoo_toys_two"


def test_a_recipe_with_its_architectures_name_is_what_the_name_means(site, new_registry, tmp_path):
    (tmp_path / "toy.toml").write_text('architecture = "toy"\n[options]\nwidth = 5\n')
    site.network("zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_recipes():\n    return [{str(tmp_path / 'toy.toml')!r}]\n")
    registry = new_registry()
    assert registry.recipe("toy").options == {"width": 5}
    assert registry.architecture("toy")().width == 3


def test_a_recipe_that_takes_the_name_of_another_architecture_is_refused(site, new_registry, tmp_path):
    (tmp_path / "toy.toml").write_text('architecture = "mlp"\n')
    site.network("zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_recipes():\n    return [{str(tmp_path / 'toy.toml')!r}]\n")
    with pytest.raises(PluginError, match=r"recipe 'toy' has the name of an architecture but trains 'mlp'"):
        new_registry().recipe("toy")


def test_a_recipe_with_a_mistake_is_reported_and_its_plugin_works(site, new_registry, tmp_path):
    (tmp_path / "bad-toy.toml").write_text('architecture = "toy"\ndatta = 1\n')
    site.network("zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_recipes():\n    return [{str(tmp_path)!r}]\n")
    registry = new_registry()
    assert registry.architecture("toy").name == "toy"
    with pytest.raises(PluginError, match=r"package zoo-toys: recipe .*there is no key 'datta'; did you mean 'data'"):
        registry.recipe("bad-toy")


# --- the program, in a process of its own -----------------------------------------------------------------------------


@pytest.fixture
def zoo(site, tmp_path):
    """Runs the program with the made-up packages installed."""
    environment = {**os.environ, "PYTHONPATH": str(site.folder), "ZOO_CACHE": str(tmp_path / "cache")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "zoo", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_no_command_but_its_own_is_hindered_by_broken_plugins(site, zoo):
    for number, (code, _) in enumerate(BROKEN.values()):
        site.install(f"zoo-bad-{number}", code)
    for arguments in (["--help"], ["list"], ["train", "nand", "--quiet"], ["show", "mlp"], ["eval", "nand"]):
        done = zoo(*arguments)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    reported = zoo("plugins").stdout
    for number, (_, reason) in enumerate(BROKEN.values()):
        assert f"zoo_bad_{number}: plugin 'zoo_bad_{number}' of package zoo-bad-{number} 1.0" in reported
        assert reason in reported
    assert f"{len(BROKEN)} plugins cannot be used; zoo plugins says why" in zoo("list").stderr


def test_one_name_from_two_packages_is_told(site, zoo):
    site.network("zoo-toys", "toy")
    site.network("other-toys", "toy")
    assert "toy: offered by other-toys and zoo-toys; ask for other-toys:toy or zoo-toys:toy" in zoo("plugins").stdout
    listed = {line.split()[0] for line in zoo("list").stdout.splitlines()}
    assert {"zoo-toys:toy", "other-toys:toy"} <= listed and "toy" not in listed
    assert zoo("show", "zoo-toys:toy").returncode == 0
    done = zoo("show", "toy")
    assert done.returncode == 1
    assert done.stderr.startswith("zoo: error: 'toy' is offered by the packages other-toys and zoo-toys; ask for ")


def test_zoos_own_name_goes_on_meaning_zoos(site, zoo, tmp_path):
    more = f"""
    from zoo.data.dataset import DatasetSource
    from zoo import Plot

    @zoo.hookimpl
    def zoo_recipes():
        return [{str(tmp_path / "xor.toml")!r}]

    @zoo.hookimpl
    def zoo_datasets():
        return [DatasetSource("moons", "other moons", open=lambda options: 1 / 0)]

    @zoo.hookimpl
    def zoo_plots():
        return [Plot("learning", "other curves", applies=lambda model: True, draw=lambda *a: 1 / 0)]

    import click

    @click.command("list")
    def other():
        click.echo("the other list")

    @zoo.hookimpl
    def zoo_commands():
        return [other]
    """
    (tmp_path / "xor.toml").write_text('architecture = "mlp"\n')
    site.network("other-toys", "mlp", more)
    listed = zoo("plugins")
    names = {line.split()[0] for line in zoo("list").stdout.splitlines()}
    assert {"mlp", "other-toys:mlp"} <= names, listed.stdout
    assert "'list' is zoo's own here; other-toys has one, too: zoo other-toys:list" in zoo("list").stderr, listed
    assert zoo("other-toys:list").stdout == "the other list\n"
    done = zoo("train", "mlp", "--data", "moons", "--hidden", "2", "--epochs", "1", "--quiet", "--out", "own.h5")
    assert done.returncode == 0, done.stderr
    for name in ("mlp", "moons"):
        said = f"zoo: warning: '{name}' is zoo's own here; other-toys has one, too: ask for other-toys:{name}"
        assert done.stderr.count(said) == 1, done.stderr
    assert zoo("show", "xor").returncode == 0
    assert zoo("plot", "own.h5", "--plot", "learning", "--out", "own.png").returncode == 0
    assert (
        "ZeroDivisionError: division by zero, while drawing plot 'other-toys:learning'"
        in zoo("plot", "own.h5", "--plot", "other-toys:learning").stderr
    )
    assert "mlp: offered by other-toys and zoo-networks; ask for other-toys:mlp or mlp" in zoo("plugins").stdout


def test_a_command_of_a_plugin_is_run_and_listed(site, zoo):
    site.install(
        "zoo-recall",
        """
        import click
        import zoo

        @click.command()
        @click.argument("file")
        def recall(file):
            "Recall a pattern."
            if file == "none":
                raise zoo.errors.DataError("none: there is no such pattern")
            click.echo(f"recalled {file}")

        @zoo.hookimpl
        def zoo_commands():
            return [recall]
        """,
    )
    assert zoo("recall", "a").stdout == "recalled a\n"
    assert "recall  Recall a pattern." in zoo("--help").stdout
    done = zoo("recall", "none")
    assert (done.returncode, done.stderr) == (1, "zoo: error: none: there is no such pattern\n")
    assert zoo("recal").stderr == "zoo: error: there is no command 'recal'; did you mean 'recall'?\n"


def test_two_entry_points_may_name_one_module(site, new_registry):
    site.network("zoo-toys", "toy", entries={"first": "zoo_toys", "second": "zoo_toys"})
    states = {plugin.source.entry: plugin.state for plugin in new_registry().plugins if plugin.package == "zoo-toys"}
    assert states == {"first": "ready", "second": "ready"}


def test_a_wrapper_in_a_plugin_wraps_no_other_plugin(site, new_registry):
    """All plugins share one manager; a hook of one is called without the others."""
    wrapper = """
    import zoo

    @zoo.hookimpl(wrapper=True)
    def zoo_architectures():
        yield
        raise RuntimeError("the wrapper failed")
    """
    site.install("zoo-around", wrapper)
    site.network("zoo-toys", "toy")
    registry = new_registry()
    states = {plugin.package: plugin for plugin in registry.plugins}
    assert states["zoo-around"].state == "broken" and "the wrapper failed" in states["zoo-around"].reason
    assert registry.architecture("toy").name == "toy"


@pytest.mark.parametrize("mistake", ["has a wrong hook signature", "implements a hook there is not"])
def test_a_plugin_that_was_refused_is_tried_again_in_the_same_process(site, new_registry, mistake):
    path = site.install("zoo-toys", BROKEN[mistake][0])
    registry = new_registry()
    assert {plugin.package: plugin.state for plugin in registry.plugins}["zoo-toys"] == "broken"
    site.network("zoo-toys", "toy")
    site.forget_imports()
    assert {plugin.package: plugin.state for plugin in registry.examine_broken()}["zoo-toys"] == "ready", path
    assert registry.architecture("toy").name == "toy"
