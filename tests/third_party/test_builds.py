"""A plugin builds its model as it likes, and what it trained can be loaded."""

from __future__ import annotations

import pytest

import zoo
from zoo.registry.selection import plugin_files

DRAWN = 'return MeanModel(self, signature, {name: np.zeros(size, "f4") for name, size in self.shapes(signature)})'
# What a correct `build` may do with its initial weights W (classes, inputs), drawn from `random`.
BUILDS = {
    "in place": "W = random.standard_normal(size); W *= 0.1; W[0] = 1",
    "normal in place": "W = random.normal(0, 1, size); W += 1",
    "uniform in place": "W = random.uniform(-1, 1, size); W /= np.abs(W).max()",
    "random in place": "W = random.random(size); np.log(W, out=W)",
    "orthogonal": "W = np.linalg.qr(random.standard_normal((9, 9)))[0][:size[0], :size[1]]",
    "inverse": "W = np.linalg.inv(random.standard_normal((9, 9)))[:size[0], :size[1]]",
    "spectral radius": (
        "R = random.standard_normal((9, 9)); R /= float(abs(np.linalg.eigvals(R)).max()); assert np.isfinite(R).all();"
        " W = R[:size[0], :size[1]]"
    ),
    "until one is positive": ("W = np.zeros(size)\n        while not (W > 0).any(): W = random.normal(size=size)"),
    "other methods": (
        "W = random.exponential(1.0, size) * random.integers(1, 3, size); random.shuffle(W);"
        " W[:, random.permutation(size[1])[:1]] = random.choice([0.5, 2.0])"
    ),
    "filled": "W = np.empty(size); random.standard_normal(out=W); assert W.any()",
    "large": "W = random.standard_normal((600, 600)); W *= 0.1; assert W.std() > 0; W = W[:size[0], :size[1]]",
}


@pytest.mark.parametrize("build", BUILDS)
def test_what_it_trained_can_be_loaded(changed, tmp_path, build: str) -> None:
    body = f"""size = (signature.outputs, signature.inputs); random = stream("weights/means")
        {BUILDS[build]}
        return MeanModel(self, signature, {{"means": np.ascontiguousarray(W, "f4")}})"""
    with plugin_files([str(changed((DRAWN, body.replace("\n        ", "\n" + " " * 8))))]):
        model = zoo.train("mean", out=tmp_path / "mean.h5")
        assert zoo.load(tmp_path / "mean.h5") == model
