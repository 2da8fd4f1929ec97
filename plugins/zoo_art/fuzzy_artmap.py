"""Fuzzy ARTMAP: Fuzzy ART with a class per category, and match tracking when the class is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import (
    Architecture,
    Array,
    Batch,
    CheckpointError,
    GrowableArrays,
    InputSpec,
    Metric,
    Model,
    Phase,
    RandomStream,
    Signature,
    StepContext,
    Sums,
    TrainingPlan,
    TrainingSettings,
    TrainingStep,
    locate_errors,
    option,
)
from zoo_art.by_rule import ByRule
from zoo_art.fuzzy_art import fuzzy_kernel
from zoo_art.kernels.box_search import search_of
from zoo_art.kernels.category_cache import Known
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel
from zoo_art.kernels.match_tracking import track
from zoo_art.kernels.resonance import NEW
from zoo_art.metrics import OF_CLASSES, PRESENTATION
from zoo_art.notes import plural, telling
from zoo_art.presentation import UntilStable
from zoo_art.rules import fuzzy_artmap

if TYPE_CHECKING:
    from zoo.data import Samples


@dataclass(frozen=True)
class FuzzyArtmap(Architecture):
    """An input joins the box it fits best, unless that stands for another class: then vigilance rises above its match,
    and the search goes on (match tracking).

    The answer is the class of the box with the largest choice value; several voters learn the data in different orders
    and the majority decides. Source: G. A. Carpenter, S. Grossberg, N. Markuzon, J. H. Reynolds and D. B. Rosen (1992),
    Fuzzy ARTMAP: A neural network architecture for incremental supervised learning of analog multidimensional maps.
    """

    name: ClassVar[str] = "fuzzy-artmap"
    family: ClassVar[str] = "art"
    summary: ClassVar[str] = "classes by boxes, learned in one pass and never forgotten (Carpenter et al. 1992)"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    data: ClassVar[str] = "circle-in-square"
    declared_metrics: ClassVar[tuple[Metric, ...]] = (*OF_CLASSES, *PRESENTATION)
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=1)
    grows: ClassVar[bool] = True

    vigilance: float = option(0.0, "ρ: the vigilance each search starts from; higher: smaller boxes", low=0.0, high=1.0)
    choice: float = option(0.001, "α: small favours the category an input needs to change least", above=0.0, high=1e6)
    rate: float = option(1.0, "β: share of the way a category moves; 1 is fast learning", above=0.0, high=1.0)
    tracking: float = option(
        0.0,
        "ε: how far vigilance rises above the match of a wrong class; 0: just above, below 0: so far below",
        low=-1.0,
        high=1.0,
    )
    voters: int = option(1, "nets that learn in different orders and vote, one phase each", low=1, high=1000)
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    rescale: bool = option(True, "columns are scaled to [0, 1] by their range in training; false: they must lie there")
    most: int = option(1_000_000, "categories of a voter; what none takes is then left out", low=1, high=10_000_000)
    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="unit" if self.rescale else "raw")

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        for voter in self.paths:
            categories = f"{voter}categories"
            yield f"{voter}W", (categories, 2 * signature.inputs)
            yield f"{voter}classes", (categories,)
            yield f"{voter}sizes", (categories,)
            yield f"{voter}born", (categories,)

    @property
    def paths(self) -> list[str]:
        """Where each voter's weights stand: "voter1/", …; nowhere special where there is one."""
        return [""] if self.voters == 1 else [f"voter{number}/" for number in range(1, self.voters + 1)]

    def build(self, signature: Signature, stream: RandomStream) -> ArtmapModel:
        """No category yet: the first input founds one."""
        weights: dict[str, Array] = {}
        for voter in self.paths:
            weights[f"{voter}W"] = np.zeros((0, 2 * signature.inputs), self.precision)
            for name in ("classes", "sizes", "born"):
                weights[f"{voter}{name}"] = np.zeros(0, np.int64)
        return ArtmapModel(self, signature, weights)

    @property
    def kernel(self) -> FuzzyArtKernel:
        return fuzzy_kernel(self)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        names = ["train"] if self.voters == 1 else [f"voter{number}" for number in range(1, self.voters + 1)]
        return [OneVoter(name, plan.phase(name), voter) for name, voter in zip(names, self.paths, strict=True)]


class ArtmapModel(Model):
    """Weights by voter: W (categories, 2 inputs), classes, sizes and born (categories,)."""

    architecture: FuzzyArtmap
    output_kind = "the share of its voters"

    def __init__(self, architecture: FuzzyArtmap, signature: Signature, weights: dict[str, Array]) -> None:
        super().__init__(architecture, signature, weights)
        self.kernel = architecture.kernel
        self.resets: dict[str, Array] = {}  # by voter and number of the sample, from the training in hand

    def chosen(self, inputs: Array, voter: str = "") -> Array:
        """The category of a voter with the largest choice value for each input: (rows,); NEW where there is none."""
        W = self.weights[f"{voter}W"]
        I = self.kernel.encode(inputs)
        if not len(W):
            return np.full(len(I), NEW)
        sizes = self.kernel.sizes(W)
        return np.array([self.kernel.compete(each, W, sizes)[0].argmax() for each in I], np.int64)

    def predict(self, inputs: Array) -> Array:
        """The share of the voters for each class: (rows, classes)."""
        votes = np.zeros((len(inputs), self.signature.outputs), self.architecture.precision)
        for voter in self.architecture.paths:
            chosen = self.chosen(inputs, voter)
            known = chosen != NEW
            classes = self.weights[f"{voter}classes"][chosen[known]]
            if ((classes < 0) | (classes >= self.signature.outputs)).any():
                raise CheckpointError(
                    f"weights/{voter}classes: a category has a class that is not one of {self.signature.outputs}"
                )
            votes[np.flatnonzero(known), classes] += 1
        votes /= self.architecture.voters
        return votes

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return OF_CLASSES

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        assert batch.targets is not None
        right = self.answer(batch).argmax(axis=1) == batch.targets
        return {"right": np.array(right.sum(), np.float64), "rows": np.array(len(batch), np.float64)}

    def metrics(self, sums: Sums) -> dict[str, float]:
        """accuracy, and categories, of a voter on average."""
        accuracy = float(sums["right"] / sums["rows"])
        categories = [len(self.weights[f"{voter}W"]) for voter in self.architecture.paths]
        return {"accuracy": accuracy, "categories": sum(categories) / len(categories)}

    def notes(self, data: Samples) -> Iterator[str]:
        """Categories by voter, their sizes, and which samples were reset most."""
        for voter in self.architecture.paths:
            what = voter.replace("/", ": ")
            yield from telling(self.weights[f"{voter}sizes"], self.resets.get(voter), what)
            counts = np.bincount(self.weights[f"{voter}classes"], minlength=self.signature.outputs)
            named = zip(self.signature.labels, counts.tolist(), strict=False)
            if len(counts) <= 12:
                yield what + ", ".join(f"{label}: {plural(n, 'category', 'categories')}" for label, n in named)


class OneVoter(UntilStable):
    """One voter learns the data in its own order; it ends early when an epoch changes nothing."""

    has_compiled_kernels = True

    def __init__(self, name: str, settings: TrainingSettings, voter: str) -> None:
        super().__init__(name, settings)
        self.voter = voter

    def step(self, model: Model) -> MatchTracking:
        assert isinstance(model, ArtmapModel)
        return MatchTracking(model, self.voter, self.settings)


class MatchTracking(TrainingStep):
    """Search as in Fuzzy ART; where the category that would resonate stands for another class, it is reset, and the
    vigilance rises to its match |I ∧ w_J| / M + ε for the rest of the search.

    Every input sees what the last one changed, so the rule is not additive. With ε = 0 the match must be above that of
    the category that was wrong. An input that equals a category of another class in every value finds no place then, in
    no new category either: it is counted as contradicting. ε below 0 lets such inputs in (Carpenter and Markuzon 1998).
    """

    model: ArtmapModel

    def __init__(self, model: ArtmapModel, voter: str, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.voter = voter
        self.state = {"resets": np.zeros(0, np.int64)}
        self._resets = GrowableArrays(self.state)
        self._weights = GrowableArrays(model.weights)
        self._search = ByRule(self.present) if settings.by_the_rule else self._search_of(settings.compiled)
        self._presented = int(model.weights[f"{voter}sizes"].sum())

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        assert batch.targets is not None
        kernel, weights, voter = self.model.kernel, self.model.weights, self.voter
        resets = self._resets.to("resets", int(batch.numbers.max(initial=-1)) + 1)
        new = changed = contradicting = refused = all_resets = 0
        with locate_errors(batch, self.model.preprocessing):
            inputs = kernel.encode(batch.inputs)
        for number, I, target in zip(batch.numbers.tolist(), inputs, batch.targets.tolist(), strict=True):
            J, tried = self.find(I, target)
            resets[number] += tried
            all_resets += tried
            if J is None:
                contradicting += 1
                continue
            if J != NEW:
                changed += self._search.learn(J, I, weights[f"{voter}W"])
                weights[f"{voter}sizes"][J] += 1
            elif len(weights[f"{voter}W"]) < self.model.architecture.most:
                entries = {"W": kernel.commit(I), "classes": target, "sizes": 1, "born": self._presented}
                for name, entry in entries.items():
                    self._weights.append(f"{voter}{name}", entry)
                self._search.added(weights[f"{voter}W"])
                new += 1
            else:
                refused += 1
                continue
            self._presented += 1
        self.model.resets[voter] = resets
        counts = {"new": new, "changed": new + changed, "resets": all_resets, "contradicting": contradicting}
        if refused:
            counts["refused"] = refused
        return {name: count / len(batch) for name, count in counts.items()}

    def _search_of(self, compiled: bool) -> Known:
        """|w_j| kept, and the competition of all categories: by NumPy or compiled."""
        kernel, W = self.model.kernel, self.model.weights[f"{self.voter}W"]
        return search_of(kernel, W, compiled) if compiled else Known(kernel, W)

    def find(self, I: Array, target: int) -> tuple[int | None, int]:
        """The category that resonates with I and stands for its class: its number, NEW, or None where the vigilance has
        risen above what any can match; and how many were reset before."""
        kernel, W = self.model.kernel, self.model.weights[f"{self.voter}W"]
        if isinstance(self._search, ByRule):
            return self._search.find(I, W, target)
        classes, epsilon = self.model.weights[f"{self.voter}classes"], self.model.architecture.tracking
        T, match = self._search.compete(I, W)
        return track(T, match, classes, target, kernel.vigilance, epsilon, kernel.uncommitted(I))

    def present(self, I: Array, W: Array, target: int) -> tuple[int | None, Array, list[int]]:
        """The rule, with the options in it."""
        kernel, classes = self.model.kernel, self.model.weights[f"{self.voter}classes"].tolist()
        options = kernel.vigilance, kernel.alpha, kernel.beta, self.model.architecture.tracking, kernel.competes
        return fuzzy_artmap.present(I, target, W, classes, *options)
