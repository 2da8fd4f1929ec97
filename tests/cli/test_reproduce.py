"""`zoo reproduce` over many seeds and many results: what is printed, written, kept and left."""

import pytest

RECIPE = """architecture = "mlp"
summary = "exclusive or"
[data]
name = "xor"
[options]
hidden = [4]
activation = "tanh"
[training]
epochs = 300
batch_size = 4
learning_rate = 0.05
until = "accuracy >= 1"
[runs]
seeds = 2
[[published]]
metric = "epochs"
value = 5000
source = "Nobody (1900), A number"
table = "page 7"
[[published]]
metric = "solved"
value = 1.0
runs = 10
source = "Nobody (1900), A number"
changed = ["another net"]
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))


def test_a_study_is_printed_kept_and_written_as_a_page_with_a_plot(run, folder):
    (folder / "made.toml").write_text(RECIPE)
    left = run("reproduce", "made.toml", "--minutes", "0")
    assert left.error == "made: 2 of 2 runs are left"
    done = run("reproduce", "made.toml", "--table", "page.md", "--quiet")
    assert done.code == 0
    assert "better" in done.out
    assert "changed: another net" in (folder / "page.md").read_text("utf-8")
    page = (folder / "page.md").read_text("utf-8")
    assert "published 5000; reached" in page
    assert "2 of 2: other setting" in page
    assert "![made](page/made.png)" in page
    assert (folder / "page" / "made.png").stat().st_size > 5000
    again = run("reproduce", "made.toml", "--minutes", "0", "--json", "--table", "page.md")
    (result,) = again.document["results"]
    assert (result["seeds"], result["verdict"], again.document["left"]) == (2, "other setting", [])
    assert [row["verdict"] for row in result["rows"]] == ["better", "other setting"]


def test_all_says_what_is_left_and_which_data_to_download(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    done = run("reproduce", "--all", "--family", "art", "--minutes", "0")
    assert done.code == 0
    assert "mushrooms: mushrooms: there is no mushroom.csv in" in done.err
    assert "download https://" in done.err
    assert "left: circle-1992, mushrooms; the same call goes on with these" in done.out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["reproduce"], "expected the name of a recipe, or --all, and not both"),
        (["reproduce", "nand", "--all"], "expected the name of a recipe, or --all, and not both"),
        (["reproduce", "--all", "--data", "moons"], "--data has no effect with --all"),
        (["reproduce", "--all", "--family", "sm"], "there is no family 'sm'; did you mean 'som'"),
        (["reproduce", "nand", "--family", "som"], "--family has no effect on one recipe"),
        (["reproduce", "nand", "--minutes", "0"], "--minutes has no effect: recipe"),
        (["reproduce", "nand", "--seeds", "2", "--out", "a.h5"], "--out has no effect"),
        (["reproduce", "nand", "--seeds", "2", "--table", "a.txt"], "ends in .txt, expected .md or .json"),
        (["reproduce", "nand", "--seeds", "2", "--table", "notes.md"], "exists and is no page of results"),
    ],
)
def test_what_has_no_effect_or_would_be_overwritten_is_refused(run, folder, words, error):
    (folder / "notes.md").write_text("# Notes\n")
    assert error in run(*words).error


def test_one_training_is_judged_as_well(run, folder):
    (folder / "once.toml").write_text(
        'architecture = "mlp"\n[data]\nname = "spirals"\n[training]\nepochs = 1\n[expect]\naccuracy = 0.0\n[runs]\n'
        'samples = 97\n[published]\nmetric = "accuracy"\nvalue = 0.1\nsource = "Nobody (1900)"\n'
    )
    done = run("reproduce", "once.toml", "--quiet")
    assert "verdict of accuracy: other setting: " in done.out
    assert "rows to train on, not 97" in done.out
