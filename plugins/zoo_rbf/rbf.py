"""Radial basis function networks: a layer of functions of the distance from centres, and a linear output."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import Metric, OptionError, Phase, RandomStream, Signature, TrainingPlan, option
from zoo.nn import (
    GLOROT_UNIFORM,
    ZEROS,
    Dense,
    Flatten,
    GradientArchitecture,
    GradientPhase,
    Layer,
    Loss,
    Serial,
    SquaredError,
)
from zoo_rbf.basis_functions import BASES, POSITIVE, Basis
from zoo_rbf.interpolation import Interpolation
from zoo_rbf.kmeans import KMeans
from zoo_rbf.least_squares import LeastSquares
from zoo_rbf.metrics import METRICS
from zoo_rbf.model import RbfModel
from zoo_rbf.orthogonal_least_squares import Orthogonal
from zoo_rbf.sample_centres import Seeds
from zoo_rbf.settings import RbfSettings
from zoo_rbf.widths import WIDTHS, Widths

if TYPE_CHECKING:
    from zoo.data import Samples


FEWEST = 5  # centres for few samples: one would answer much the same everywhere
PLACING = ("k-means", "orthogonal", "random", "samples")


@dataclass(frozen=True)
class Rbf(GradientArchitecture):
    """y = Σ_j W_j φ(‖x − c_j‖ / σ_j) + b: centres from the data, widths from the centres, weights by least squares; or
    all of them by gradient descent from there.

    Classification: each class is a target of 0 and 1, the largest output is the answer. Sources: D. S. Broomhead and
    D. Lowe (1988), Multivariable functional interpolation and adaptive networks; J. Moody and C. J. Darken (1989), Fast
    learning in networks of locally-tuned processing units.
    """

    name: ClassVar[str] = "rbf"
    family: ClassVar[str] = "rbf"
    summary: ClassVar[str] = "radial basis functions, solved or learned (Broomhead, Lowe 1988; Moody, Darken 1989)"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "classification", "multi-label")
    data: ClassVar[str] = "sinc"
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    settings: ClassVar[RbfSettings] = RbfSettings(epochs=50, batch_size=64, learning_rate=0.003, shards=2)

    centres: int | None = option(
        None,
        "basis functions; by default a tenth of the samples, from 5 to 200; with --placing samples all",
        low=1,
        high=100_000,
    )
    basis: str = option("gaussian", "the function of the distance", choices=tuple(BASES))
    placing: str = option(
        "k-means",
        "centres: means of clusters, samples chosen by what they explain, drawn at random, or all",
        choices=PLACING,
    )
    candidates: int | None = option(
        None,
        "samples among which --placing orthogonal chooses; by default all, 2,000 at most",
        low=1,
        high=100_000,
        needs={"placing": ("orthogonal",)},
    )
    widths: str = option(
        "nearest", "widths: from the two nearest centres each, one for all, or --width itself", choices=WIDTHS
    )
    width: float = option(1.0, "times what --widths gives; of fixed widths, the width", above=0.0, high=1e6)
    normalized: bool = option(False, "outputs of the basis functions are divided by their sum")
    output: str = option("least-squares", "how output weights are found", choices=("least-squares", "gradient"))
    ridge: float = option(
        1e-6,
        "λ: what is added to the diagonal of the normal equations",
        low=0.0,
        high=1e12,
        needs={"output": ("least-squares",)},
    )
    learned: bool = option(False, "gradient descent goes on to change centres, widths and weights together")
    precision: str = option("float64", "floating-point numbers of the weights", choices=("float32", "float64"))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.normalized and self.basis not in POSITIVE:
            raise OptionError(
                f"rbf: got normalized with {self.basis}, expected one of {', '.join(POSITIVE)}, which are positive"
            )
        if self.placing == "samples" and self.output == "gradient":
            raise OptionError("rbf: got a centre on every sample and output by gradient, expected output least-squares")
        if self.placing == "orthogonal" and self.candidates is not None and self.candidates < (self.centres or 1):
            raise OptionError(
                f"rbf: got {self.candidates} candidates for {self.centres} centres, expected as many at least"
            )

    # --- what it is made of ---

    @property
    def count(self) -> int:
        """The number of centres, once settled."""
        if self.centres is None:
            raise OptionError(
                "rbf: the number of centres is left to the data, expected `resolve` or an option to give it"
            )
        return self.centres

    def resolve(self, signature: Signature, data: Samples) -> Rbf:
        """Numbers of centres and candidates, where they are left to the data. `OptionError` for more than samples."""
        samples = len(data)
        default = samples if self.placing == "samples" else min(200, max(samples // 10, min(samples, FEWEST)))
        centres = self.centres if self.centres is not None else default
        if centres > samples:
            raise OptionError(
                f"rbf: got {centres:,} centres, expected at most {samples:,}, the samples there are to train on"
            )
        if self.placing == "samples" and centres != samples:
            raise OptionError(
                f"rbf: got {centres:,} centres with one on every sample, expected {samples:,}, or --placing random"
            )
        candidates = self.candidates
        if self.placing == "orthogonal":
            candidates = min(samples, max(2000, centres)) if candidates is None else candidates
            if candidates > samples:
                raise OptionError(f"rbf: got {candidates:,} candidates, expected at most the {samples:,} samples")
        return dataclasses.replace(self, centres=centres, candidates=candidates)

    def network(self, signature: Signature) -> Layer:
        weights = ZEROS if self.output == "least-squares" else GLOROT_UNIFORM
        return Serial(
            flatten=Flatten(),
            basis=Basis(self.count, self.basis, self.normalized, self.learned),
            output=Dense(signature.outputs, initial=weights),
        )

    def make_loss(self, signature: Signature) -> Loss:
        """Squared error for all that least squares begins; else the task's likelihood."""
        return SquaredError() if self.output == "least-squares" else super().make_loss(signature)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield from super().shapes(signature)
        if self.placing == "orthogonal":
            yield "candidates", ("candidates", signature.inputs)

    def build(self, signature: Signature, stream: RandomStream) -> RbfModel:
        """Centres at 0 and widths 1; the first phases take them from the data."""
        model = RbfModel(
            self,
            signature,
            self.network(signature),
            stream,
            self.make_loss(signature),
            self.precision,
            self.basis,
            self.normalized,
        )
        if self.placing == "orthogonal":
            model.weights.put("candidates", np.zeros((0, signature.inputs), self.precision))
        return model

    # --- how it is trained ---

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        def settings(name: str) -> RbfSettings:
            found = plan.phase(name)
            if not isinstance(found, RbfSettings):
                raise OptionError(f"phase {name}: got {type(found).__name__}, expected RbfSettings")
            return found

        once = settings("centres").at_once()
        phases: list[Phase] = []
        if self.placing == "orthogonal":
            phases.append(Seeds("centres", once, "candidates", self.candidates))
            phases.append(Orthogonal("orthogonal", settings("orthogonal").adding("explained"), self.widths, self.width))
        else:
            phases.append(Seeds("centres", once, "basis/centres", self.centres))
        if self.placing == "k-means":
            phases.append(KMeans("k-means", settings("k-means").adding("distortion").replace(shards=1)))
        phases.append(Widths("widths", settings("widths").at_once(), self.widths, self.width))
        if self.placing == "samples":
            phases.append(Interpolation("output", settings("output").at_once(), self.ridge))
        elif self.output == "least-squares":
            phases.append(LeastSquares("output", settings("output").adding("loss"), self.ridge))
        if self.output == "gradient" or self.learned:
            phases.append(GradientPhase("train", settings("train")))
        return phases
