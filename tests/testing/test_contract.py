"""Every registered architecture keeps the contract; a family adds cases where its options change how it trains."""

from pathlib import Path

import pytest

from zoo.registry import lookup
from zoo.testing import CHECKS, Case, name

# What differs in kind from an architecture's defaults: other tasks, other rules, state, randomness, early stopping.
CASES = (
    Case("perceptron", data={"name": "glyphs"}),
    Case("logistic", data={"name": "moons"}, training={"shards": 3}),
    Case("mlp", options={"hidden": (9, 7)}, training={"shards": 3, "blocks": 1, "optimizer": "rmsprop"}),
    Case(
        "mlp",
        options={"hidden": (8,), "activation": "maxout", "dropout": 0.4, "input_dropout": 0.1},
        training={"shards": 2, "blocks": 1, "optimizer": "nesterov", "schedule": "cosine", "max_norm": 1.0},
    ),
    Case(
        "mlp",
        options={"hidden": (6,), "activation": "tanh", "precision": "float64"},
        training={"optimizer": "rprop", "update": "epoch", "epochs": 4, "l2": 0.01, "blocks": 1},
    ),
    Case(
        "mlp",
        options={"hidden": (5,)},
        training={"validation": 0.3, "patience": 1, "epochs": 6, "learning_rate": 0.5, "schedule": "plateau"},
    ),
)


def defaults() -> list[Case]:
    """Each architecture as it comes, or its small form where it has one, on its own embedded data."""
    names = [offer.name for _, offer in lookup.registry().offers("architecture")]
    return [Case(name, options=lookup.find_architecture(name).small) for name in names]


@pytest.mark.parametrize("case", [*defaults(), *CASES], ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
