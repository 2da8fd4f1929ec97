"""Layers and combinators: names, shapes, what they give, what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from zoo import nn
from zoo.core.random import RandomStream
from zoo.errors import OptionError, ZooError
from zoo.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    Aside,
    BinaryCrossEntropy,
    Branch,
    CategoricalCrossEntropy,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    Linear,
    Maxout,
    Mode,
    Relu,
    Reshape,
    Serial,
    Sigmoid,
    Softmax,
    SquaredError,
    Step,
    sigmoid,
    softmax,
)
from zoo.nn.layer import Layer
from zoo.nn.layers import layers
from zoo.nn.parameters import Gradients, Layout, Parameters


def forward(layer: Layer, x: np.ndarray, mode: Mode | None = None) -> np.ndarray:
    parameters = Parameters(Layout(layer, x.shape[1:]), x.dtype)
    parameters.layout.draw(RandomStream(0), parameters.vector)
    return layer.forward(parameters.tree, x, mode or Mode())[0]


def test_weights_are_named_by_their_path() -> None:
    net = Serial(
        hidden1=Dense(4),
        relu1=Relu(),
        stage2=Serial(Dense(4), Relu(), Branch(Linear(), Dense(4), Dense(4))),
        output=Aside(Dense(2), SquaredError()),
    )
    assert dict(net.shapes((3,)).weights()) == {
        "hidden1/W": (3, 4),
        "hidden1/b": (4,),
        "stage2/dense1/W": (4, 4),
        "stage2/dense1/b": (4,),
        "stage2/branch1/dense1/W": (4, 4),
        "stage2/branch1/dense1/b": (4,),
        "stage2/branch1/dense2/W": (4, 4),
        "stage2/branch1/dense2/b": (4,),
        "output/head/W": (4, 2),
        "output/head/b": (2,),
    }


def test_one_vector_holds_all_parameters() -> None:
    layout = Layout(Serial(Dense(4), Maxout(3, 2), Dense(2, bias=False)), (5,))
    parameters = Parameters(layout, np.dtype(np.float32))
    parameters.vector[...] = np.arange(layout.size)
    assert np.concatenate([view.reshape(-1) for view in parameters.views.values()]).tolist() == list(range(layout.size))
    assert all(view.flags.c_contiguous and view.base is not None for view in parameters.views.values())
    assert parameters.tree["dense1"]["W"] is parameters.views["dense1/W"]


def test_layers_are_values() -> None:
    assert Serial(Dense(3), Relu()) == Serial(Dense(3), Relu()) != Serial(Dense(4), Relu())
    assert hash(Serial(Dense(3), Relu())) == hash(Serial(Dense(3), Relu()))
    assert repr(Branch(a=Dense(1), join="product")).startswith("Branch(a=Dense(units=1")


def test_dense_is_x_w_plus_b(random: np.random.Generator) -> None:
    layer, x = Dense(3), random.standard_normal((4, 2, 5))
    p = {"W": random.standard_normal((5, 3)), "b": random.standard_normal(3)}
    np.testing.assert_allclose(layer.forward(p, x, Mode())[0], np.einsum("abi,iu->abu", x, p["W"]) + p["b"], rtol=1e-12)


def test_activations_by_their_formulas() -> None:
    x = np.array([[-1000.0, -2.0, -0.5, 0.0, 0.5, 2.0, 1000.0]])
    expected = {
        "linear": x,
        "step": [[0, 0, 0, 1, 1, 1, 1]],
        "sigmoid": [[1 / (1 + math.exp(-v)) if v > -700 else 0 for v in x[0]]],
        "tanh": [[math.tanh(v) for v in x[0]]],
        "relu": [[max(v, 0) for v in x[0]]],
        "leaky_relu": [[v if v > 0 else 0.01 * v for v in x[0]]],
        "softmax": [[0, 0, 0, 0, 0, 0, 1]],
    }
    assert expected.keys() == ACTIVATIONS.keys()
    with np.errstate(all="raise", under="ignore"):
        for name, layer in ACTIVATIONS.items():
            np.testing.assert_allclose(forward(layer, x), expected[name], rtol=1e-14, atol=1e-300, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softmax_neither_overflow_nor_lose_small_values(dtype: type) -> None:
    x = np.array([-80.0, -30.0, 30.0, 1e4, -1e4], dtype)
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(sigmoid(x)[:2], np.exp(x[:2]), rtol=1e-5)
        assert sigmoid(x).dtype == dtype and sigmoid(x)[3] == 1 and 0 < sigmoid(x)[4] < 1e-37
        expected = [[1 / (1 + math.exp(-1)), 1 / (1 + math.e)]]
        np.testing.assert_allclose(softmax(np.array([[1e4, 1e4 - 1.0]], dtype)), expected, rtol=1e-6)
    assert np.isnan(sigmoid(np.array([np.nan], dtype))).all()


def test_nan_passes_through_relu() -> None:
    """Else a net that went wrong would look sound."""
    assert np.isnan(forward(Relu(), np.array([[np.nan]])))


def test_step_units_are_for_prediction_only() -> None:
    with pytest.raises(OptionError, match="step at gate1: it has no gradient"):
        forward(Serial(gate1=Step()), np.ones((1, 2)), Mode(training=True))


def test_maxout_takes_the_largest_piece(random: np.random.Generator) -> None:
    x = random.standard_normal((6, 4))
    p = {"W": random.standard_normal((4, 6)), "b": random.standard_normal(6)}
    z = (x @ p["W"] + p["b"]).reshape(6, 3, 2)
    np.testing.assert_array_equal(Maxout(3, 2).forward(p, x, Mode())[0], np.maximum(z[..., 0], z[..., 1]))


def test_dropout_keeps_the_expectation_and_comes_from_its_stream() -> None:
    x = np.ones((2000, 50), np.float32)

    def dropped(**place: int) -> np.ndarray:
        return forward(Serial(drop=Dropout(0.3)), x, Mode(training=True, stream=RandomStream(5).at(**place)))

    y = dropped()
    assert y.mean() == pytest.approx(1.0, abs=5 * math.sqrt(0.3 / 0.7 / x.size))
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert len(np.unique(y)) == 2 and y.max() == pytest.approx(1 / 0.7, rel=1e-5)
    assert y.tobytes() == dropped().tobytes()
    assert y.tobytes() != dropped(batch=1).tobytes() != dropped(shard=1).tobytes()
    assert forward(Dropout(0.3), x) is x


def test_dropout_takes_rates_below_one_only() -> None:
    with pytest.raises(ValueError, match=r"got rate 1.0, expected 0 or more and below 1"):
        Dropout(1.0)
    x = np.ones((3, 4))
    assert (forward(Dropout(0.0), x, Mode(training=True, stream=RandomStream(0))) == x).all()
    assert np.isfinite(forward(Dropout(0.99999999), x, Mode(training=True, stream=RandomStream(0)))).all()


def test_two_dropouts_draw_different_numbers() -> None:
    x = np.ones((10, 40))
    y = forward(Branch(Dropout(), Dropout(), join="concat"), x, Mode(training=True, stream=RandomStream(0)))
    assert (y[:, :40] != y[:, 40:]).any()


def test_branches_join(random: np.random.Generator) -> None:
    x = random.standard_normal((3, 4))
    double = Serial(Branch(Linear(), Linear()))
    np.testing.assert_allclose(forward(Branch(Linear(), double, join="sum"), x), 3 * x, rtol=1e-12)
    np.testing.assert_allclose(forward(Branch(Linear(), double, Linear(), join="product"), x), 2 * x**3, rtol=1e-12)
    np.testing.assert_array_equal(forward(Branch(Linear(), double, join="concat"), x), np.hstack([x, 2 * x]))
    assert Branch(Linear(), double, join="concat").shapes((4,)).output == (8,)


def test_branches_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ZooError, match=r"dense1 \(3,\), dense2 \(4,\).*fit for a sum"):
        Branch(Dense(3), Dense(4)).shapes((2,))
    with pytest.raises(ZooError, match="expected one axis of features"):
        Dense(3).shapes(())
    with pytest.raises(ValueError, match="expected sum, product or concat"):
        Branch(Dense(3), join="mean")
    with pytest.raises(ValueError, match="two layers are called 'dense1'"):
        Serial(Dense(3), dense1=Dense(3))


def test_flatten_keeps_the_order() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    assert forward(Flatten(), x).tolist() == [list(range(12)), list(range(12, 24))]
    assert Flatten().shapes((3, 4)).output == (12,)


def test_to_predict_a_head_is_not_run(random: np.random.Generator) -> None:
    x = random.standard_normal((3, 4))
    aside = Aside(Dense(2), CategoricalCrossEntropy())
    assert forward(aside, x) is x
    with pytest.raises(ZooError, match="got no targets"):
        forward(aside, x, Mode(training=True))


def test_predicting_keeps_nothing_and_changes_nothing(random: np.random.Generator) -> None:
    net = Serial(Dense(4), Sigmoid(), Branch(Linear(), Dense(4)), Dropout(), Maxout(3), Softmax())
    x = random.standard_normal((5, 4))
    x.flags.writeable = False
    parameters = Parameters(Layout(net, (4,)), x.dtype)
    parameters.layout.draw(RandomStream(0), parameters.vector)
    parameters.vector.flags.writeable = False
    y, pullback = net.forward(parameters.tree, x, Mode())
    assert pullback is None
    assert y.shape == (5, 3)


def test_training_leaves_inputs_and_weights_alone(random: np.random.Generator) -> None:
    net = Serial(
        Linear(), Dense(4), Relu(), Branch(Linear(), Tanh := ACTIVATIONS["tanh"], Dense(4)), Dense(2), Softmax()
    )
    assert Tanh is ACTIVATIONS["tanh"]
    x = random.standard_normal((5, 3))
    x.flags.writeable = False
    layout = Layout(net, (3,))
    parameters = Parameters(layout, x.dtype)
    layout.draw(RandomStream(0), parameters.vector)
    parameters.vector.flags.writeable = False
    y, pullback = net.forward(parameters.tree, x, Mode(training=True))
    gradients = Gradients(layout, x.dtype)
    assert pullback is not None
    pullback(np.ones_like(y), gradients.tree)


def test_what_is_added_to_a_gradient_adds_up(random: np.random.Generator) -> None:
    layout = Layout(Dense(3), (4,))
    a, b = random.standard_normal((4, 5)), random.standard_normal((5, 3))
    gradients = Gradients(layout, np.dtype(float))
    gradients.vector.fill(np.nan)
    g = gradients.tree
    g.add_product("W", a, b)
    g.add_product("W", a, b)
    g["W"] += 1.0
    np.testing.assert_allclose(layout.parameters["W"].view(gradients.vector), 2 * a @ b + 1.0)
    g.end()
    assert not gradients.vector[-3:].any(), "what nothing was added to is zero"
    with pytest.raises(ValueError, match="add to it in place"):
        g["b"] = np.ones(3)


# Variances, from the papers named beside the initializers.
VARIANCES = {
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if "_" in name])
@pytest.mark.parametrize("shape", [(300, 200), (3, 5, 40, 60)])
def test_initializers_have_their_papers_variance(name: str, shape: tuple[int, ...]) -> None:
    rule, form = name.split("_")
    kernel = math.prod(shape[:-2])
    values = INITIALIZERS[name].draw(shape, np.random.default_rng(0))
    variance = VARIANCES[rule](kernel * shape[-2], kernel * shape[-1])
    assert values.shape == shape
    assert values.var() == pytest.approx(variance, rel=0.03)
    assert abs(values.mean()) < 5 * math.sqrt(variance / values.size)
    largest = np.abs(values).max() / math.sqrt(variance)
    assert largest <= math.sqrt(3) if form == "uniform" else largest > 3


def test_zeros_and_small_normal() -> None:
    assert not INITIALIZERS["zeros"].draw((3, 4), np.random.default_rng(0)).any()
    assert INITIALIZERS["normal"].draw((300, 200), np.random.default_rng(0)).std() == pytest.approx(0.01, rel=0.02)


def test_both_precisions_start_alike(build) -> None:
    single, double = (build(Serial(a=Dense(5), b=Dense(3)), 4, 3, precision=p) for p in ("float32", "float64"))
    for name, array in single.weights.items():
        assert array.dtype == np.float32 and double.weights[name].dtype == np.float64
        np.testing.assert_array_equal(array, double.weights[name].astype(np.float32))


def test_losses_by_their_formulas() -> None:
    z, one = np.array([[0.5, -1.0]]), np.array([1])
    assert SquaredError().forward(z, np.array([[0.0, 1.0]]))[0] == pytest.approx((0.25 + 4.0) / 2)
    p = 1 / (1 + np.exp(-z))
    t = np.array([[1, 0]])
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum()
    assert BinaryCrossEntropy().forward(z, t)[0] == pytest.approx(expected)
    assert CategoricalCrossEntropy().forward(z, one)[0] == pytest.approx(
        -np.log(np.exp(-1) / (np.exp(0.5) + np.exp(-1)))
    )
    np.testing.assert_allclose(BinaryCrossEntropy().outputs(z), p)
    np.testing.assert_allclose(CategoricalCrossEntropy().outputs(z).sum(), 1)


def test_fused_losses_stay_exact_where_probabilities_round_to_zero_or_one() -> None:
    with np.errstate(all="raise", under="ignore"):
        losses, pullback = CategoricalCrossEntropy().forward(np.array([[1000.0, 0.0]]), np.array([1]))
        assert losses.item() == 1000.0
        np.testing.assert_array_equal(pullback(None), [[1.0, -1.0]])
        losses, pullback = BinaryCrossEntropy().forward(np.array([[1000.0], [-1000.0], [-50.0]]), np.array([0, 1, 0]))
        np.testing.assert_allclose(losses, [1000.0, 1000.0, math.exp(-50)], rtol=1e-12)
        np.testing.assert_allclose(pullback(None)[:2, 0], [1.0, -1.0])


# Layer normalization, reshaping, and layers that are found by themselves


def test_layer_norm_gives_zero_mean_and_unit_variance_over_features(random: np.random.Generator) -> None:
    x = 3 + 5 * random.standard_normal((6, 4, 9))
    p = {"gamma": np.ones(9), "beta": np.zeros(9)}
    y, _ = LayerNorm(epsilon=0.0).forward(p, x, Mode())
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=-1), 1)
    torch = pytest.importorskip("torch")
    gamma, beta = random.standard_normal((2, 9))
    ours, _ = LayerNorm().forward({"gamma": gamma, "beta": beta}, x, Mode(training=True))
    theirs = torch.nn.functional.layer_norm(*map(torch.tensor, (x,)), (9,), torch.tensor(gamma), torch.tensor(beta))
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_reshape_keeps_the_order_of_values() -> None:
    x = np.arange(24.0).reshape(2, 12)
    for shape, expected in (((3, 4), (3, 4)), ((2, -1), (2, 6)), ((-1,), (12,))):
        assert Reshape(shape).shapes((12,)).output == expected
        np.testing.assert_array_equal(Reshape(shape).forward({}, x, Mode())[0], x.reshape(2, *expected))
    for shape, inputs, message in (
        ((5, 2), (12,), r"got an input of shape \(12,\), expected as many values"),
        ((5, -1), (12,), r"got an input of shape \(12,\), expected as many values"),
        ((-1, -1), (12,), "one of them −1 at most"),
        ((2, -1), (-1, 4), r"got an input of shape \(-1, 4\)"),
    ):
        with pytest.raises(ZooError, match=message):
            Reshape(shape).shapes(inputs)


def test_every_layer_of_the_package_is_reached_without_a_list() -> None:
    found = layers()
    assert {"Dense", "LayerNorm", "Reshape", "Tied", "Serial"} <= found.keys()
    for name, layer in found.items():
        assert getattr(nn, name) is layer
    with pytest.raises(AttributeError, match=r"module 'zoo\.nn' has no attribute 'Dens'"):
        _ = nn.Dens


def test_a_layer_in_a_new_file_needs_no_other_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "negated.py").write_text(
        "from zoo.nn.layer import Layer, Shapes\n\n\nclass Negated(Layer):\n    kind = 'negated'\n\n"
        "    def shapes(self, input_shape):\n        return Shapes(input_shape)\n\n"
        "    def forward(self, p, x, mode):\n        return -x, None\n"
    )
    import zoo.nn.layers

    monkeypatch.setattr(zoo.nn.layers, "__path__", [*zoo.nn.layers.__path__, str(tmp_path)])
    assert nn.Negated().shapes((3,)).output == (3,)
