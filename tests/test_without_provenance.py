"""A model can be saved without a word of what it was trained on; what is then lost is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.cli.app import main
from zoo.errors import UsageError, ZooWarning
from zoo.training.prepare import prepare
from zoo.training.run import train

SECRET = "patients-of-ward-7"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    random, path = np.random.default_rng(0), tmp_path / f"{SECRET}.csv"
    rows = [f"{x:.3f};{y:.3f};{'ab'[int(x > y)]}" for x, y in random.normal(size=(40, 2))]
    path.write_text("u;v;k\n" + "\n".join(rows) + "\n")
    return path


def reported(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(map(str, arguments)))
    return (code, *capsys.readouterr())


def test_a_saved_model_has_no_trace_of_its_data(table: Path, tmp_path: Path) -> None:
    model = zoo.train("logistic", table, epochs=2)
    zoo.save(model, tmp_path / "with.h5")
    zoo.save(model, tmp_path / "without.h5", provenance=False)
    assert SECRET.encode() in (tmp_path / "with.h5").read_bytes()
    assert SECRET.encode() not in (tmp_path / "without.h5").read_bytes()
    file = checkpoint.read(tmp_path / "without.h5")
    assert file.manifest["dataset"] is None and not [name for name in file.arrays if name.startswith("dataset")]
    assert model.provenance is not None, "the model keeps what it knows"
    again = zoo.load(tmp_path / "without.h5")
    assert again == model and again.provenance is None
    np.testing.assert_array_equal(zoo.predict(again, table), zoo.predict(model, table))
    assert zoo.evaluate(again, table).part == "all 40 rows" != zoo.evaluate(model, table).part
    with pytest.raises(UsageError, match=r"names no dataset; name one with (--)?data"):
        zoo.evaluate(tmp_path / "without.h5")


def test_a_run_without_provenance_goes_on_with_the_data_alone(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.h5"
    flags = ("--epochs", "2", "--schedule", "constant", "--quiet")
    code, out, err = reported(capsys, "train", "mlp", "--data", table, *flags, "--no-provenance", "--out", path)
    assert code == 0 and "test part (held out" in out
    assert "--no-provenance: the file will not say what it was trained on: zoo eval needs --data" in err
    assert SECRET.encode() not in path.read_bytes()
    code, out, err = reported(capsys, "train", "--resume", path)
    assert code == 2 and "does not say what it was trained on; give the same data: zoo.resume(" in err
    assert reported(capsys, "eval", path)[0] == 2 and reported(capsys, "show", path)[0] == 0
    assert reported(capsys, "eval", path, "--data", table)[1].partition(", ")[2].startswith("all 40 rows:")
    with pytest.warns(ZooWarning, match=f"{SECRET}.csv is taken for that, unchecked"):
        resumed = zoo.resume(path, table, epochs=4)
    assert SECRET.encode() not in path.read_bytes(), "nor after it went on"
    assert resumed == zoo.train("mlp", table, epochs=4, schedule="constant")


def test_a_recipe_does_not_tell_either(table: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "net.toml"
    recipe.write_text(f'architecture = "logistic"\n[data]\nname = "{table.name}"\n[training]\nepochs = 1\n')
    model = zoo.train(str(recipe), out=tmp_path / "a.h5", provenance=False)
    assert model.provenance is None and SECRET.encode() not in (tmp_path / "a.h5").read_bytes()
    run = prepare("logistic", data={"name": str(table)}, training={"epochs": 1})
    assert train(run).model.provenance is not None
