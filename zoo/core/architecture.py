"""An architecture: one kind of network, as a frozen dataclass of its options."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zoo.core.metrics import Metric
from zoo.core.settings import TrainingPlan, TrainingSettings
from zoo.core.signature import Signature
from zoo.options import Options

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.core.phase import Phase
    from zoo.core.random import RandomStream
    from zoo.data.samples.protocol import Samples


@dataclass(frozen=True)
class InputSpec:
    """How an architecture would have its data; the preprocessing for it is fitted on the training part alone.

    inputs: "standardized" (zero mean, unit variance by column; images by one mean and deviation for all pixels),
    "unit" (in [0, 1]), "signed" (in [-1, 1]), "binary" (0 or 1) or "raw". targets, of regression: "standardized" or
    "raw". missing: whether it learns around missing values, which are then NaN in its inputs (--missing keep).
    """

    inputs: str = "standardized"
    targets: str = "standardized"
    missing: bool = False


@dataclass(frozen=True)
class Architecture(Options):
    """A value: repr, equality, JSON and command-line flags come from its fields, each an `option(default, help)`."""

    name: ClassVar[str]  # as the command line knows it
    family: ClassVar[str]
    summary: ClassVar[str]  # one line for `zoo list`
    tasks: ClassVar[tuple[str, ...]]  # of zoo.core.signature.TASKS
    data: ClassVar[str]  # the embedded dataset `zoo train NAME` takes when none is named
    settings: ClassVar[TrainingSettings]  # the training settings it proposes; their class is the family's
    input_spec: ClassVar[InputSpec] = InputSpec()
    declared_metrics: ClassVar[tuple[Metric, ...]] = ()  # every metric that its models and training steps report
    grows: ClassVar[bool] = False  # whether training on new data may bring new classes
    small: ClassVar[Mapping[str, Any]] = {}  # options of one the contract suite can train many times

    @classmethod
    def migrate(cls, options: dict[str, Any], version: str) -> Mapping[str, Any]:
        """Options as this version has them, out of those in a checkpoint that another `version` of the package saved.

        Asked for whenever the versions differ. A name that changed, a value that means something else now: put it
        right in `options` and give them back.
        """
        return options

    @classmethod
    def for_other_data(cls, kind: str, samples: int, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Training settings, and options, for data that the recipe of its own name or the defaults were not made for:
        of this kind ("table", "images", "sequences"), with so many samples to train on. They replace those.

        `asked`: the settings and options that were given, which hold in any case. None: the recipe's or the defaults,
        whatever the data.
        """
        return None

    @property
    def effective_input_spec(self) -> InputSpec:
        """How this one would have its data, where its options have a say; by default `input_spec`."""
        return self.input_spec

    @property
    def supported_tasks(self) -> tuple[str, ...]:
        """Which of its tasks this one takes, where its options have a say; by default all."""
        return self.tasks

    @property
    def dtype(self) -> str:
        """Type of the numbers it computes with: its option `precision`, where it has one, else float32."""
        return getattr(self, "precision", "float32")

    @property
    def couples_rows(self) -> bool:
        """Whether, in training, a row's gradient depends on the rows beside it in its shard (batch normalization)."""
        return False

    def output_signature(self, signature: Signature) -> Signature:
        """The data's signature with the outputs the model gives where the data name none: for unsupervised learning the
        number of a category, a place on a map, the input again."""
        return signature

    def resolve(self, signature: Signature, data: Samples) -> Self:
        """Fills in options left to the data: map size, number of centres. Sees the training part alone."""
        return self

    @abstractmethod
    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        """Name and shape of every weight, lazily, allocating nothing; a dimension that grows has a name ("categories").

        `ZooError` (who, got, expected) when the architecture cannot be built for the signature.
        """

    @abstractmethod
    def build(self, signature: Signature, stream: RandomStream) -> Model:
        """The model with its initial weights; sees no data. A start taken from data is a first phase."""

    @abstractmethod
    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """The stretches of training, in order; they do not depend on the data."""
