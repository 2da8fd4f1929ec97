"""Plugins can be switched off, and a plugin can be one file."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from zoo.errors import PluginError, UsageError
from zoo.platform.paths import is_path
from zoo.registry import selection
from zoo.registry.cache import Catalogue
from zoo.registry.lookup import Registry


def names(registry) -> set[str]:
    return {offer.name for _, offer in registry.offers("architecture")}


@pytest.mark.parametrize(
    ("value", "off"),
    [
        ("", set()),
        ("0", set()),
        ("1", {"zoo-toys", "zoo-games"}),
        ("zoo-toys", {"zoo-toys"}),
        ("Zoo_Toys", {"zoo-toys"}),
        ("games-entry, nothing-of-that-name", {"zoo-games"}),
        ("zoo-toys,zoo-games", {"zoo-toys", "zoo-games"}),
    ],
)
def test_the_variable_switches_off_all_but_zoos_own_or_those_it_names(site, new_registry, monkeypatch, value, off):
    site.network("zoo-toys", "toy")
    site.network("zoo-games", "game", entries={"games_entry": "zoo_games"})
    monkeypatch.setenv("ZOO_DISABLE_PLUGINS", value)
    registry = new_registry()
    assert {plugin.package for plugin in registry.disabled} == off
    assert {"zoo-toys", "zoo-games"} - off == {plugin.package for plugin in registry.plugins} & {
        "zoo-toys",
        "zoo-games",
    }
    assert "mlp" in names(registry), "zoo's own families stay"


def test_a_plugin_of_zoos_own_can_be_switched_off_by_its_name(new_registry, monkeypatch):
    monkeypatch.setenv("ZOO_DISABLE_PLUGINS", "feedforward")
    registry = new_registry()
    assert "mlp" not in names(registry) and "som" in names(registry)


def test_what_is_switched_off_is_not_imported_is_remembered_and_says_so_when_asked_for(site, new_registry, monkeypatch):
    site.network("zoo-toys", "toy")
    assert "toy" in names(new_registry())
    monkeypatch.setenv("ZOO_DISABLE_PLUGINS", "1")
    registry = new_registry()
    with pytest.raises(PluginError, match=r"package zoo-toys 1.0 is switched off by ZOO_DISABLE_PLUGINS=1"):
        registry.recipe("toy")
    assert "zoo_toys" not in sys.modules
    monkeypatch.delenv("ZOO_DISABLE_PLUGINS")
    again = new_registry()
    assert "toy" in names(again) and "zoo_toys" not in sys.modules, "what was known is known still"


@pytest.fixture
def file(tmp_path, toy_code):
    """A plugin of one file with the architecture `toy`."""
    path = tmp_path / "toys.py"
    path.write_text(toy_code)
    return path


def registry_with(file, tmp_path) -> Registry:
    return Registry(Catalogue(tmp_path / "cache" / "catalogue.json"), (str(file),))


def test_a_file_is_a_plugin_that_is_never_remembered(file, tmp_path):
    registry = registry_with(file, tmp_path)
    assert registry.architecture("toy").name == "toy"
    assert registry.architecture("toys.py:toy").name == "toy"
    assert "toys" not in (tmp_path / "cache" / "catalogue.json").read_text()


def test_a_broken_file_gives_its_own_error(file, tmp_path):
    file.write_text("raise RuntimeError('no licence')")
    with pytest.raises(
        PluginError, match=r"plugin file toys.py, module .*toys.py: RuntimeError: no licence \(.* line 1"
    ):
        registry_with(file, tmp_path).recipe("anything")


def test_a_file_whose_name_is_an_installed_module_does_not_replace_it(file, tmp_path):
    other = file.rename(file.with_name("json.py"))
    assert registry_with(other, tmp_path).architecture("toy").__module__ != "json"
    assert sys.modules["json"] is json


def test_files_are_in_use_as_long_as_they_are_asked_for(file):
    with selection.plugin_files([str(file)]):
        assert selection.files() == (str(file),)
        from zoo.registry.lookup import registry

        assert "toy" in names(registry())
    assert selection.files() == ()
    assert "toy" not in names(registry())


@pytest.mark.parametrize("name", ["nothing.py", "", "toys.txt"])
def test_a_file_that_is_not_there_or_no_python_file(tmp_path, name):
    (tmp_path / "toys.txt").write_text("")
    with pytest.raises(UsageError, match=r"expected a Python file, NAME.py"):
        selection.use_plugin(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "path"),
    [("toys.py:toy", False), ("my.package:toy", False), ("c:\\a:toy", True), ("./a:toy", True), ("c:a.toml", True)],
)
def test_a_name_with_its_package_is_no_path(text, path):
    assert is_path(text) is path


def zoo(*arguments, cache, **environment):
    return subprocess.run(
        [sys.executable, "-m", "zoo", *arguments],
        env={**os.environ, "ZOO_CACHE": str(cache), **environment},
        capture_output=True,
        text=True,
        cwd=cache.parent,
    )


def test_the_flag_stands_anywhere(file, tmp_path):
    for arguments in (["--plugin", "toys.py", "show", "toy"], ["show", "--plugin=toys.py", "toy"]):
        done = zoo(*arguments, cache=tmp_path / "cache")
        assert done.returncode == 0 and done.stdout.startswith("toy: a network for tests"), done.stderr
    assert zoo("show", "toy", "--plugin", cache=tmp_path / "cache").stderr == (
        "zoo: error: --plugin: got no file, expected --plugin FILE.py\n"
    )
    assert "there is no" in zoo("show", "toy", cache=tmp_path / "cache").stderr


def test_the_program_says_what_is_switched_off(site, tmp_path):
    site.network("zoo-toys", "toy")
    settings = {"PYTHONPATH": str(site.folder), "ZOO_DISABLE_PLUGINS": "1"}
    reported = json.loads(zoo("plugins", "--json", cache=tmp_path / "cache", **settings).stdout)
    assert {each["state"] for each in reported if each["package"] == "zoo-toys"} == {"disabled"}
    assert {each["state"] for each in reported if each["package"] == "zoo-networks"} == {"ready"}
    assert "disabled" in zoo("plugins", cache=tmp_path / "cache", **settings).stdout
