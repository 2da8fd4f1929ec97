"""A table's preprocessing inside the exported file: raw cells in, labels and quantities out, as `zoo.predict` has."""

import numpy as np
import pytest

import zoo

onnx_runs = pytest.importorskip("onnx_runs", reason="needs onnx and onnxruntime")
onnxruntime = pytest.importorskip("onnxruntime")

COLOURS = ("red", "green", "blue")
CELLS = ("length", "bought", "colour", "sold")


def rows(count=60, gaps=True):
    """Numbers, a date in days, a colour, a date as text; some cells missing; a class and a quantity."""
    random = np.random.default_rng(3)
    length = random.normal(1e6, 3, count)
    days = random.integers(15000, 20000, count)
    colour = np.array([COLOURS[each] for each in random.integers(0, 3, count)], object)
    table = []
    for row in range(count):
        cells = [f"{length[row]:.3f}", str(np.datetime64(int(days[row]), "D")), colour[row], f"{days[row]}.5"]
        if gaps and row % 7 == 3:
            cells[row % 4] = ""
        table.append([*cells, ("no", "yes")[int(length[row] > 1e6)], f"{3 * (length[row] - 1e6):.4f}"])
    return table


def written(path, table, target):
    lines = [",".join((*CELLS, target)), *(",".join([*row[:4], row[4 if target == "class" else 5]]) for row in table)]
    path.write_text("\n".join(lines) + "\n")
    return path


def fed(session, table):
    """The cells of a table as the inputs of a session."""
    feeds = {}
    for place, name in enumerate(CELLS):
        cells = [row[place] for row in table]
        if name == "bought":
            cells = [np.nan if each == "" else np.datetime64(each).astype(int) for each in cells]
        feeds[name] = (
            np.array(cells, object)
            if name == "colour"
            else np.array([np.nan if each == "" else float(each) for each in cells])
        )
    assert set(feeds) == {each.name for each in session.get_inputs()}
    return feeds


FILLED = [(name, how) for name in ("mlp", "fuzzy-artmap", "rbf", "som") for how in ("mean", "median", "most-frequent")]


@pytest.mark.parametrize(("name", "missing"), [*FILLED, ("som", "keep")])
def test_missing_values_dates_and_categories_are_encoded_inside(name, missing, tmp_path):
    path = written(tmp_path / "rows.csv", rows(), "class")
    model = zoo.train(name, str(path), target="class", missing=missing, epochs=2)
    session = onnx_runs.session_of(model)
    label, scores = session.run(None, fed(session, rows()))
    assert label.tolist() == zoo.predict(model, str(path), missing=missing).tolist()
    if model.output_kind == "probabilities":
        right = zoo.predict(model, str(path), probabilities=True, missing=missing)
        assert np.abs(scores - right).max() <= 1e-5


def test_quantities_come_out_in_their_units(tmp_path):
    path = written(tmp_path / "rows.csv", rows(gaps=False), "quantity")
    model = zoo.train("mlp", str(path), target="quantity", epochs=5)
    session = onnx_runs.session_of(model)
    (given,) = session.run(None, fed(session, rows(gaps=False)))
    right = zoo.predict(model, str(path))
    assert given.shape == right.shape
    assert np.abs(given - right).max() <= 1e-5 * np.abs(right).max()


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("colour", "violet", "a text is no category of training"),
        ("colour", "", "a text is missing"),
        ("length", np.nan, "a value is missing"),
        ("length", np.inf, "a value is infinite"),
    ],
)
def test_a_row_that_zoo_refuses_makes_a_run_fail_with_the_reason(name, cell, reason, tmp_path):
    table = rows(gaps=False)
    model = zoo.train("mlp", str(written(tmp_path / "rows.csv", table, "class")), target="class", epochs=1)
    session = onnx_runs.session_of(model)
    feeds = fed(session, table)
    session.run(None, feeds)
    feeds[name][5] = cell
    with pytest.raises(Exception, match=reason):
        session.run(None, feeds)


@pytest.mark.parametrize("labels", [[3, 7], [True, False], [0.5, 1.5], ["a", "b"], [b"x", b"y"]])
def test_labels_keep_their_type(labels):
    random = np.random.default_rng(0)
    x, classes = random.normal(size=(40, 3)), np.array(labels)[random.integers(0, 2, 40)]
    model = zoo.train("logistic", (x, classes), task="classification", epochs=1)
    label = onnx_runs.session_of(model).run(["label"], {"inputs": x})[0]
    right = zoo.predict(model, x)
    assert label.tolist() == [each.decode() if isinstance(each, bytes) else each for each in right.tolist()]
    if right.dtype.kind in "bif":
        assert label.dtype == right.dtype


def test_the_file_says_what_it_is():
    model = zoo.train("logistic", "moons", epochs=1)
    session = onnx_runs.session_of(model)
    about = session.get_modelmeta()
    assert about.producer_name == "zoo"
    assert about.custom_metadata_map["architecture"] == "logistic"
    assert session.get_inputs()[0].shape == ["rows", 2]
