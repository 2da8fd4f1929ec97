"""Training settings of machines that learn from statistics of their own samples."""

from __future__ import annotations

from dataclasses import dataclass

from zoo import SET, TrainingSettings, option
from zoo.nn import SCHEDULES, settings_of

# The name of the random stream of negative samples. Another name would change the bits of every recipe.
NEGATIVE_PHASE = "dreams"
CHAINS = ("contrastive", "persistent", "tempered")
# The schedules that need no setting but the decay, and those that have it.
FALLING = SCHEDULES.names(where=lambda schedule: set(settings_of(schedule)) <= {"rate_decay"})
DECAYING = {"schedule": SCHEDULES.names(where=lambda schedule: settings_of(schedule) == ("rate_decay",))}


@dataclass(frozen=True)
class DivergenceSettings(TrainingSettings):
    """How a restricted Boltzmann machine is trained: where its negative statistics come from, and what they do."""

    learning_rate: float = option(0.05, "size of a step", above=0.0, high=1e6)
    schedule: str = option("constant", "how the learning rate changes over the phase", choices=FALLING)
    rate_decay: float = option(
        0.1, "exponential: what is left of the rate at the end", above=0.0, high=1.0, needs=DECAYING
    )
    momentum: float = option(0.5, "share of the last step kept", low=0.0, below=1.0)
    weight_decay: float = option(1e-4, "times the rate, the share taken off the weights", low=0.0, high=1e6)
    chains: str = option(
        "contrastive",
        "where the chains of the negative phase start: at the data (CD-k), where the last ended (PCD), the same at"
        " several temperatures",
        choices=CHAINS,
    )
    steps: int = option(1, "the k of CD-k: Gibbs steps of a chain for each update", low=1, high=1_000_000)
    temperatures: int = option(
        10,
        "of tempered chains: how many, from base rates to the machine",
        low=2,
        high=1000,
        needs={"chains": ("tempered",)},
    )
    sparsity_target: float = option(
        0.1, "how active a hidden unit is to be on average", above=0.0, below=1.0, needs={"sparsity_cost": SET}
    )
    sparsity_cost: float = option(0.0, "weight of the distance from that target; 0: none", low=0.0, high=1e6)
    watch: int = option(10, "rows whose number it divides are measured in training (reconstruction, …); 0: none", low=0)

    @property
    def has_schedule(self) -> bool:
        return self.schedule != "constant"
