"""Base class of the recurrent architectures: stacked layers, in one direction or both, and a head."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zoo import Metric, OptionError, Phase, RandomStream, Signature, TrainingPlan, UsageError, option
from zoo.nn import Branch, Dense, Dropout, GradientArchitecture, GradientSettings, Layer, Serial, loss_option
from zoo_recurrent.layers import Horizon, LastValues
from zoo_recurrent.model import PER_STEP, RELATIVE_ERROR, RecurrentModel
from zoo_recurrent.phase import RecurrentPhase

if TYPE_CHECKING:
    from zoo.data import Samples

TASKS = ("classification", "regression", "labelling", "language", "forecast")
SETTINGS = GradientSettings(epochs=20, batch_size=32, learning_rate=0.005, clip_norm=1.0)


@dataclass(frozen=True)
class RecurrentArchitecture(GradientArchitecture):
    """Recurrent layers over each other, y = h W + b on top: at every step, or after the last one.

    With `bidirectional` every layer is two, one from the first step to the last and one back, whose outputs stand side
    by side. Source: M. Schuster and K. K. Paliwal (1997), Bidirectional recurrent neural networks.
    """

    family: ClassVar[str] = "recurrent"
    tasks: ClassVar[tuple[str, ...]] = TASKS
    settings: ClassVar[GradientSettings] = SETTINGS
    declared_metrics: ClassVar[tuple[Metric, ...]] = (RELATIVE_ERROR,)

    hidden: int = option(64, "units of each layer, of each direction", low=1, high=100_000)
    layers: int = option(1, "recurrent layers over each other", low=1, high=64)
    bidirectional: bool = option(False, "whether every layer also goes backward in time")
    dropout: float = option(
        0.0,
        "share of a layer's outputs left out in training, between layers",
        low=0.0,
        below=1.0,
        needs={"layers": range(2, 65)},
    )
    loss: str = loss_option()
    from_last: bool = option(True, "of a forecast: whether the outputs are changes from the last value")
    carried: bool | None = option(
        None, "whether the state at a sample's end goes into the next; by default where samples are pieces of one text"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bidirectional and self.carried:
            raise OptionError(
                f"{self.name}: got bidirectional and carried, expected one of them: the state that goes backward comes"
                " from samples that are not there yet"
            )

    @abstractmethod
    def cell(self, signature: Signature, reverse: bool, last: bool) -> Layer:
        """One recurrent layer; `last`: it gives the state after the last step alone."""

    @property
    def has_kernels(self) -> bool:
        """Whether its layers have a fast form beside the rule."""
        return True

    @property
    def has_compiled_kernels(self) -> bool:
        """Whether its layers have a form compiled by numba."""
        return False

    @abstractmethod
    def states(self, signature: Signature) -> dict[str, int]:
        """The parts of the state of one layer, with their units."""

    def resolve(self, signature: Signature, data: Samples) -> Self:
        if not self.from_last and signature.task != "forecast":
            raise UsageError(f"{self.name}: from_last has no effect here: it is of forecasts, got {signature.task}")
        continues = bool(getattr(data, "continues", False))
        if self.carried and not continues:
            raise UsageError(f"{self.name}: carried has no meaning here: these samples do not follow each other")
        if self.carried is None:
            return self.replace(carried=continues and not self.bidirectional)
        return self

    def network(self, signature: Signature) -> Layer:
        if self.bidirectional and signature.task == "language":
            raise UsageError(
                f"{self.name}: got bidirectional for a language, expected one direction: going backward, the net would"
                " see the symbol it is to predict"
            )
        layers: dict[str, Layer] = {}
        for number in range(1, self.layers + 1):
            last = number == self.layers and signature.task not in PER_STEP
            layers[f"layer{number}"] = (
                self._both(signature, last) if self.bidirectional else self.top(signature, number == self.layers, last)
            )
            if self.dropout and number < self.layers:
                layers[f"dropout{number}"] = Dropout(self.dropout)
        net = Serial(**layers, **self.head(signature))
        if signature.task == "forecast" and self.from_last:
            return Branch(net=net, last=LastValues(signature.output_shape), join="sum")
        return net

    def top(self, signature: Signature, top: bool, last: bool) -> Layer:
        """A layer of one direction; `top`: the head comes after it."""
        return self.cell(signature, False, last)

    def head(self, signature: Signature) -> dict[str, Layer]:
        """What makes outputs of the last layer's state."""
        head: dict[str, Layer] = {"output": Dense(signature.outputs)}
        if signature.task == "forecast":
            head["horizon"] = Horizon(signature.output_shape)
        return head

    def _both(self, signature: Signature, last: bool) -> Layer:
        forward, backward = self.cell(signature, False, last), self.cell(signature, True, last)
        return Branch(forward=forward, backward=backward, join="concat")

    def build(self, signature: Signature, stream: RandomStream) -> RecurrentModel:
        network, loss = self.network(signature), self.make_loss(signature)
        model = RecurrentModel(self, signature, network, stream, loss, self.precision)
        model.carries = not self.bidirectional if self.carried is None else self.carried
        return model

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        lanes = self.lanes if self.carried else None
        return [RecurrentPhase("train", plan.phase("train"), lanes, self.has_kernels, self.has_compiled_kernels)]

    def lanes(self, model: Any, count: int) -> dict[str, tuple[int, ...]]:
        """What `count` lanes carry from a sample to the next, by path."""
        return {
            f"layer{number}/{part}": (count, units)
            for number in range(1, self.layers + 1)
            for part, units in self.states_of(model.signature, number).items()
        }

    def states_of(self, signature: Signature, number: int) -> dict[str, int]:
        """The parts of the state of the layer with this number."""
        return self.states(signature)
