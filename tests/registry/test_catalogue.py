"""The catalogue answers for plugins that are not imported, until their version or their files change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zoo.errors import PluginError
from zoo.registry.cache import FORMAT, Catalogue, Offer, Plugin, Source

# Each import of a plugin with this line leaves a mark in the file COUNT.
COUNTED = "import os, pathlib\nwith open(os.environ['COUNT'], 'a') as file:\n    file.write('imported ')\n"


@pytest.fixture
def imports(tmp_path, monkeypatch):
    """How often plugins with COUNTED were imported."""
    file = tmp_path / "count"
    monkeypatch.setenv("COUNT", str(file))
    return lambda: file.read_text().count("imported") if file.exists() else 0


def names(registry) -> set[str]:
    return {offer.name for _, offer in registry.offers("architecture", "recipe")}


def test_what_is_known_is_listed_without_an_import(site, new_registry, imports):
    site.network("zoo-toys", "toy", COUNTED)
    assert "toy" in names(new_registry())
    assert imports() == 1
    assert "toy" in names(new_registry())
    assert imports() == 1
    assert new_registry().architecture("toy").name == "toy"
    assert imports() == 2


def test_asking_for_one_plugin_imports_no_other(site, new_registry, imports):
    site.network("zoo-toys", "toy")
    site.network("zoo-heavy", "heavy", COUNTED)
    names(new_registry())
    new_registry().architecture("toy")
    assert imports() == 1


def test_a_changed_module_is_looked_into_anew(site, new_registry):
    path = site.network("zoo-toys", "toy")
    assert "toy" in names(new_registry())
    path.write_text(path.read_text().replace('"toy"', '"other-toy"'))
    assert {"toy", "other-toy"} & names(new_registry()) == {"other-toy"}


def test_a_module_of_the_same_size_with_another_time_is_looked_into_anew(site, new_registry):
    path = site.network("zoo-toys", "toy")
    assert "toy" in names(new_registry())
    path.write_text(path.read_text().replace('"toy"', '"tie"'))
    os.utime(path, ns=(1, 1))
    assert {"toy", "tie"} & names(new_registry()) == {"tie"}


def test_another_version_is_looked_into_anew(site, new_registry, imports):
    site.network("zoo-toys", "toy", COUNTED)
    names(new_registry())
    site.announce("zoo-toys", "2.0", {"zoo_toys": "zoo_toys"})
    (plugin,) = [each for each in new_registry().plugins if each.package == "zoo-toys"]
    assert plugin.source.version == "2.0"
    assert imports() == 2


def test_a_new_or_changed_recipe_file_is_seen(site, new_registry, tmp_path):
    folder = tmp_path / "recipes"
    folder.mkdir()
    site.network("zoo-toys", "toy", f"@zoo.hookimpl\ndef zoo_recipes():\n    return [{str(folder)!r}]\n")
    assert "wide" not in names(new_registry())
    (folder / "wide.toml").write_text('architecture = "toy"\nsummary = "one"\n')
    assert "wide" in names(new_registry())
    (folder / "wide.toml").write_text('architecture = "toy"\nsummary = "another"\n')
    assert "another" in {offer.summary for _, offer in new_registry().offers("recipe")}
    (folder / "wide.toml").unlink()
    assert "wide" not in names(new_registry())


def test_a_removed_package_is_forgotten(site, new_registry):
    site.network("zoo-toys", "toy")
    assert "toy" in names(new_registry())
    for file in (site.folder / "zoo_toys-1.0.dist-info").iterdir():
        file.unlink()
    assert "toy" not in names(new_registry())


def test_a_plugin_that_missed_a_package_is_tried_again_when_that_is_installed(site, new_registry):
    site.network("zoo-toys", "toy", "import package_it_needs")
    with pytest.raises(PluginError, match="No module named 'package_it_needs'"):
        new_registry().architecture("zoo-toys")
    (site.folder / "package_it_needs.py").write_text("")
    assert new_registry().architecture("toy").name == "toy"


def test_a_plugin_that_broke_for_a_reason_outside_its_files_is_tried_again_when_asked(site, new_registry, monkeypatch):
    monkeypatch.setenv("LICENCE", "no")
    site.network("zoo-toys", "toy", "import os\nassert os.environ['LICENCE'] == 'yes', 'no licence'")
    assert "toy" not in names(new_registry())
    monkeypatch.setenv("LICENCE", "yes")
    registry = new_registry()
    assert "toy" not in names(registry)
    assert all(plugin.state == "ready" for plugin in registry.examine_broken() if plugin.package == "zoo-toys")
    assert "toy" in names(registry)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        f'{{"format": {FORMAT}}}',
        f'{{"format": {FORMAT}, "plugins": [{{}}]}}',
        '{"format": 99, "plugins": []}',
        "\x00\xff",
    ],
)
def test_a_damaged_file_costs_time_and_nothing_else(site, new_registry, tmp_path, content):
    site.network("zoo-toys", "toy")
    file = tmp_path / "cache" / "catalogue.json"
    file.parent.mkdir()
    file.write_text(content, encoding="latin-1")
    assert "toy" in names(new_registry())
    assert json.loads(file.read_text())["format"] == FORMAT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_its_place_holds_nobody(site, new_registry, tmp_path):
    site.network("zoo-toys", "toy")
    file = tmp_path / "cache" / "catalogue.json"
    file.parent.mkdir()
    os.mkfifo(file)
    assert "toy" in names(new_registry())


def test_members_of_another_type_are_damage(tmp_path):
    file = tmp_path / "catalogue.json"
    plugin = Plugin(Source("package", "1", "entry", "module"), (Offer("architecture", "toy"),), fingerprint="f")
    Catalogue(file).put([plugin])
    assert Catalogue(file).plugins == {plugin.source.key: plugin}
    content = json.loads(file.read_text())
    content["plugins"][0]["offers"][0]["name"] = 3
    file.write_text(json.dumps(content))
    assert Catalogue(file).plugins == {}


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(site, tmp_path):
    from zoo.registry.lookup import Registry

    (tmp_path / "file").write_text("not a folder")
    site.network("zoo-toys", "toy")
    assert "toy" in names(Registry(Catalogue(tmp_path / "file" / "catalogue.json")))


def test_many_processes_at_once_each_find_what_is_there(site, tmp_path):
    for number in range(4):
        site.network(f"zoo-toys-{number}", f"toy-{number}")
    environment = {**os.environ, "PYTHONPATH": str(site.folder), "ZOO_CACHE": str(tmp_path / "cache")}
    code = (
        "from zoo.registry.lookup import registry as r; print(*(offer.name for _, offer in r().offers('architecture')))"
    )

    def listed(_: int) -> set[str]:
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(listed, range(6)):
            assert found >= {f"toy-{number}" for number in range(4)}
    left = list(Path(tmp_path / "cache").iterdir())
    assert len(left) == 1, f"temporary files were left: {left}"
