"""`zoo list`, `zoo show` and `zoo plugins`: tables for people, one document for programs."""

from __future__ import annotations

import pytest

import zoo
from zoo.errors import UsageError
from zoo.options import options_of
from zoo.registry.lookup import find_architecture, registry


def test_list_has_every_architecture_and_recipe_with_its_summary(run):
    done = run("list")
    assert done.code == 0
    for _, offer in registry().offers("architecture"):
        line = next(line for line in done.out.splitlines() if line.split()[0] == offer.name)
        assert offer.family in line and offer.summary in line
    names = {line.split()[0] for line in done.out.splitlines()[1:]}
    assert names == {offer.name for _, offer in registry().offers("architecture", "recipe")}


def test_list_by_pattern_and_family(run):
    assert [each["name"] for each in run("list", "m?p", "--json").document if each["kind"] == "architecture"] == ["mlp"]
    assert {each["name"] for each in run("list", "cept", "--json").document} == {"perceptron"}
    assert {each["family"] for each in run("list", "--family", "feedforward", "--json").document} == {"feedforward"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mlpp"], "list: nothing has the name 'mlpp'; did you mean 'mlp'?"),
        (["mlpp", "--json"], "list: nothing has the name 'mlpp'; did you mean 'mlp'?"),
        (["zzz"], "list: nothing has the name 'zzz'"),
        (
            ["mnist", "--checkpoints"],
            "list: nothing here has the name 'mnist', but as dataset: zoo list --datasets mnist",
        ),
        (["--family", "feedforwrd"], "list: nothing has the family 'feedforwrd'; did you mean 'feedforward'?"),
        (
            ["lstm", "--family", "som"],
            "list: nothing has the name 'lstm' and the family 'som'; the name is of the family recurrent",
        ),
    ],
)
def test_list_of_what_is_not_there_is_an_error_with_what_is_near(run, arguments, message):
    done = run("list", *arguments)
    assert done.code == 2 and done.error.startswith(message)


def test_list_of_datasets(run):
    names = {each["name"] for each in run("list", "--datasets", "--json").document}
    assert names >= {"nand", "xor", "moons", "spirals", "glyphs", "mnist"}
    assert {each["kind"] for each in run("list", "--datasets", "--json").document} == {"dataset"}


def test_show_tells_every_option_with_type_range_default_and_meaning(run):
    kind = find_architecture("mlp")
    document = run("show", "mlp", "--json").document
    assert [each["name"] for each in document["options"]] == list(options_of(kind))
    hidden = next(each for each in document["options"] if each["name"] == "hidden")
    assert (hidden["flag"], hidden["type"], hidden["many"], hidden["low"]) == ("--hidden", "int", True, 1)
    assert [each["name"] for each in document["training"]] == list(options_of(type(kind.settings)))
    text = run("show", "mlp").out
    described = " ".join(text.split())
    for each in (*document["options"], *document["training"]):
        assert sum(line.startswith(f"  {each['flag']} ") for line in text.splitlines()) == 1
        assert f"{each['help']} [" in described
    assert max(map(len, text.splitlines()[5:])) <= 80


def test_show_of_a_recipe_has_its_values_and_what_it_promises(run):
    document = run("show", "xor", "--json").document
    assert document["architecture"] == "mlp"
    assert document["recipe"]["expect"] == {"accuracy": 1.0}
    given = document["recipe"]["options"]
    assert {each["name"]: each["default"] for each in document["options"]}.items() >= given.items()
    assert "expected: accuracy 100.00 %" in run("show", "xor").out


def test_show_of_a_recipe_file(run, folder):
    (folder / "wide.toml").write_text('architecture = "mlp"\nsummary = "a wide one"\n[options]\nhidden = [999]\n')
    assert "wide: a wide one" in run("show", "wide.toml").out
    (folder / "wrong.toml").write_text('architecture = "mlp"\n[option]\nhidden = [999]\n')
    done = run("show", "wrong.toml")
    assert done.code == 2
    assert "wrong.toml': there is no key 'option'; did you mean 'options'?" in done.error


def test_plugins_are_listed_with_their_state(run):
    document = run("plugins", "--json").document
    mine = next(each for each in document if each["plugin"] == "feedforward")
    assert (mine["package"], mine["state"], mine["reason"]) == ("zoo-networks", "ready", "")
    assert {"kind": "architecture", "name": "mlp"} in mine["offers"]
    assert "feedforward" in run("plugins").out


@pytest.mark.parametrize("arguments", [["list"], ["list", "--datasets"], ["show", "mlp"], ["plugins"]])
def test_without_a_terminal_there_is_no_colour(run, arguments):
    assert "\x1b" not in run(*arguments).out


# --- datasets ---------------------------------------------------------------------------------------------------------


def test_show_of_a_dataset_says_what_it_is_and_what_trains_on_it(run):
    document = run("show", "glyphs", "--json").document
    assert (document["kind"], document["task"], document["samples"]) == ("dataset", "classification", 5000)
    assert (document["shape"], document["labels"]) == ([28, 28], list("0123456789"))
    assert {"zoo train mlp", "zoo train cnn"} <= set(document["train"])
    lines = run("show", "glyphs").out.splitlines()
    assert lines[1:5] == [
        "comes with zoo-networks",
        "5,000 images of 28×28, grey",
        "for classification, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "test part (the data's own), 1,000 samples",
    ]


def test_show_of_a_name_that_means_several_things_says_how_to_see_each(run):
    lines = run("show", "moons").out.splitlines()
    assert "also the name of a dataset: zoo show moons --dataset" in lines
    assert "also the name of a checkpoint: zoo show moons --checkpoint" in lines
    assert "train on it: zoo train mlp --data moons; zoo train moons" in run("show", "moons", "--dataset").out
    assert run("show", "moons", "--checkpoint", "--json").document["architecture"]["name"] == "mlp"


def test_every_dataset_can_be_shown(run, monkeypatch, tmp_path):
    """Also those whose files are not here: nothing is downloaded."""
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "empty"))
    for _, offer in registry().offers("dataset"):
        done = run("show", offer.name, "--dataset")
        assert done.code == 0, done.err
        assert done.out.startswith(f"{offer.name}: dataset, {offer.summary}\n") and "zoo train " in done.out
    assert "comes with zoo-networks; downloaded when first used" in run("show", "mnist").out
    assert not (tmp_path / "empty").exists()


def test_show_of_a_file_and_a_folder_of_data(run, folder):
    (folder / "small.csv").write_text("a,b,kind\n" + "".join(f"{n / 2},{n * n},{'xy'[n % 2]}\n" for n in range(20)))
    lines = run("show", "small.csv").out.splitlines()
    assert lines[2:4] == ["20 rows, 2 columns: a, b", "for classification, 2 classes: x, y"]
    assert lines[-1] == "train on it: zoo train mlp --data small.csv"
    (folder / "series").mkdir()
    for n in range(3):
        (folder / "series" / f"{n}.csv").write_text("a,kind\n" + f"1,{'xy'[n % 2]}\n" * (n + 1))
    out = run("show", "series").out
    assert "3 sequences of any length, 1 column: a" in out and "taken for one sequence" in out


def test_to_train_a_dataset_says_what_to_type(run, folder):
    assert run("train", "glyphs").error == "train: 'glyphs' is a dataset; to train on it: zoo train cnn"
    assert run("train", "reber").error.endswith("'reber' is a dataset; to train on it: zoo train lstm --data reber")
    (folder / "small.csv").write_text("a,b,kind\n1,2,x\n2,3,y\n3,4,x\n4,4,y\n")
    done = run("train", "small.csv")
    assert done.error == "train: 'small.csv' is data; to train on it: zoo train mlp --data small.csv"
    assert done.code == 2
    with pytest.raises(UsageError, match="'glyphs' is a dataset, which others are trained on"):
        zoo.train("glyphs")


def test_show_of_a_checkpoint_begins_with_what_it_is(run):
    lines = run("show", "xor", "--checkpoint").out.splitlines()
    summary = lines[: lines.index("")]
    assert len(summary) <= 6
    assert summary[1].startswith("mlp, options: ") or summary[1].startswith("mlp, by the recipe xor, options: ")
    assert "activation tanh" in summary[1] and "hidden 8" in summary[1]
    assert summary[2:4] == ["data xor, classification, inputs [4, 2]", "stands after epoch 300 of 300"]
    assert summary[4].startswith("reached ") and "accuracy 100.00 %" in summary[4]


@pytest.mark.parametrize("word", ["datasets", "dataset", "Dataset", "datsets", "data"])
def test_the_word_for_a_kind_says_what_lists_it(run, word):
    for command in (["list", word], ["show", word], [word]):
        failed = run(*command)
        assert failed.code == 2 and failed.error.endswith(": zoo list --datasets")


def test_other_words_for_kinds(run):
    for words, lists in (
        (("checkpoints",), "zoo list --checkpoints"),
        (("models", "recipes", "architecture"), "zoo list"),
        (("families",), "zoo list --family NAME"),
        (("plugin",), "zoo plugins"),
    ):
        for word in words:
            for command in ("list", "show"):
                assert run(command, word).error.endswith(f": {lists}")
    assert run("show", "art").error.endswith("'art' is a family; to list what is in it: zoo list --family art")
    assert "did you mean 'mlp'" in run("show", "mpl").error
