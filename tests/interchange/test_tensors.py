"""safetensors: what zoo writes it reads again; state_dicts of PyTorch find their layers, by PyTorch's own equations."""

import json

import numpy as np
import pytest

import zoo
from zoo.cli import main

numpy_tensors = pytest.importorskip("safetensors.numpy", reason="needs safetensors")
random = np.random.default_rng(0)


def drawn(*shape):
    return random.normal(size=shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def images():
    x = random.integers(0, 256, (20, 12, 12, 2), dtype=np.uint8)
    return x, np.arange(20) % 3


@pytest.mark.parametrize(("name", "data"), [("mlp", "moons"), ("fuzzy-artmap", "circle-in-square"), ("lstm", "sine")])
def test_a_model_is_the_same_when_it_comes_back(name, data, tmp_path):
    model = zoo.train(name, data, epochs=1)
    zoo.export(model, tmp_path / "out.safetensors")
    assert zoo.import_model(tmp_path / "out.safetensors") == model
    assert set(model.weights) <= set(numpy_tensors.load_file(tmp_path / "out.safetensors"))


def test_linear_layers_of_pytorch(tmp_path):
    """nn.Linear: y = x Aᵀ + b."""
    model = zoo.train("mlp", "moons", hidden=(5, 4), epochs=1)
    tensors = {"0.weight": drawn(5, 2), "0.bias": drawn(5), "2.weight": drawn(4, 5), "2.bias": drawn(4)}
    tensors |= {"4.weight": drawn(2, 4), "4.bias": drawn(2)}
    numpy_tensors.save_file(tensors, tmp_path / "net.safetensors")
    found = zoo.import_model(tmp_path / "net.safetensors", model)
    x = drawn(7, 2)
    h = np.maximum(x @ tensors["0.weight"].T + tensors["0.bias"], 0)
    h = np.maximum(h @ tensors["2.weight"].T + tensors["2.bias"], 0)
    z = h @ tensors["4.weight"].T + tensors["4.bias"]
    assert found.predict(x) == pytest.approx(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), abs=1e-5)
    assert found != model


def test_a_convolutional_net_of_pytorch_flattens_channels_first(images, tmp_path):
    """nn.Conv2d has weights (out, in, height, width); nn.Flatten puts the channels first."""
    model = zoo.train("cnn", images, channels=(3,), kernel=3, border="none", pooling="none", dense=(), epochs=1)
    tensors = {"conv.weight": drawn(3, 2, 3, 3), "conv.bias": drawn(3), "fc.weight": drawn(3, 300) / 10}
    tensors["fc.bias"] = drawn(3)
    numpy_tensors.save_file(tensors, tmp_path / "net.safetensors")
    found = zoo.import_model(tmp_path / "net.safetensors", model)
    x = drawn(2, 12, 12, 2)
    seen = np.lib.stride_tricks.sliding_window_view(x.transpose(0, 3, 1, 2), (3, 3), axis=(2, 3))
    y = np.einsum("ncijab,ocab->noij", seen, tensors["conv.weight"]) + tensors["conv.bias"][:, None, None]
    z = np.maximum(y, 0).reshape(2, -1) @ tensors["fc.weight"].T + tensors["fc.bias"]
    assert found.predict(x) == pytest.approx(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), abs=1e-4)


def lstm_step(x, state, w, hidden):
    h, c = state
    z = x @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]
    i, f, g, o = np.split(z, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, state, w, hidden):
    (h,) = state
    a = np.split(x @ w["weight_ih"].T + w["bias_ih"], 3, axis=1)
    b = np.split(h @ w["weight_hh"].T + w["bias_hh"], 3, axis=1)
    r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    return ((1 - z) * np.tanh(a[2] + r * b[2]) + z * h,)


def rnn_step(x, state, w, hidden):
    (h,) = state
    return (np.tanh(x @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]),)


@pytest.mark.parametrize(
    ("name", "gates", "parts", "step"), [("lstm", 4, 2, lstm_step), ("gru", 3, 1, gru_step), ("elman", 1, 1, rnn_step)]
)
def test_recurrent_layers_of_pytorch(name, gates, parts, step, tmp_path):
    """The equations of nn.LSTM, nn.GRU and nn.RNN as PyTorch documents them."""
    model = zoo.train(name, "sine", hidden=4, epochs=0)
    inputs, outputs = model.signature.inputs // model.signature.input_shape[0], model.signature.outputs
    w = {"weight_ih": drawn(4 * gates, inputs), "weight_hh": drawn(4 * gates, 4)}
    w |= {"bias_ih": drawn(4 * gates), "bias_hh": drawn(4 * gates)}
    head = {"head.weight": drawn(outputs, 4), "head.bias": drawn(outputs)}
    numpy_tensors.save_file({**{f"rnn.{key}_l0": value for key, value in w.items()}, **head}, tmp_path / "net.st")
    found = zoo.import_model(tmp_path / "net.st", model)
    x = drawn(3, 6, inputs)
    state = (np.zeros((3, 4), np.float32),) * parts
    for t in range(6):
        state = step(x[:, t], state, w, 4)
    y = (state[0] @ head["head.weight"].T + head["head.bias"]).reshape(3, *model.signature.output_shape)
    assert found.predict(x) == pytest.approx(y + x[:, -1:, : y.shape[2]], abs=1e-5)  # changes from the last value


def test_modules_that_could_be_either_are_named(tmp_path):
    model = zoo.train("mlp", "moons", hidden=(2,), epochs=1)  # two layers of the same shape
    tensors = {"a.weight": drawn(2, 2), "a.bias": drawn(2), "b.weight": drawn(2, 2), "b.bias": drawn(2)}
    numpy_tensors.save_file(tensors, tmp_path / "net.st")
    with pytest.raises(zoo.UsageError, match="several modules fit"):
        zoo.import_model(tmp_path / "net.st", model)
    found = zoo.import_model(tmp_path / "net.st", model, names={"b": "hidden1"})
    assert np.array_equal(found.weights["hidden1/W"], tensors["b.weight"].T)
    assert np.array_equal(found.weights["output/W"], tensors["a.weight"].T)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"a.weight": drawn(3, 2)}, "no module fits"),
        ({"c.weight": drawn(9, 9), "c.bias": drawn(9)}, "there is no layer for it"),
        ({"a.bias": np.full(4, np.nan, np.float32)}, "not finite"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(change, expected, tmp_path):
    model = zoo.train("mlp", "moons", hidden=(4,), epochs=1)
    tensors = {"a.weight": drawn(4, 2), "a.bias": drawn(4), "b.weight": drawn(2, 4), "b.bias": drawn(2)}
    numpy_tensors.save_file({**tensors, **change}, tmp_path / "net.st")
    before = {name: array.copy() for name, array in model.weights.items()}
    with pytest.raises(zoo.ZooError, match=expected):
        zoo.import_model(tmp_path / "net.st", model)
    assert all(np.array_equal(model.weights[name], before[name]) for name in before)


def test_a_strangers_file_is_refused_in_one_line(tmp_path):
    model = zoo.train("mlp", "moons", epochs=1)
    zoo.export(model, tmp_path / "good.safetensors")
    data = (tmp_path / "good.safetensors").read_bytes()
    (tmp_path / "short.safetensors").write_bytes(data[: len(data) // 2])
    (tmp_path / "pickle.safetensors").write_bytes(b"\x80\x04K\x01.")
    other = json.dumps({"architecture": {"name": "mlp"}, "versions": {}})
    numpy_tensors.save_file({"hidden1/W": drawn(2, 2)}, tmp_path / "odd.safetensors", {"zoo": other})
    for name in ("short", "pickle", "odd", "missing"):
        with pytest.raises(zoo.CheckpointError) as raised:
            zoo.import_model(tmp_path / f"{name}.safetensors")
        assert "\n" not in str(raised.value)


def test_the_commands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    zoo.train("mlp", "moons", epochs=1, out="m.h5")
    assert main(["export", "m.h5", "m.safetensors"]) == 0
    capsys.readouterr()
    assert main(["import", "m.safetensors", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert zoo.load(document["path"]) == zoo.load("m.h5")
    assert main(["export", "m.h5", "m.safetensors"]) == 1  # never overwritten
    assert main(["export", "m.h5", "m.pt"]) == 2
    assert main(["import", "m.safetensors", "--out", document["path"]]) == 2
