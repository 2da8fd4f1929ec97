"""Base class of the ART architectures that learn without classes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from zoo import Architecture, Metric, Phase, RandomStream, Signature, TrainingPlan
from zoo_art.kernels.competition import Competition
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel
from zoo_art.metrics import OF_CLUSTERS, PRESENTATION
from zoo_art.model import CategoryModel
from zoo_art.presentation import Clusters


@dataclass(frozen=True)
class Clustering(Architecture):
    """Answers with the number of a category; a subclass gives the `kernel` of its rule, and how many there can be at
    `most`."""

    family: ClassVar[str] = "art"
    tasks: ClassVar[tuple[str, ...]] = ("unsupervised",)
    grows: ClassVar[bool] = True
    declared_metrics: ClassVar[tuple[Metric, ...]] = (*OF_CLUSTERS, *PRESENTATION)

    @property
    @abstractmethod
    def kernel(self) -> Competition:
        """The kernel of its rule, with the options in it."""

    @property
    @abstractmethod
    def most(self) -> int:
        """Categories there can be."""

    def output_signature(self, signature: Signature) -> Signature:
        return Signature(signature.task, signature.input_shape, (1,), ("category",))

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield "W", ("categories", self.kernel.width(signature.inputs))
        yield "sizes", ("categories",)
        yield "born", ("categories",)

    def build(self, signature: Signature, stream: RandomStream) -> CategoryModel:
        """No category yet: the first input founds one."""
        return CategoryModel(self, signature, self.kernel, self.most)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [Clusters("train", plan.phase("train"), isinstance(self.kernel, FuzzyArtKernel))]
