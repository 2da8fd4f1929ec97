"""Recipes are data: they read back as written, mistakes get one line, and reading runs nothing."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.errors import OptionError, UsageError
from zoo.platform.paths import is_path
from zoo.registry.recipes import Recipe, read_recipe, shipped, to_toml

WHOLE = """
summary = "LeNet-5 on MNIST"
architecture = "lenet5"
[data]
name = "mnist"
[options]
channels = [6, 16]
[training]
epochs = 20
[training.fine-tuning]
learning_rate = 1e-4
[expect]
accuracy = 0.985
[published]
metric = "accuracy"
value = 0.9905
source = "LeCun, Bottou, Bengio and Haffner (1998)"
"""


def write(folder, text, name="lenet5.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_read_whole(tmp_path):
    recipe = read_recipe(write(tmp_path, WHOLE))
    assert (recipe.name, recipe.architecture, recipe.summary) == ("lenet5", "lenet5", "LeNet-5 on MNIST")
    assert (recipe.data, recipe.options) == ({"name": "mnist"}, {"channels": [6, 16]})
    assert recipe.training == {"epochs": 20, "fine-tuning": {"learning_rate": 1e-4}}
    assert recipe.expect == {"accuracy": 0.985}
    assert [each.value for each in recipe.published] == [0.9905]


def test_a_recipe_reads_back_as_written(tmp_path):
    recipe = read_recipe(write(tmp_path, WHOLE))
    again = read_recipe(write(tmp_path, recipe.as_toml()))
    assert again == recipe
    assert Recipe.of(recipe.as_dict(), recipe.name, recipe.path) == recipe


VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
TABLES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.one_of(VALUES, st.lists(VALUES)))


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.one_of(VALUES, TABLES)))
def test_any_values_read_back_as_written(values):
    assert tomllib.loads(to_toml(values)) == values


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ('architecture = "mlp"\noption = 1', "there is no key 'option'; did you mean 'options'"),
        ("summary = 'x'", 'it names no architecture; expected a line such as architecture = "mlp"'),
        ("architecture = 3", "architecture is 3, expected text"),
        ('architecture = "mlp"\noptions = 3', r"options is 3, expected a table \[options\]"),
        ('architecture = "mlp"\n[training]\nepochs = inf', r"\[training\]: epochs is inf, expected a finite number"),
        (
            'architecture = "mlp"\n[training.fine]\nrate = nan',
            r"\[training.fine\]: rate is nan, expected a finite number",
        ),
        ('architecture = "mlp"\n[options]\nsince = 2020-01-01', r"\[options\]: since is datetime.date\(2020, 1, 1\)"),
        ('architecture = "mlp"\n[options.inner]\nx = 1', r"\[options\]: inner is {'x': 1}"),
        (
            'architecture = "mlp"\n[expect]\naccuracy = "high"',
            r"\[expect\]: accuracy is 'high', expected a finite number",
        ),
        ('architecture = "mlp"\n[published]\nvalue = 1', r"\[published\]: there is no metric and no source"),
        ('architecture = "mlp"\n[published]\nvalu = 1', r"\[published\]: there is no key 'valu'; did you mean 'value'"),
        ("architecture = mlp", "not a TOML file: Invalid value"),
        ("a = " + "[" * 5000, "nested deeper than 16"),
        ("a = " + "9" * 5000, "a key or number has 5000 characters"),
    ],
)
def test_a_mistake_gets_one_line_that_names_the_file(tmp_path, mistake, message):
    with pytest.raises(OptionError, match=message) as raised:
        read_recipe(write(tmp_path, mistake))
    assert "lenet5.toml" in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(UsageError, match=r"recipe '.*none.toml': cannot be read: No such file"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match=r"bytes.toml': not a TOML file: .*utf-8.* codec"):
        read_recipe(tmp_path / "bytes.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(OptionError, match="more than 1,048,576 bytes"):
        read_recipe(tmp_path / "large.toml")


def test_paths_are_relative_to_the_recipe_and_names_are_not_paths(tmp_path):
    text = 'architecture = "mlp"\n[data]\nname = "{}"\n'
    assert read_recipe(write(tmp_path, text.format("iris"))).data["name"] == "iris"
    for name in ("iris.csv", "./iris", "data/iris"):
        assert read_recipe(write(tmp_path, text.format(name))).data["name"] == str(tmp_path / name)
    absolute = str(tmp_path / "elsewhere.csv")
    assert read_recipe(write(tmp_path, text.format(absolute))).data["name"] == absolute


@pytest.mark.parametrize(
    ("text", "path"), [("mlp", False), ("zoo-networks:mlp", False), ("a.toml", True), ("./mlp", True)]
)
def test_what_is_a_path(text, path):
    assert is_path(text) is path


def test_shipped_folders_are_found_beside_the_package_or_inside_it(tmp_path, monkeypatch):
    import zoo.registry.recipes

    assert shipped("models").is_dir()
    package = tmp_path / "zoo"
    (package / "models").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setattr(zoo.registry.recipes, "__file__", str(package / "registry" / "recipes.py"))
    assert shipped("models") == package / "models"
    assert shipped("checkpoints") == tmp_path / "checkpoints"
